import { pipeline, type Readable } from "node:stream";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import { PASSING_CODES } from "../hosts/quirks.ts";
import { type Reply, resolveLocation } from "../http/exchange.ts";
import { backoffMs, retrying, Transient } from "../http/retry.ts";
import { readBody } from "../http/transport.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import { digestOf, isDigest, verifyingStream } from "../oci/digest.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, isManifestType, OCI_INDEX, OCI_MANIFEST } from "../oci/media-type.ts";
import type { Repository } from "../oci/reference.ts";
import type { Manifest, ManifestReference, Store } from "../oci/store.ts";
import type { Call, RegistryClient } from "./client.ts";
import { assertNoPage, contentType, header, mediaTypeOf } from "./manifest.ts";

const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ");

/** A registry may show what was just pushed to it a moment later. How often to look again. */
const LAG_LOOKS = 4;

/** A repository of a registry, by the OCI distribution specification. */
export class RegistryStore implements Store {
  readonly name: string;
  readonly repository: Repository;
  readonly #client: RegistryClient;
  readonly #base: URL;
  /** What this store itself has put under a tag or digest. */
  readonly #pushed = new Map<ManifestReference, Digest>();
  /** What it has found there. */
  readonly #found = new Set<Digest>();

  constructor(name: string, repository: Repository, client: RegistryClient) {
    this.name = name;
    this.repository = repository;
    this.#client = client;
    this.#base = client.baseUrl(repository);
  }

  /** Where a manifest is read from and written to. */
  manifestUrl(reference: ManifestReference): URL {
    return new URL(`manifests/${reference}`, this.#base);
  }

  headManifest(reference: ManifestReference): Promise<Descriptor | undefined> {
    return this.#settled(
      reference,
      () => this.#head(reference),
      (found) => found.digest,
    );
  }

  getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    return this.#settled(
      reference,
      () => this.#get(reference),
      (found) => found.descriptor.digest,
    );
  }

  async putManifest(reference: ManifestReference, { descriptor, bytes }: Manifest): Promise<void> {
    const { digest, mediaType } = descriptor;
    const url = this.manifestUrl(reference);
    const actual = digestOf(bytes);
    if (actual !== digest) throw mismatch("PUT", url, digest, actual);
    const reply = await this.#call("PUT", url, "push", {
      headers: { "content-type": mediaType },
      body: bytes,
      expect: [201, 200, 202, 204],
      passing: PASSING_CODES,
      tag: isDigest(reference) ? undefined : this.#knownAs(digest),
    });
    const stored = header(reply, "docker-content-digest");
    if (stored !== undefined && stored !== digest) throw mismatch("PUT", url, digest, stored);
    this.#pushed.set(digest, digest);
    this.#pushed.set(reference, digest);
    // The header is a SHOULD of the specification. A tag is read back by whoever sets it.
    if (stored !== undefined || !isDigest(reference)) return;
    if ((await this.headManifest(reference)) === undefined) throw mismatch("PUT", url, digest, "nothing");
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    // A redirect leads to where the blob lies, so there is one; signed addresses are for GET and refuse HEAD.
    const found = await this.#call("HEAD", this.#blobUrl(digest), "pull", {
      expect: [200, 301, 302, 303, 307, 308, 404],
    });
    return found.status !== 404;
  }

  async getBlob(descriptor: Descriptor): Promise<Readable> {
    const url = this.#blobUrl(descriptor.digest);
    const { body } = await this.#call("GET", url, "pull", { expect: [200], stream: true });
    const verified = verifyingStream(descriptor, safeUrl(url));
    if (body === undefined) throw new Error("a streamed answer has a body");
    // The callback has nothing to do: a failure reaches whoever reads `verified`.
    pipeline(blobBytes(body, url), verified, () => {});
    return verified;
  }

  /** One request to mount, or two to upload in one piece. A failed upload starts anew: what came of it is not known. */
  async putBlob(descriptor: Descriptor, open: () => Promise<Readable>, mountFrom?: Store): Promise<void> {
    const source = this.#mountable(mountFrom);
    await retrying(this.#client.clock, async () => {
      const target = await this.#startUpload(descriptor.digest, source);
      if (target === "mounted") return;
      const headers = { "content-type": "application/octet-stream", "content-length": String(descriptor.size) };
      try {
        await this.#call("PUT", target, "push", { headers, body: open, expect: [201, 200, 202, 204], once: true });
      } catch (error) {
        throw passing(error);
      }
    });
  }

  async #startUpload(digest: Digest, source: Repository | undefined): Promise<URL | "mounted"> {
    const url = new URL("blobs/uploads/", this.#base);
    if (source !== undefined) {
      const mounted = await this.#mount(new URL(`?mount=${digest}&from=${source.path}`, url), digest, source);
      if (mounted !== undefined) return mounted;
    }
    return this.#uploadUrl(await this.#call("POST", url, "push", { expect: [202], once: true }), url, digest);
  }

  /** Undefined: the source is not ours to read, or the registry does not mount. Then the blob is uploaded. */
  async #mount(url: URL, digest: Digest, source: Repository): Promise<URL | "mounted" | undefined> {
    const expect = [201, 202, 400, 401, 403, 404, 405];
    try {
      const reply = await this.#call("POST", url, "push", { mountFrom: source, expect, once: true });
      if (reply.status === 201) return "mounted";
      return reply.status === 202 ? this.#uploadUrl(reply, url, digest) : undefined;
    } catch (error) {
      // The token service has no token for both repositories.
      if (error instanceof DigestToolsError && (error.code === "unauthorized" || error.code === "denied"))
        return undefined;
      throw error;
    }
  }

  /** The Location's query belongs to the registry and is kept to the letter. */
  #uploadUrl(reply: Reply, url: URL, digest: Digest): URL {
    const target = resolveLocation({ method: "POST", url }, header(reply, "location"));
    target.search = `${target.search === "" ? "?" : `${target.search}&`}digest=${encodeURIComponent(digest)}`;
    return target;
  }

  #mountable(store: Store | undefined): Repository | undefined {
    if (!(store instanceof RegistryStore)) return undefined;
    const { registry, path } = store.repository;
    return registry === this.repository.registry && path !== this.repository.path ? store.repository : undefined;
  }

  /** Reads; and where something else is found than this store has put there, looks again some times. */
  async #settled<T>(
    reference: ManifestReference,
    read: () => Promise<T | undefined>,
    digest: (found: T) => Digest,
  ): Promise<T | undefined> {
    for (let looks = 0; ; looks++) {
      const found = await read();
      const pushed = this.#pushed.get(reference);
      if (pushed === undefined || looks === LAG_LOOKS) return found;
      if (found !== undefined && digest(found) === pushed) return found;
      await this.#client.clock.sleep(backoffMs(looks, this.#client.clock.random()));
    }
  }

  /** A refusal of what the repository has already is about the tag alone. */
  #knownAs(digest: Digest): "pushed" | "found" | undefined {
    if (this.#pushed.has(digest)) return "pushed";
    return this.#found.has(digest) ? "found" : undefined;
  }

  async #head(reference: ManifestReference): Promise<Descriptor | undefined> {
    const url = this.manifestUrl(reference);
    const reply = await this.#call("HEAD", url, "pull", { headers: { accept: ACCEPT }, expect: [200, 404, 405] });
    if (reply.status === 404) return undefined;
    const digest = header(reply, "docker-content-digest");
    const mediaType = contentType(reply);
    const size = Number(header(reply, "content-length") ?? Number.NaN);
    const complete = reply.status === 200 && isDigest(digest) && isManifestType(mediaType) && Number.isInteger(size);
    if (!complete) return (await this.#get(reference))?.descriptor;
    if (isDigest(reference) && digest !== reference) throw mismatch("HEAD", url, reference, digest);
    this.#found.add(digest);
    return { mediaType, digest, size };
  }

  async #get(reference: ManifestReference): Promise<Manifest | undefined> {
    const url = this.manifestUrl(reference);
    // A body damaged on its way is fetched anew before it is called damaged.
    return retrying(this.#client.clock, async () => {
      const reply = await this.#call("GET", url, "pull", { headers: { accept: ACCEPT }, expect: [200, 404] });
      if (reply.status === 404) return undefined;
      assertNoPage(reply);
      const digest = digestOf(reply.bytes);
      const stated = isDigest(reference) ? reference : header(reply, "docker-content-digest");
      if (stated !== undefined && stated !== digest)
        throw new Transient(mismatch("GET", url, stated, digest), { retries: 2 });
      this.#found.add(digest);
      return {
        descriptor: {
          mediaType: mediaTypeOf(reply, url, (text) => this.#client.hide(text)),
          digest,
          size: reply.bytes.length,
        },
        bytes: reply.bytes,
      };
    });
  }

  #blobUrl(digest: Digest): URL {
    return new URL(`blobs/${digest}`, this.#base);
  }

  #call(
    method: Call["method"],
    url: URL,
    use: Call["use"],
    more: Omit<Call, "method" | "url" | "use" | "repository">,
  ): Promise<Reply> {
    return this.#client.request({ method, url, use, repository: this.repository, ...more });
  }
}

function mismatch(method: string, url: URL, expected: string, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "digest-mismatch",
    message: `${method}: expected ${expected}, found ${found}`,
    at: { url: safeUrl(url) },
    fix: "content was damaged on its way or in the registry: run again; if it stays, tell whoever runs the registry",
  });
}

/** A source that failed or was damaged on its way may be whole when it is opened again. */
function passing(error: unknown): unknown {
  const may = error instanceof DigestToolsError && (error.code === "network" || error.code === "digest-mismatch");
  return may ? new Transient(error, { retries: 2 }) : error;
}

async function* blobBytes(body: Readable, url: URL): AsyncGenerator<Buffer> {
  try {
    yield* readBody(body, "GET", url);
  } catch (error) {
    throw error instanceof Transient ? error.error : error;
  }
}
