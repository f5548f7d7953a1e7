import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError, warning } from "../base/error.ts";
import { OWN_PREFIX } from "./annotations.ts";
import { type Descriptor, isDockerType, isIndexType, OCI_INDEX, type Platform } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { formatPlatform, isPlatform, normalizePlatform, platformKey } from "./platform.ts";
import type { Manifest } from "./store.ts";

/** One leg of an image: what it pushed for its platform. */
export interface IndexLeg {
  /** For messages: the artifact's name. */
  readonly name: string;
  /** What it was asked for as; the index gets the platform as the image itself has it. */
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  /** The image with its platform, and its attestations, by the leg's own bytes. */
  readonly children: readonly Descriptor[];
  /** Of the leg's index; undefined for a single manifest, which has none. */
  readonly indexAnnotations: Readonly<Record<string, string>> | undefined;
}

export interface BuiltIndex {
  readonly manifest: Manifest;
  /** Images, then attestations, as the index lists them. */
  readonly children: readonly IndexChild[];
  readonly annotations: Readonly<Record<string, string>>;
  /** In the order of the index. */
  readonly platforms: readonly Platform[];
  readonly warnings: readonly Diagnostic[];
}

/** What an index names, and for messages: whose and what it is. */
export interface IndexChild {
  readonly descriptor: Descriptor;
  readonly what: string;
}

/** More than a leg's image and its attestations. */
const MAX_CHILDREN = 100;

/**
 * The OCI image index of these legs. Legs that are indexes themselves are flattened; images are sorted by platform,
 * attestations follow in the order of what they attest. Annotations on which all legs' indexes agree are kept, below those
 * that are given. The same legs give the same bytes, in whatever order.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @throws DigestToolsError `duplicate-platform`, `wrong-platform`, `invalid-manifest`
 */
export function buildIndex(legs: readonly IndexLeg[], given: Readonly<Record<string, string>> = {}): BuiltIndex {
  const flat = legs.map(flatten);
  const images = flat.map(({ image }) => image).toSorted(byPlatform);
  assertDistinct(images);
  const byImage = new Map<string, number>(images.map(({ descriptor }, index) => [descriptor.digest, index]));
  const place = ({ descriptor }: IndexChild) =>
    byImage.get(subjectOf(descriptor) ?? descriptor.digest) ?? images.length;
  const attestations = flat
    .flatMap((leg) => leg.attestations)
    .filter((one, index, all) => all.findIndex((other) => sameAttestation(one, other)) === index)
    .toSorted((left, right) => place(left) - place(right) || compare(left.descriptor.digest, right.descriptor.digest));
  const children = [...images, ...attestations].map(({ descriptor, what }) => ({
    descriptor: orderedDescriptor(descriptor),
    what,
  }));
  const annotations = { ...agreedAnnotations(legs), ...given };
  const manifests = children.map(({ descriptor }) => descriptor);
  const named = Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...named }));
  return {
    manifest: { bytes, descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length } },
    children,
    annotations,
    platforms: images.map(({ platform }) => platform),
    warnings: dockerTypeWarnings(legs, images),
  };
}

/** BuildKit's mark of an attestation: https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
export function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
}

/** The digest of the image that an attestation is about. */
export function subjectOf({ annotations }: Descriptor): string | undefined {
  return annotations?.["vnd.docker.reference.digest"];
}

interface PlatformChild extends IndexChild {
  readonly platform: Platform;
  readonly leg: string;
}

interface FlatLeg {
  readonly image: PlatformChild;
  readonly attestations: readonly IndexChild[];
}

/** Identical statements are kept for each image that they are about, and once for each. */
function sameAttestation({ descriptor: left }: IndexChild, { descriptor: right }: IndexChild): boolean {
  return left.digest === right.digest && subjectOf(left) === subjectOf(right);
}

function flatten(leg: IndexLeg): FlatLeg {
  const { name, children } = leg;
  if (children.length > MAX_CHILDREN) {
    throw invalid(leg, `${children.length} manifests, more than ${MAX_CHILDREN}`, "build one platform in each leg");
  }
  const nested = children.find(({ mediaType }) => isIndexType(mediaType));
  if (nested !== undefined) {
    throw invalid(leg, `an index within an index, ${nested.digest}`, "push each platform as a leg of its own");
  }
  const attestations = children.filter(isAttestation);
  const [image, ...others] = children.filter((child) => !isAttestation(child));
  if (image === undefined) throw invalid(leg, "no image", "build the leg again");
  if (others[0] !== undefined) {
    const fix = "build one platform in each leg";
    throw invalid(leg, `several images, ${image.digest} and ${others[0].digest}, where one platform is expected`, fix);
  }
  for (const attestation of attestations) {
    if (subjectOf(attestation) === image.digest) continue;
    const subject = subjectOf(attestation) ?? "nothing";
    const found = `an attestation, ${attestation.digest}, about ${subject}, which is not in it`;
    throw invalid(leg, found, "build the leg again");
  }
  const platform = platformOf(leg, image);
  return {
    image: {
      descriptor: { ...image, platform },
      platform,
      leg: name,
      what: `${name} (${formatPlatform(normalizePlatform(platform))}, ${image.digest})`,
    },
    attestations: attestations.map((descriptor) => ({
      descriptor,
      what: `the attestation ${descriptor.digest} of ${name}`,
    })),
  };
}

/** As the image has it: registries and clients look for what is written there. */
function platformOf(leg: IndexLeg, { platform }: Descriptor): Platform {
  if (platform === undefined) return leg.platform;
  if (isPlatform(platform, leg.platform)) return platform;
  throw new DigestToolsError({
    code: "wrong-platform",
    message: `${leg.name} must be ${formatPlatform(leg.platform)}, but it pushed ${formatPlatform(platform)}`,
    fix: "build it with --platform as the matrix says",
  });
}

function assertDistinct(images: readonly PlatformChild[]): void {
  const byKey = new Map<string, PlatformChild>();
  for (const image of images) {
    const key = platformKey(image.platform);
    const other = byKey.get(key);
    if (other !== undefined) {
      const [first, second] = [other.leg, image.leg].toSorted(compare);
      throw new DigestToolsError({
        code: "duplicate-platform",
        message: `${first} and ${second} are both ${formatPlatform(normalizePlatform(image.platform))}`,
        fix: "give each leg of an image its own platform",
      });
    }
    byKey.set(key, image);
  }
}

/**
 * A leg without an index says nothing about the whole, and so agrees with nobody. Where the index comes from is never a
 * leg's to say.
 */
function agreedAnnotations(legs: readonly IndexLeg[]): Readonly<Record<string, string>> {
  const [first, ...others] = legs.map(({ indexAnnotations = {} }) => indexAnnotations);
  const agreed = Object.entries(first ?? {}).filter(
    ([key, value]) =>
      !key.startsWith(OWN_PREFIX) && others.every((other) => Object.hasOwn(other, key) && other[key] === value),
  );
  return Object.fromEntries(agreed);
}

function dockerTypeWarnings(legs: readonly IndexLeg[], images: readonly IndexChild[]): readonly Diagnostic[] {
  const docker = images.filter(({ descriptor }) => isDockerType(descriptor.mediaType));
  if (docker.length === 0) return [];
  const names = legs.map(({ name }) => name).toSorted(compare);
  return [
    warning("docker-media-type", {
      message: `${docker.length} of ${images.length} images in the OCI index of ${names.join(", ")} have Docker's media type; some registries refuse such an index`,
      // BuildKit makes OCI types for whatever it attests; push accepts none of its own export options.
      fix: "keep provenance on where the legs are built, which is the default (no --provenance=false): the images have OCI's types then",
    }),
  ];
}

// The order of the fields in the specification's own Go types, which most tools write.
function orderedDescriptor({ mediaType, digest, size, annotations, platform, artifactType }: Descriptor): Descriptor {
  return {
    mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations: sorted(annotations) }),
    ...(platform === undefined ? {} : { platform: orderedPlatform(platform) }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function orderedPlatform(platform: Platform): Platform {
  const { architecture, os, variant } = platform;
  const version = platform["os.version"];
  const features = platform["os.features"];
  return {
    architecture,
    os,
    ...(version === undefined ? {} : { "os.version": version }),
    ...(features === undefined ? {} : { "os.features": features }),
    ...(variant === undefined ? {} : { variant }),
  };
}

function sorted(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).toSorted(([left], [right]) => compare(left, right)));
}

function byPlatform(left: PlatformChild, right: PlatformChild): number {
  return (
    compare(platformKey(left.platform), platformKey(right.platform)) ||
    compare(left.descriptor.digest, right.descriptor.digest)
  );
}

// By code unit: the same on every machine, whatever its language.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function invalid(leg: IndexLeg, what: string, fix: string): DigestToolsError {
  return new DigestToolsError({
    code: "invalid-manifest",
    message: `${leg.name}: ${leg.descriptor.digest} holds ${what}`,
    fix,
  });
}
