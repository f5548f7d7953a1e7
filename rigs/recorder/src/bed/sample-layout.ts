import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [more: string]: unknown;
}

export interface LayoutOptions {
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** What tells images apart. */
  readonly content?: string;
  /** An index with provenance around the image, as BuildKit makes it. */
  readonly attested?: boolean;
  /** Annotations of that index. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** A second image in the layout, so that nobody knows which one is meant. */
  readonly ambiguous?: boolean;
}

export interface SampleLayout {
  readonly directory: string;
  /** What index.json names. */
  readonly root: string;
  /** The image's own manifest. */
  readonly image: string;
}

export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Writes an OCI image layout of one small image. The same options give the same bytes. */
export async function writeLayout(directory: string, options: LayoutOptions): Promise<SampleLayout> {
  const { platform, content = "content", attested = true, annotations, ambiguous = false } = options;
  const blobs = join(directory, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const put = async (value: unknown, mediaType: string): Promise<Descriptor> => {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
    const digest = digestOf(bytes);
    await writeFile(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const [os, architecture, variant] = platform.split("/");
  const named = { architecture, os, ...(variant === undefined ? {} : { variant }) };
  const raw = Buffer.from(`${content} ${platform}`);
  const config = { ...named, config: {}, rootfs: { type: "layers", diff_ids: [digestOf(raw)] } };
  const layer = await put(gzipSync(raw), "application/vnd.oci.image.layer.v1.tar+gzip");
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await put(config, OCI_CONFIG),
    layers: [layer],
  };
  const image = await put(manifest, OCI_MANIFEST);
  let root = image;
  if (attested) {
    const attestation = await putAttestation(put);
    const about = { "vnd.docker.reference.digest": image.digest, "vnd.docker.reference.type": "attestation-manifest" };
    const manifests = [
      { ...image, platform: named },
      { ...attestation, annotations: about, platform: { architecture: "unknown", os: "unknown" } },
    ];
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...(annotations && { annotations }) };
    root = await put(index, OCI_INDEX);
  }
  const manifests = ambiguous ? [root, await put({ ...manifest, layers: [layer, layer] }, OCI_MANIFEST)] : [root];
  await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  return { directory, root: root.digest, image: image.digest };
}

/** A layout's index.json with its images in one order: several that are put in at once come as they come. */
export function settleLayoutIndex(text: string): string {
  const index: unknown = JSON.parse(text);
  if (typeof index !== "object" || index === null || !("manifests" in index)) return text;
  const { manifests } = index;
  if (!Array.isArray(manifests)) return text;
  const sorted = manifests.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return JSON.stringify({ ...index, manifests: sorted });
}

async function putAttestation(put: (value: unknown, mediaType: string) => Promise<Descriptor>): Promise<Descriptor> {
  const statement = { predicateType: "https://slsa.dev/provenance/v1", subject: [] };
  const layer = {
    ...(await put(statement, "application/vnd.in-toto+json")),
    annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" },
  };
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  const config = await put({ architecture: "unknown", os: "unknown", config: {}, rootfs }, OCI_CONFIG);
  return put({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }, OCI_MANIFEST);
}
