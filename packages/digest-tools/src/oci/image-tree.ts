import { DigestToolsError } from "../base/error.ts";
import { type Descriptor, isIndexType, type Platform } from "./descriptor.ts";
import { notFound, parseIndex, parseManifest, readImage } from "./image-content.ts";
import { isAttestation, subjectOf } from "./image-index.ts";
import { normalizePlatform } from "./platform.ts";
import type { ImageSource, Manifest, ManifestReference } from "./store.ts";

/** An image with all that it holds. */
export interface ImageTree {
  readonly store: string;
  readonly reference: ManifestReference;
  readonly descriptor: Descriptor;
  /** Of the index, or of the one manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  /** One for each platform; a single manifest is the only one. */
  readonly images: readonly PlatformImage[];
}

export interface PlatformImage {
  /** Undefined when the index does not say. */
  readonly platform: Platform | undefined;
  readonly descriptor: Descriptor;
  readonly layers: number;
  /** Bytes of configuration and layers, as the store holds them. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly attestations: readonly Attestation[];
}

export interface Attestation {
  readonly descriptor: Descriptor;
  /** What it states, by in-toto's predicate types: `https://slsa.dev/provenance/v1`. */
  readonly predicates: readonly string[];
  readonly size: number;
}

/** @throws DigestToolsError `not-found`, `invalid-manifest`, and the store's own */
export async function readImageTree(store: ImageSource, reference: ManifestReference): Promise<ImageTree> {
  const root = await store.getManifest(reference);
  if (root === undefined) throw notFound(store, reference);
  const tree = { store: store.name, reference, descriptor: root.descriptor };
  if (!isIndexType(root.descriptor.mediaType)) {
    const { platforms } = await readImage(store, root.descriptor.digest);
    const image = { ...imageOf(root, store, []), platform: platforms[0] };
    return { ...tree, annotations: image.annotations, images: [image] };
  }
  const { children, annotations } = parseIndex(root, store);
  const manifests = await Promise.all(children.map((child) => childManifest(store, child)));
  const withManifest = children.flatMap((child, at) => {
    const manifest = manifests[at];
    return manifest === undefined ? [] : [{ child, manifest }];
  });
  const images = withManifest
    .filter(({ child }) => !isAttestation(child))
    .map(({ child, manifest }) => {
      const own = withManifest.filter((other) => isAttestation(other.child) && subjectOf(other.child) === child.digest);
      const attestations = own.map((other) => attestationOf(other.manifest, store));
      const { platform } = child;
      return {
        ...imageOf(manifest, store, attestations),
        platform: platform === undefined ? undefined : normalizePlatform(platform),
      };
    });
  return { ...tree, annotations, images };
}

async function childManifest(store: ImageSource, child: Descriptor): Promise<Manifest> {
  if (isIndexType(child.mediaType)) {
    throw new DigestToolsError({
      code: "invalid-manifest",
      message: `${store.name}: the index holds another index, ${child.digest}`,
      fix: "merge with digest-tools, which flattens them",
    });
  }
  const manifest = await store.getManifest(child.digest);
  if (manifest === undefined) throw notFound(store, child.digest);
  return manifest;
}

function imageOf(
  manifest: Manifest,
  store: ImageSource,
  attestations: readonly Attestation[],
): Omit<PlatformImage, "platform"> {
  const { config, layers, annotations } = parseManifest(manifest, store);
  return {
    descriptor: manifest.descriptor,
    layers: layers.length,
    size: sum([config, ...layers]),
    annotations,
    attestations,
  };
}

function attestationOf(manifest: Manifest, store: ImageSource): Attestation {
  const { layers } = parseManifest(manifest, store);
  // https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
  const predicates = layers.flatMap(({ annotations }) => annotations?.["in-toto.io/predicate-type"] ?? []);
  return { descriptor: manifest.descriptor, predicates, size: sum(layers) };
}

function sum(descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((total, { size }) => total + size, 0);
}
