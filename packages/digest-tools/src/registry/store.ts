import { pipeline, type Readable } from "node:stream";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import { PASSING_CODES, registryOf } from "../hosts/quirks.ts";
import type { Reply } from "../http/exchange.ts";
import { resolveLocation } from "../http/redirect.ts";
import { backoffMs, retrying, Transient } from "../http/retry.ts";
import { readBody } from "../http/transport.ts";
import {
  type Descriptor,
  type Digest,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../oci/descriptor.ts";
import { digestOf, isDigest, verifyingStream } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";
import type { Manifest, ManifestReference, Store } from "../oci/store.ts";
import type { Call, RegistryClient } from "./client.ts";
import { assertNoPage, contentType, header, ManifestCache, mediaTypeOf } from "./manifest.ts";
import { isRefusal, short } from "./response.ts";
import { BlobUpload } from "./upload.ts";

const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ");

/** A registry may show what was just pushed to it a moment later. How often to look again. */
const LAG_LOOKS = 4;

/** A repository of a registry, by the OCI distribution specification. */
export class RegistryStore implements Store {
  readonly name: string;
  readonly repository: Repository;
  readonly #client: RegistryClient;
  readonly #base: URL;
  readonly #upload: BlobUpload;
  /** What this store itself has put under a tag or digest. */
  readonly #pushed = new Map<ManifestReference, Digest>();
  /** What it has found there: a digest is asked for once in a run. */
  readonly #found = new Map<Digest, Descriptor>();
  readonly #looking = new Map<Digest, Promise<Descriptor | undefined>>();
  /** What it has read. */
  readonly #read = new ManifestCache();

  constructor(name: string, repository: Repository, client: RegistryClient) {
    this.name = name;
    this.repository = repository;
    this.#client = client;
    this.#base = client.baseUrl(repository);
    const url = new URL("blobs/uploads/", this.#base);
    this.#upload = new BlobUpload({ client, repository, url, hasBlob: (digest) => this.hasBlob(digest) });
  }

  /** Where a manifest is read from and written to. */
  manifestUrl(reference: ManifestReference): URL {
    return new URL(`manifests/${reference}`, this.#base);
  }

  async headManifest(reference: ManifestReference): Promise<Descriptor | undefined> {
    if (!isDigest(reference)) return this.#headSettled(reference);
    const known = this.#found.get(reference) ?? this.#looking.get(reference);
    if (known !== undefined) return known;
    const looking = this.#headSettled(reference).finally(() => this.#looking.delete(reference));
    this.#looking.set(reference, looking);
    return looking;
  }

  async getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    if (isDigest(reference)) return this.#read.get(reference) ?? this.#getSettled(reference);
    if (registryOf(this.repository.registry)?.countsGets !== true) return this.#getSettled(reference);
    const found = await this.headManifest(reference);
    return found === undefined ? undefined : this.getManifest(found.digest);
  }

  #headSettled(reference: ManifestReference): Promise<Descriptor | undefined> {
    return this.#settled(
      reference,
      () => this.#head(reference),
      (found) => found.digest,
    );
  }

  #getSettled(reference: ManifestReference): Promise<Manifest | undefined> {
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
    if (actual !== digest) throw this.#mismatch("PUT", url, digest, actual);
    this.#client.learnSize(digest, bytes.length);
    const call = {
      headers: { "content-type": mediaType },
      body: bytes,
      expect: [201, 200, 202, 204],
      passing: PASSING_CODES,
      tag: isDigest(reference) ? undefined : this.#knownAs(digest),
    };
    const reply = await retrying(this.#client.clock, async (attempt, before) => {
      if (before?.lost === true && (await this.#stands(reference, digest, attempt))) return undefined;
      try {
        return await this.#call("PUT", url, "push", { ...call, attempt });
      } catch (error) {
        // Who protects a tag refuses to set it to what it stands for already, too.
        if (isRefusal(error) && (await this.#stands(reference, digest, attempt).catch(() => false))) return undefined;
        throw error;
      }
    });
    const stored = reply === undefined ? digest : header(reply, "docker-content-digest");
    if (stored !== undefined && stored !== digest) throw this.#mismatch("PUT", url, digest, stored);
    this.#pushed.set(digest, digest);
    this.#pushed.set(reference, digest);
    // The header is a SHOULD of the specification. A tag is read back by whoever sets it.
    if (stored !== undefined || !isDigest(reference)) return;
    if ((await this.#headSettled(reference)) === undefined) throw this.#mismatch("PUT", url, digest, "nothing");
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const url = this.#blobUrl(digest);
    const found = await this.#call("HEAD", url, "pull", { expect: [200, 301, 302, 303, 307, 308, 404] });
    // A redirect leads to where the blob lies, so there is one; signed addresses are for GET and refuse HEAD.
    if (found.status < 300 || found.status === 404) return found.status !== 404;
    // Or the whole registry is elsewhere: whoever answers there knows.
    const elsewhere = resolveLocation({ method: "HEAD", url }, header(found, "location")).pathname.startsWith("/v2/");
    return !elsewhere || (await this.#call("HEAD", url, "pull", { expect: [200, 404] })).status === 200;
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

  /** Uploads a blob, or mounts it from another repository of the same registry. */
  putBlob(descriptor: Descriptor, open: () => Promise<Readable>, mountFrom?: Store): Promise<void> {
    return this.#upload.put(descriptor, open, this.#mountable(mountFrom));
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

  /** Whether a tag or digest stands for this very image, whatever was found there before. One request and no patience. */
  async #stands(reference: ManifestReference, digest: Digest, attempt: number): Promise<boolean> {
    return (await this.#head(reference, attempt))?.digest === digest;
  }

  async #head(reference: ManifestReference, attempt?: number): Promise<Descriptor | undefined> {
    const url = this.manifestUrl(reference);
    const expect = [200, 404, 405];
    const reply = await this.#call("HEAD", url, "pull", { headers: { accept: ACCEPT }, expect, attempt });
    if (reply.status === 404) return undefined;
    const digest = header(reply, "docker-content-digest");
    const mediaType = contentType(reply);
    if (reply.status !== 200 || !isDigest(digest) || !isManifestType(mediaType))
      return (await this.#get(reference))?.descriptor;
    if (isDigest(reference) && digest !== reference) throw this.#mismatch("HEAD", url, reference, digest);
    const size = this.#client.sizeOf(digest) ?? statedSize(reply);
    // Proxies answer a HEAD with the length of the body that they do not send.
    if (size === undefined) return (await this.#get(reference))?.descriptor;
    const found = { mediaType, digest, size };
    this.#found.set(digest, found);
    return found;
  }

  async #get(reference: ManifestReference): Promise<Manifest | undefined> {
    const url = this.manifestUrl(reference);
    // A body damaged on its way is fetched anew before it is called damaged.
    return retrying(this.#client.clock, async () => {
      const reply = await this.#call("GET", url, "pull", { headers: { accept: ACCEPT }, expect: [200, 404] });
      if (reply.status === 404) return undefined;
      assertNoPage(reply);
      const { bytes } = reply;
      const digest = digestOf(bytes);
      const stated = isDigest(reference) ? reference : header(reply, "docker-content-digest");
      if (stated !== undefined && stated !== digest)
        throw new Transient(this.#mismatch("GET", url, stated, digest), { retries: 2 });
      const mediaType = mediaTypeOf(reply, url, (text) => this.#client.hide(text));
      const manifest = { descriptor: { mediaType, digest, size: bytes.length }, bytes };
      this.#client.learnSize(digest, bytes.length);
      this.#found.set(digest, manifest.descriptor);
      this.#read.set(digest, manifest);
      return manifest;
    });
  }

  #blobUrl(digest: Digest): URL {
    return new URL(`blobs/${digest}`, this.#base);
  }

  #mismatch(method: string, url: URL, expected: string, found: string): DigestToolsError {
    return new DigestToolsError({
      code: "digest-mismatch",
      // What a server calls a digest may be anything, what it was sent included.
      message: `${method}: expected ${expected}, found ${isDigest(found) ? found : short(this.#client.hide(found))}`,
      at: { url: safeUrl(url) },
      fix: "content was damaged on its way or in the registry: run again; if it stays, tell whoever runs the registry",
    });
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

/** What a HEAD says that the body has, where that can be: no manifest is empty. */
function statedSize(reply: Reply): number | undefined {
  const stated = header(reply, "content-length") ?? "";
  return /^[1-9]\d{0,7}$/.test(stated) && header(reply, "content-encoding") === undefined ? Number(stated) : undefined;
}

async function* blobBytes(body: Readable, url: URL): AsyncGenerator<Buffer> {
  try {
    yield* readBody(body, "GET", url);
  } catch (error) {
    throw error instanceof Transient ? error.error : error;
  }
}
