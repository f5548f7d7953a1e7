import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { DigestToolsError } from "../base/error.ts";
import { safeUrl } from "../base/secrets.ts";
import type { Reply } from "../http/reply.ts";
import { isManifestType } from "../oci/media-type.ts";
import { badResponse } from "./refusal.ts";

/** @throws DigestToolsError `bad-response`: a proxy or a login page says 200 too, and no digest of that is a damaged one. */
export function assertNoPage(reply: Reply): void {
  const type = contentType(reply);
  if (!/^(?:text\/html|application\/xhtml\+xml)$/i.test(type)) return;
  throw badResponse({ method: "GET", url: reply.url }, `a web page (${type})`);
}

/** The body's own `mediaType` and the header must agree (image specification, "manifest.md"): a client that believes one reads another image than one that believes the other. */
export function mediaTypeOf(reply: Reply, url: URL): string {
  const stated = contentType(reply);
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(reply.bytes).toString("utf8"));
  } catch {
    body = undefined;
  }
  const own = isJsonObject(body) ? body["mediaType"] : undefined;
  const found = typeof own === "string" && own !== "" ? own : stated;
  if (isJsonObject(body) && (found === stated || !isManifestType(stated)) && isManifestType(found)) return found;
  throw new DigestToolsError({
    code: "invalid-manifest",
    message: `expected an image's manifest or index, found ${isJsonObject(body) ? `mediaType ${found}` : "no JSON object"} as ${stated || "no Content-Type"}`,
    at: { url: safeUrl(url) },
    fix: "see what stands there with docker buildx imagetools inspect --raw",
  });
}

export function contentType(reply: Reply): string {
  return (header(reply, "content-type") ?? "").split(";", 1).join("").trim();
}

export function header(reply: Reply, name: string): string | undefined {
  const value = reply.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
