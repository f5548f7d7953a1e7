import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { LayoutStore } from "../layout/store.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST, type Platform } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest, Store } from "../oci/store.ts";

/** How a leg comes out of the builder: with an attestation beside the image, or the image alone. */
export type Built = "attested" | "plain";

/** A real image of one platform (an architecture: of Linux) in an OCI layout, as a build with provenance leaves it; the same seed, the same digest. */
export async function writeImage(
  directory: string,
  seed: string,
  builtFor: string | Platform,
  built: Built = "attested",
  annotations?: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  const platform = typeof builtFor === "string" ? { architecture: builtFor, os: "linux" } : builtFor;
  const store = new LayoutStore(directory);
  const config = { ...platform, rootfs: { type: "layers", diff_ids: [digestOf(Buffer.from(seed))] } };
  const image = await writeManifest(store, JSON.stringify(config), [
    { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", bytes: gzipSync(seed) },
  ]);
  if (built === "plain") {
    await store.putManifest("image", image);
    return image.descriptor;
  }
  const statement = await writeManifest(store, JSON.stringify({ architecture: "unknown", os: "unknown" }), [
    {
      mediaType: "application/vnd.in-toto+json",
      bytes: Buffer.from(JSON.stringify({ subject: seed })),
      annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" },
    },
  ]);
  const manifests = [
    { ...image.descriptor, platform },
    {
      ...statement.descriptor,
      annotations: {
        "vnd.docker.reference.digest": image.descriptor.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: { architecture: "unknown", os: "unknown" },
    },
  ];
  for (const manifest of [image, statement]) await store.putManifest(manifest.descriptor.digest, manifest);
  const index = manifestOf(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests,
    ...(annotations === undefined ? {} : { annotations }),
  });
  await store.putManifest("image", index);
  return index.descriptor;
}

interface Layer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function writeManifest(store: Store, config: string, layers: readonly Layer[]): Promise<Manifest> {
  const put = async ({ mediaType, bytes, annotations }: Layer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    return { ...descriptor, ...(annotations === undefined ? {} : { annotations }) };
  };
  const body = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await put({ mediaType: "application/vnd.oci.image.config.v1+json", bytes: Buffer.from(config) }),
    layers: await Promise.all(layers.map(put)),
  };
  return manifestOf(OCI_MANIFEST, body);
}

function manifestOf(mediaType: string, body: object): Manifest {
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
