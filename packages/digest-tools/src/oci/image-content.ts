import { buffer } from "node:stream/consumers";
import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { DigestToolsError } from "../base/error.ts";
import type { Descriptor, Digest, Platform } from "./descriptor.ts";
import { readDescriptor, readDocument } from "./descriptor-json.ts";
import { isAttestation } from "./image-index.ts";
import { nameIn } from "./image-name.ts";
import { isIndexType } from "./media-type.ts";
import { normalizePlatform } from "./platform.ts";
import type { ImageSource, Manifest, ManifestReference, Named } from "./store.ts";

/** An image as a store has it. */
export interface ImageContent {
  readonly manifest: Manifest;
  /** What an index lists; undefined for a single manifest. */
  readonly children?: readonly Descriptor[];
  /** Those of the images in it, attestations aside. */
  readonly platforms: readonly Platform[];
}

/** What a manifest of one image names: its configuration and its layers. */
export interface ManifestBody {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** @throws DigestToolsError `not-found`, `invalid-manifest`, and whatever the store throws */
export async function readImage(store: ImageSource, reference: ManifestReference): Promise<ImageContent> {
  const manifest = await store.getManifest(reference);
  if (manifest === undefined) throw notFound(store, reference);
  if (isIndexType(manifest.descriptor.mediaType)) {
    const { children } = parseIndex(manifest, store);
    const images = children.filter((child) => !isAttestation(child));
    const platforms = images.flatMap(({ platform }) => (platform === undefined ? [] : [normalizePlatform(platform)]));
    return { manifest, children, platforms };
  }
  return { manifest, platforms: [await configPlatform(store, parseManifest(manifest, store).config)] };
}

/** @throws DigestToolsError `invalid-manifest` */
export function parseIndex(
  { descriptor, bytes }: Manifest,
  store: Named,
): { readonly children: readonly Descriptor[]; readonly annotations: Readonly<Record<string, string>> } {
  const json = readJson(bytes, store, descriptor.digest);
  return {
    children: json.at("manifests").items().map(readDescriptor),
    annotations: annotationsOf(json),
  };
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

async function configPlatform(store: ImageSource, config: Descriptor): Promise<Platform> {
  const json = readJson(await buffer(await store.getBlob(config)), store, config.digest);
  const variant = json.at("variant").optionalText();
  const version = json.at("os.version").optionalText();
  return normalizePlatform({
    os: json.at("os").text(),
    architecture: json.at("architecture").text(),
    ...(variant ? { variant } : {}),
    ...(version ? { "os.version": version } : {}),
  });
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
