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
