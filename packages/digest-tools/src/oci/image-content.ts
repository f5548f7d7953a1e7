import { buffer } from "node:stream/consumers";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { DigestToolsError } from "../base/error.ts";
import { type Descriptor, type Digest, isIndexType, type Platform } from "./descriptor.ts";
import { readDescriptor, readDocument, readPlatform } from "./descriptor-json.ts";
import { isAttestation } from "./image-index.ts";
import { nameIn } from "./image-name.ts";
import type { ImageSource, Manifest, ManifestReference, Named } from "./store.ts";

/** An image as a store has it, by bytes that were checked against their digests. */
export interface ImageContent {
  readonly manifest: Manifest;
  /**
   * What an index of this image names: images with their platforms, and attestations. Of an index its own children, of a
   * single manifest that alone.
   */
  readonly children: readonly Descriptor[];
  /** Those of the images in it, as written there; attestations have none. */
  readonly platforms: readonly Platform[];
  /** Of the index; undefined for a single manifest. */
  readonly indexAnnotations: Readonly<Record<string, string>> | undefined;
}

/** What a manifest of one image names: its configuration and its layers. */
export interface ManifestBody {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** A configuration is a JSON document, as a manifest is. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** @throws DigestToolsError `not-found`, `invalid-manifest`, and whatever the store throws */
export async function readImage(store: ImageSource, reference: ManifestReference): Promise<ImageContent> {
  const manifest = await store.getManifest(reference);
  if (manifest === undefined) throw notFound(store, reference);
  return imageContent(manifest, store, () => undefined);
}

/**
 * The image of a manifest that is at hand. `platformOf`: that of an image whose index does not say it; what it does not know
 * is read from the image's configuration.
 * @throws DigestToolsError as `readImage`
 */
export async function imageContent(
  manifest: Manifest,
  store: ImageSource,
  platformOf: (image: Digest) => Platform | undefined,
): Promise<ImageContent> {
  const { descriptor } = manifest;
  if (!isIndexType(descriptor.mediaType)) {
    const { config } = parseManifest(manifest, store);
    const platform = platformOf(descriptor.digest) ?? (await configPlatform(store, config));
    const children = [{ ...descriptor, platform }];
    return { manifest, children, platforms: [platform], indexAnnotations: undefined };
  }
  const { children: listed, annotations } = parseIndex(manifest, store);
  const children = await Promise.all(
    listed.map(async (child): Promise<Descriptor> => {
      // The specification makes the platform in an index optional; then the image's own configuration says it.
      if (child.platform !== undefined || isAttestation(child) || isIndexType(child.mediaType)) return child;
      return { ...child, platform: platformOf(child.digest) ?? (await childPlatform(store, child)) };
    }),
  );
  const platforms = children.flatMap((child) =>
    isAttestation(child) || child.platform === undefined ? [] : [child.platform],
  );
  return { manifest, children, platforms, indexAnnotations: annotations };
}

/** @throws DigestToolsError `invalid-manifest` */
export function parseIndex(
  { descriptor, bytes }: Manifest,
  store: Named,
): { readonly children: readonly Descriptor[]; readonly annotations: Readonly<Record<string, string>> } {
  const json = readJson(bytes, store, descriptor.digest);
  return { children: json.at("manifests").items().map(readDescriptor), annotations: annotationsOf(json) };
}

/** @throws DigestToolsError `invalid-manifest` */
export function parseManifest({ descriptor, bytes }: Manifest, store: Named): ManifestBody {
  const json = readJson(bytes, store, descriptor.digest);
  const layers = json.at("layers").items().map(readDescriptor);
  return { config: readDescriptor(json.at("config")), layers, annotations: annotationsOf(json) };
}

export function notFound(store: Named, reference: ManifestReference): DigestToolsError {
  return new DigestToolsError({
    code: "not-found",
    message: `${nameIn(store, reference)} does not exist`,
    fix: "push it, or correct the name",
  });
}

async function childPlatform(store: ImageSource, child: Descriptor): Promise<Platform> {
  const manifest = await store.getManifest(child.digest);
  if (manifest === undefined) throw notFound(store, child.digest);
  return configPlatform(store, parseManifest(manifest, store).config);
}

async function configPlatform(store: ImageSource, config: Descriptor): Promise<Platform> {
  if (config.size > MAX_CONFIG_BYTES) {
    throw new DigestToolsError({
      code: "too-large",
      message: `${nameIn(store, config.digest)}: expected a configuration of at most 4 MiB, found ${config.size} bytes`,
      fix: "it must be an image as the OCI image specification describes it; push it again",
    });
  }
  return readPlatform(readJson(await buffer(await store.getBlob(config)), store, config.digest));
}

function annotationsOf(json: JsonReader): Readonly<Record<string, string>> {
  const annotations = json.at("annotations");
  return annotations.present ? annotations.texts() : {};
}

function readJson(bytes: Uint8Array, store: Named, digest: Digest): JsonReader {
  return readDocument(Buffer.from(bytes).toString("utf8"), {
    at: { url: nameIn(store, digest) },
    code: "invalid-manifest",
    fix: "it must be an image as the OCI image specification describes it; push it again",
  });
}
