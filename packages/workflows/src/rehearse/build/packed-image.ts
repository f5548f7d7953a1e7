import { createHash } from "node:crypto";
import { link, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  type Descriptor,
  LayoutStore,
  type Manifest,
  type Platform,
  parsePlatforms,
} from "@fanfold/digest-tools/internal";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import type { PlannedBuild } from "../../build/planned-build.ts";
import type { PackedLayer } from "./context-layer.ts";

/** OCI image specification, "Media Types". */
const CONFIG = "application/vnd.oci.image.config.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/**
 * Writes the image of a build into a new OCI layout: the context as its one layer, an image for each platform, and an index
 * around them where there are several, as a builder would leave it. Nothing in it runs.
 */
export async function writePackedImage(directory: string, build: PlannedBuild, layer: PackedLayer): Promise<void> {
  const store = new LayoutStore(directory);
  const platforms = parsePlatforms(build.platforms.join(","));
  await linkLayer(directory, layer);
  const images = await Promise.all(platforms.map((platform) => writeImage(store, build, platform, layer)));
  for (const { descriptor, bytes } of images) await store.putManifest(descriptor.digest, { descriptor, bytes });
  if (images.length < 2) return;
  const manifests = images.map(({ descriptor }, index) => ({ ...descriptor, platform: platforms[index] }));
  const index = manifest(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  await store.putManifest(index.descriptor.digest, index);
}

/** The layer as a file of the layout, without a copy: hundreds of entries may share one context. */
async function linkLayer(directory: string, { descriptor, file }: PackedLayer): Promise<void> {
  // https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#blobs
  const [algorithm = "", hex = ""] = descriptor.digest.split(":");
  const blobs = join(directory, "blobs", algorithm);
  await mkdir(blobs, { recursive: true });
  await link(file, join(blobs, hex));
}

async function writeImage(
  store: LayoutStore,
  { artifact, tagSuffix, target }: PlannedBuild,
  { os, architecture, variant }: Platform,
  { descriptor: layer }: PackedLayer,
): Promise<Manifest> {
  // Fanfold's own also keep the images of two entries with one context apart.
  const given = isJsonObject(target["labels"]) ? target["labels"] : {};
  const labels = { ...given, "io.github.fanfold.rehearsal": artifact, "io.github.fanfold.tag-suffix": tagSuffix };
  const bytes = jsonBytes({
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: { Labels: labels },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created_by: "fanfold rehearse --engine layout", comment: "the context, packed; nothing was built" }],
  });
  const config = described(CONFIG, bytes);
  await store.putBlob(config, async () => Readable.from([bytes]));
  return manifest(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
}

function manifest(mediaType: string, document: object): Manifest {
  const bytes = jsonBytes(document);
  return { descriptor: described(mediaType, bytes), bytes };
}

function described(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, size: bytes.length };
}

function jsonBytes(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
