import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { DigestToolsError, type Store } from "@fanfold/digest-tools";
import type { Descriptor, Digest, Manifest } from "@fanfold/digest-tools/internal";

/** A repository in memory, whose registry may be down. */
export class ModelStore implements Store {
  readonly name: string;
  readonly manifests: Map<string, Manifest> = new Map();
  readonly tags: Map<string, Digest> = new Map();
  readonly #blobs = new Map<Digest, Uint8Array>();
  down: boolean = false;
  requests: number = 0;

  constructor(name: string) {
    this.name = name;
  }

  async headManifest(reference: string): Promise<Descriptor | undefined> {
    return (await this.getManifest(reference))?.descriptor;
  }

  async getManifest(reference: string): Promise<Manifest | undefined> {
    this.#asked();
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  async putManifest(reference: string, manifest: Manifest): Promise<void> {
    this.#asked();
    const { digest } = manifest.descriptor;
    this.manifests.set(digest, manifest);
    if (reference !== digest) this.tags.set(reference, digest);
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    this.#asked();
    return this.#blobs.has(digest);
  }

  async getBlob({ digest }: Descriptor): Promise<Readable> {
    this.#asked();
    const bytes = this.#blobs.get(digest);
    if (bytes === undefined) throw new Error(`${this.name} has no blob ${digest}`);
    return Readable.from([bytes]);
  }

  async putBlob({ digest }: Descriptor, open: () => Promise<Readable>): Promise<void> {
    this.#asked();
    this.#blobs.set(digest, await buffer(await open()));
  }

  #asked(): void {
    this.requests++;
    if (this.down) throw new DigestToolsError({ code: "network", message: `${this.name} does not answer` });
  }
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
