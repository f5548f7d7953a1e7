import type { Readable } from "node:stream";
import type { Descriptor, Digest } from "./descriptor.ts";

/** A manifest's exact bytes. Its digest is that of the bytes, which are never reformatted. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** A tag, or a digest. The grammars do not overlap: a tag holds no colon. */
export type ManifestReference = string;

export interface Named {
  /** As the user named it: `quay.io/example/backends`, `oci:DIR`. */
  readonly name: string;
}

/** The manifests and tags of one repository. Everything that is read is checked against its digest. */
export interface ManifestStore extends Named {
  /** What a tag or digest stands for, without its bytes; undefined: it does not exist. */
  headManifest(reference: ManifestReference): Promise<Descriptor | undefined>;
  /** What a tag or digest stands for, its bytes checked against their digest; undefined: it does not exist. */
  getManifest(reference: ManifestReference): Promise<Manifest | undefined>;
  /** Puts the bytes under their digest, or under a tag. Writing what exists already is not an error. */
  putManifest(reference: ManifestReference, manifest: Manifest): Promise<void>;
}

/** The blobs of one repository: configurations and layers. */
interface BlobStore {
  /** Whether a blob is there. */
  hasBlob(digest: Digest): Promise<boolean>;
  /** The blob's bytes; the stream fails at its end when they do not match the digest. */
  getBlob(descriptor: Descriptor): Promise<Readable>;
  /** Uploads a blob, or mounts it from another repository of the same registry. `open` is called again for a retry. */
  putBlob(descriptor: Descriptor, open: () => Promise<Readable>, mountFrom?: Named): Promise<void>;
}

/** Where images live: a registry's repository, or an OCI image layout on disk. All methods throw DigestToolsError. */
export interface Store extends ManifestStore, BlobStore {}

/** What reading an image takes. */
export type ImageSource = Pick<Store, "name" | "getManifest" | "getBlob">;
