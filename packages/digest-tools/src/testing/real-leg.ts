import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import pLimit from "p-limit";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest, Store } from "../oci/store.ts";
import type { LegRecord } from "../record/record.ts";

/** A leg as BuildKit pushes it with provenance: an index of an image and of the attestation about it. Registries take it. */
export interface RealLeg {
  readonly architecture: string;
  readonly descriptor: Descriptor;
  readonly children: readonly Descriptor[];
  /** Children first, what was pushed last. */
  readonly manifests: readonly Manifest[];
}

const LAYER = Buffer.from(gzipSync("a layer that all legs share"));
const STATEMENT = Buffer.from(JSON.stringify({ predicateType: "https://slsa.dev/provenance/v1" }));
const UNKNOWN = { architecture: "unknown", os: "unknown" };

/** The same seed gives the same digests. */
export function realLeg(seed: string, architecture: string): RealLeg {
  const image = manifest(OCI_MANIFEST, {
    config: blob("application/vnd.oci.image.config.v1+json", configOf(architecture)),
    layers: [blob("application/vnd.oci.image.layer.v1.tar+gzip", LAYER)],
    annotations: { seed },
  });
  const attestation = manifest(OCI_MANIFEST, {
    config: blob("application/vnd.oci.image.config.v1+json", configOf("unknown")),
    layers: [blob("application/vnd.in-toto+json", STATEMENT)],
    annotations: { about: architecture },
  });
  const children: readonly Descriptor[] = [
    { ...image.descriptor, platform: { architecture, os: "linux" } },
    {
      ...attestation.descriptor,
      annotations: {
        "vnd.docker.reference.digest": image.descriptor.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: UNKNOWN,
    },
  ];
  const index = manifest(OCI_INDEX, { manifests: children });
  return { architecture, descriptor: index.descriptor, children, manifests: [image, attestation, index] };
}

/** The same without provenance: the image's manifest alone. */
export function plainLeg(seed: string, architecture: string): RealLeg {
  const { children, manifests } = realLeg(seed, architecture);
  const [image] = manifests;
  if (image === undefined) throw new Error("a leg has an image");
  return { architecture, descriptor: image.descriptor, children: children.slice(0, 1), manifests: [image] };
}

/** Puts legs, and the few blobs that all of them share, into a store. */
export async function pushRealLegs(store: Store, legs: readonly RealLeg[]): Promise<void> {
  const configs = [...new Set(legs.map(({ architecture }) => architecture)), "unknown"].map(configOf);
  for (const bytes of [LAYER, STATEMENT, ...configs]) {
    const descriptor = blob("application/octet-stream", bytes);
    if (!(await store.hasBlob(descriptor.digest))) await store.putBlob(descriptor, async () => Readable.from([bytes]));
  }
  const byDigest = (at: 0 | 1 | 2) =>
    new Map(legs.flatMap(({ manifests }) => manifests.slice(at, at + 1)).map((one) => [one.descriptor.digest, one]));
  const limit = pLimit(8);
  // Attestations first: all legs of one architecture share theirs.
  for (const at of [1, 0, 2] as const) {
    const manifests = [...byDigest(at).values()];
    await Promise.all(manifests.map((one) => limit(() => store.putManifest(one.descriptor.digest, one))));
  }
}

export interface RecordedPush {
  readonly tagSuffix: string;
  readonly repositories: readonly string[];
  readonly revision: string;
  readonly attempt?: number;
}

/** What `digest-tools push` leaves behind for a leg. */
export function recordOfLeg(
  { architecture, descriptor, children, manifests }: RealLeg,
  { tagSuffix, repositories, revision, attempt = 1 }: RecordedPush,
): LegRecord {
  return {
    tagSuffix,
    platformTag: architecture,
    platforms: [{ os: "linux", architecture }],
    images: repositories.map((repository) => ({ repository, descriptor, children })),
    manifest: Buffer.from(manifests.at(-1)?.bytes ?? []).toString("utf8"),
    source: { revision, version: "main" },
    run: { id: "17000000001", attempt },
  };
}

export interface TestPlan {
  readonly images: readonly string[];
  readonly suffixes: readonly string[];
  readonly revision: string;
  readonly ref?: string;
}

/** A plan of images of two legs, as `fanfold plan --json` prints it. */
export function planText({ images, suffixes, revision, ref = "refs/heads/main" }: TestPlan): string {
  return JSON.stringify({
    schema: "fanfold.plan/1",
    event: { name: "push", ref, sha: revision },
    images,
    groups: suffixes.map((suffix) => ({
      matrix: "include",
      "tag-suffix": suffix,
      "tag-latest": "auto",
      legs: ["amd64", "arm64"].map((architecture) => ({
        platform: `linux/${architecture}`,
        "platform-tag": architecture,
        "artifact-name": `digests${suffix}--${architecture}`,
      })),
    })),
  });
}

function configOf(architecture: string): Buffer {
  const os = architecture === "unknown" ? "unknown" : "linux";
  return Buffer.from(JSON.stringify({ architecture, os, rootfs: { type: "layers", diff_ids: [digestOf(LAYER)] } }));
}

function blob(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function manifest(mediaType: string, body: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...body }));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
