/** `algorithm:hex`, as in the OCI image specification (descriptor.md, "Digests"). Fanfold computes and accepts sha256. */
export type Digest = `sha256:${string}`;

/** As in the OCI image index specification, `manifests[].platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** As in the OCI image specification, descriptor.md. `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** OCI image specification, "Media Types". */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** Docker's names for the same: https://distribution.github.io/distribution/spec/manifest-v2-2/. */
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

export function isManifestType(mediaType: string): boolean {
  return isIndexType(mediaType) || mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

export function isDockerType(mediaType: string): boolean {
  return mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST;
}
