import type { Readable } from "node:stream";
import { DigestToolsError } from "../base/error.ts";
import { type Descriptor, type Digest, isIndexType, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseIndex } from "../oci/image-content.ts";
import type { Manifest, ManifestReference, Store } from "../oci/store.ts";

/** A store for laws that need thousands of runs; it refuses an index whose children it lacks, as registries do. */
export class MemoryStore implements Store {
  readonly name: string;
  readonly manifests: Map<Digest, Manifest> = new Map();
  readonly tags: Map<string, Digest> = new Map();
  /** `PUT latest`, `HEAD sha256:…`, in order. */
  readonly log: string[] = [];
  /** Called before each request; what it throws is the store's failure. */
  before: (request: string) => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  async headManifest(reference: ManifestReference): Promise<Descriptor | undefined> {
    this.#request("HEAD", reference);
    return this.#find(reference)?.descriptor;
  }

  async getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    this.#request("GET", reference);
    return this.#find(reference);
  }

  async putManifest(reference: ManifestReference, manifest: Manifest): Promise<void> {
    this.#request("PUT", reference);
    const { descriptor } = manifest;
    if (isIndexType(descriptor.mediaType)) {
      const lacking = parseIndex(manifest, this).children.find(({ digest }) => !this.manifests.has(digest));
      if (lacking !== undefined) {
        throw new DigestToolsError({
          code: "rejected",
          message: `${this.name}: MANIFEST_BLOB_UNKNOWN ${lacking.digest}`,
        });
      }
    }
    this.manifests.set(descriptor.digest, manifest);
    if (reference !== descriptor.digest) this.tags.set(reference, descriptor.digest);
  }

  async hasBlob(): Promise<boolean> {
    return true;
  }

  getBlob(): Promise<Readable> {
    throw new Error("no blobs here");
  }

  async putBlob(): Promise<void> {}

  /** Tags and what they stand for, sorted: the state that users see. */
  state(): readonly string[] {
    return [...this.tags].map(([tag, digest]) => `${tag} ${digest}`).toSorted();
  }

  #find(reference: ManifestReference): Manifest | undefined {
    const digest = this.tags.get(reference);
    if (digest !== undefined) return this.manifests.get(digest);
    return [...this.manifests.values()].find(({ descriptor }) => descriptor.digest === reference);
  }

  #request(method: string, reference: string): void {
    this.log.push(`${method} ${reference}`);
    this.before(`${method} ${reference}`);
  }
}

/** A manifest of some bytes; those of one seed are always the same. */
export function testManifest(seed: string, mediaType: string = OCI_MANIFEST): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, seed }));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

export interface TestLeg {
  readonly manifest: Manifest;
  readonly children: readonly Descriptor[];
  /** All that belongs to the leg, children first. */
  readonly all: readonly Manifest[];
}

/** What BuildKit pushes with provenance: an index of an image and the attestation about it. */
export function attestedLeg(seed: string, architecture: string): TestLeg {
  const image = testManifest(`${seed} image ${architecture}`);
  const attestation = testManifest(`${seed} attestation ${architecture}`);
  const children: readonly Descriptor[] = [
    { ...image.descriptor, platform: { architecture, os: "linux" } },
    {
      ...attestation.descriptor,
      annotations: {
        "vnd.docker.reference.digest": image.descriptor.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: { architecture: "unknown", os: "unknown" },
    },
  ];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children }));
  const manifest = { bytes, descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length } };
  return { manifest, children, all: [image, attestation, manifest] };
}
