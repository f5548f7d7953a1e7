import type { Readable } from "node:stream";
import type { Descriptor, Digest } from "./descriptor.ts";

/** A manifest's exact bytes. Its digest is that of the bytes, which are never reformatted. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** A tag, or a digest. The grammars do not overlap: a tag holds no colon. */
export type ManifestReference = string;

/**
 * Where the images of one repository live: a registry's repository, or an OCI image layout on disk. Everything that is
 * read is checked against its digest. All methods throw DigestToolsError.
 */
export interface Store {
  /** As the user named it: `quay.io/example/backends`, `oci:DIR`. */
  readonly name: string;
  /** What a tag or digest stands for, without its bytes; undefined: not there. */
  headManifest(reference: ManifestReference): Promise<Descriptor | undefined>;
  getManifest(reference: ManifestReference): Promise<Manifest | undefined>;
  /** Puts the bytes under their digest, or under a tag. Writing what is there already is no error. */
  putManifest(reference: ManifestReference, manifest: Manifest): Promise<void>;
  hasBlob(digest: Digest): Promise<boolean>;
  /** The blob's bytes; the stream fails at its end when they do not meet the digest. */
  getBlob(descriptor: Descriptor): Promise<Readable>;
  /** Uploads a blob, or mounts it from another repository of the same registry. `open` is called again for a retry. */
  putBlob(descriptor: Descriptor, open: () => Promise<Readable>, mountFrom?: Store): Promise<void>;
}
