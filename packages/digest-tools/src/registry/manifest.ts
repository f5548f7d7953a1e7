import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import type { Reply } from "../http/exchange.ts";
import { type Digest, isManifestType } from "../oci/descriptor.ts";
import type { Manifest } from "../oci/store.ts";
import { badResponse, short } from "./response.ts";

/** @throws DigestToolsError `bad-response`: a proxy or a login page says 200 too, and no digest of that is a damaged one. */
export function assertNoPage(reply: Reply): void {
  const type = contentType(reply);
  if (!/^(?:text\/html|application\/xhtml\+xml)$/i.test(type)) return;
  throw badResponse({ method: "GET", url: reply.url }, `a web page (${type})`);
}

/**
 * What a manifest is. The body's own `mediaType` and the header must agree (image specification, "manifest.md"): a client
 * that believes one reads another image than one that believes the other.
 *
 * @throws DigestToolsError `invalid-manifest`
 */
export function mediaTypeOf(reply: Reply, url: URL, hide: (text: string) => string): string {
  const stated = contentType(reply);
  const parsed = parseJson(Buffer.from(reply.bytes).toString("utf8"));
  const body = parsed.kind === "ok" && isJsonObject(parsed.value) ? parsed.value : undefined;
  const own = body?.["mediaType"];
  const found = typeof own === "string" && own !== "" ? own : stated;
  if (body !== undefined && (found === stated || !isManifestType(stated)) && isManifestType(found)) return found;
  const what =
    parsed.kind === "invalid"
      ? `what is not JSON that can be read (${parsed.reason})`
      : body === undefined
        ? "JSON that is not an object"
        : `mediaType ${short(hide(found))}`;
  throw new DigestToolsError({
    code: "invalid-manifest",
    message: `expected an image's manifest or index, found ${what} as ${short(hide(stated)) || "no Content-Type"}`,
    at: { url: safeUrl(url) },
    fix: "see what is there with docker buildx imagetools inspect --raw",
  });
}

export function contentType(reply: Reply): string {
  return (header(reply, "content-type") ?? "").split(";", 1).join("").trim();
}

export function header(reply: Reply, name: string): string | undefined {
  const value = reply.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

const MAX_CACHED_BYTES = 32 * 1024 * 1024;

/** Manifests by digest, which say the same for ever; the oldest go when there are too many. */
export class ManifestCache {
  readonly #manifests = new Map<Digest, Manifest>();
  #bytes = 0;

  get(digest: Digest): Manifest | undefined {
    return this.#manifests.get(digest);
  }

  set(digest: Digest, manifest: Manifest): void {
    if (this.#manifests.has(digest)) return;
    this.#manifests.set(digest, manifest);
    this.#bytes += manifest.bytes.length;
    for (const [oldest, { bytes }] of this.#manifests) {
      if (this.#bytes <= MAX_CACHED_BYTES) return;
      this.#manifests.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
