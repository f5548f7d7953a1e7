import type { Readable } from "node:stream";
import { DigestToolsError } from "../base/error.ts";
import type { Reply } from "../http/exchange.ts";
import { resolveLocation } from "../http/redirect.ts";
import { retrying, Transient } from "../http/retry.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import type { Repository } from "../oci/reference.ts";
import type { Call, RegistryClient } from "./client.ts";
import { header } from "./manifest.ts";
import { isRefusal } from "./response.ts";

/** How long a blob is looked for whose upload got no answer. */
const MAX_COMMIT_MS = 60_000;
/** How often a blob is sent again at most. */
const MORE_UPLOADS = 2;

interface UploadOptions {
  readonly client: RegistryClient;
  readonly repository: Repository;
  /** Where uploads are opened: `https://quay.io/v2/example/backends/blobs/uploads/`. */
  readonly url: URL;
  readonly hasBlob: (digest: Digest) => Promise<boolean>;
}

/** How blobs get into one repository (distribution specification, "Pushing blobs"). */
export class BlobUpload {
  readonly #options: UploadOptions;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  /**
   * One request to mount, or two to upload in one piece. Where an upload's answer was lost, the blob may be there all the
   * same, or soon: it is looked for before it is sent again, at most twice.
   */
  async put(descriptor: Descriptor, open: () => Promise<Readable>, source: Repository | undefined): Promise<void> {
    const { digest, size } = descriptor;
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const { client } = this.#options;
    const { clock } = client;
    let sendingMs = 0;
    const work = retrying(clock, async (attempt, before) => {
      if (before?.lost === true && (await this.#appears(digest, sendingMs))) return;
      const target = await this.#startUpload(digest, source);
      if (target === "mounted") return;
      const started = clock.now();
      try {
        await this.#send("PUT", target, { headers, body: open, expect: [201, 200, 202, 204], attempt });
      } catch (error) {
        sendingMs = clock.now() - started;
        if (isRefusal(error) && (await this.#options.hasBlob(digest).catch(() => false))) return;
        throw worthAnotherUpload(error);
      }
    });
    await client.guarded(work);
  }

  /**
   * Whether a blob is there, or comes: a registry may still be moving to its place what it was sent, behind a gateway that
   * did not wait. It is looked for in proportion to the time that sending it took.
   */
  async #appears(digest: Digest, sendingMs: number): Promise<boolean> {
    const { clock } = this.#options.client;
    const until = clock.now() + Math.min(sendingMs, MAX_COMMIT_MS);
    for (let looks = 0; ; looks++) {
      if (await this.#options.hasBlob(digest)) return true;
      const wait = 1000 * 2 ** looks;
      if (clock.now() + wait > until) return false;
      await clock.sleep(wait);
    }
  }

  async #startUpload(digest: Digest, source: Repository | undefined): Promise<URL | "mounted"> {
    const { url } = this.#options;
    if (source !== undefined) {
      const mounted = await this.#mount(new URL(`?mount=${digest}&from=${source.path}`, url), digest, source);
      if (mounted !== undefined) return mounted;
    }
    return this.#uploadUrl(await this.#send("POST", url, { expect: [202] }), url, digest);
  }

  /** Undefined: the source is not ours to read, or the registry does not mount. Then the blob is uploaded. */
  async #mount(url: URL, digest: Digest, source: Repository): Promise<URL | "mounted" | undefined> {
    const expect = [201, 202, 400, 401, 403, 404, 405];
    try {
      const reply = await this.#send("POST", url, { mountFrom: source, expect });
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
    // Where the answer came from another host than was asked, a relative address is one of that host.
    const target = resolveLocation({ method: "POST", url }, header(reply, "location"), reply.url);
    target.search = `${target.search === "" ? "?" : `${target.search}&`}digest=${encodeURIComponent(digest)}`;
    return target;
  }

  #send(method: "POST" | "PUT", url: URL, more: Omit<Call, "method" | "url" | "use" | "repository">): Promise<Reply> {
    const { client, repository } = this.#options;
    return client.request({ method, url, use: "push", repository, ...more });
  }
}

/** A source that failed or was damaged on its way may be whole when it is opened again; and no blob is sent over and over. */
function worthAnotherUpload(error: unknown): unknown {
  if (error instanceof Transient && error.limitedMs === undefined) {
    return new Transient(error.error, { retries: MORE_UPLOADS, lost: error.lost });
  }
  const may = error instanceof DigestToolsError && (error.code === "network" || error.code === "digest-mismatch");
  return may ? new Transient(error, { retries: MORE_UPLOADS }) : error;
}
