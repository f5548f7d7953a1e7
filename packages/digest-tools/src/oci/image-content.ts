import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { DigestToolsError } from "../base/error.ts";
import type { Descriptor, Digest, Platform } from "./descriptor.ts";
import { isAttestation } from "./image-index.ts";
import { JsonReader } from "./json-reader.ts";
import { isIndexType } from "./media-type.ts";
import { normalizePlatform } from "./platform.ts";
import type { Manifest, ManifestReference, Store } from "./store.ts";

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
export async function readImage(store: Store, reference: ManifestReference): Promise<ImageContent> {
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
  store: Store,
): { readonly children: readonly Descriptor[]; readonly annotations: Readonly<Record<string, string>> } {
  const json = readJson(bytes, store, descriptor.digest);
  return {
    children: json
      .at("manifests")
      .items()
      .map((item) => item.descriptor()),
    annotations: annotationsOf(json),
  };
}

/** @throws DigestToolsError `invalid-manifest` */
export function parseManifest({ descriptor, bytes }: Manifest, store: Store): ManifestBody {
  const json = readJson(bytes, store, descriptor.digest);
  const layers = json
    .at("layers")
    .items()
    .map((item) => item.descriptor());
  return { config: json.at("config").descriptor(), layers, annotations: annotationsOf(json) };
}

export function notFound(store: Store, reference: ManifestReference): DigestToolsError {
  return new DigestToolsError({
    code: "not-found",
    message: `${nameIn(store, reference)} is not there`,
    fix: "push it, or look for a typing error in the name",
  });
}

/** `quay.io/example/backends:v1`, `quay.io/example/backends@sha256:…`. */
export function nameIn(store: Pick<Store, "name">, reference: ManifestReference): string {
  return `${store.name}${reference.includes(":") ? "@" : ":"}${reference}`;
}

async function configPlatform(store: Store, config: Descriptor): Promise<Platform> {
  const stream: Readable = await store.getBlob(config);
  const json = readJson(await buffer(stream), store, config.digest);
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

function readJson(bytes: Uint8Array, store: Store, digest: Digest): JsonReader {
  return JsonReader.parse(Buffer.from(bytes).toString("utf8"), {
    name: nameIn(store, digest),
    code: "invalid-manifest",
    fix: "it is to be an image as the OCI image specification has it; push it again",
  });
}
