import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError, warning } from "../base/error.ts";
import type { Descriptor, Digest, Platform } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { isDockerType, isIndexType, OCI_INDEX } from "./media-type.ts";
import { formatPlatform, normalizePlatform, platformKey } from "./platform.ts";
import type { Manifest } from "./store.ts";

/** One leg of the image: what it pushed for its platform. */
export interface IndexLeg {
  /** For messages: the artifact's name. */
  readonly name: string;
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  /** What the descriptor's index lists, when it is one. */
  readonly children?: readonly Descriptor[];
}

export interface BuiltIndex {
  readonly manifest: Manifest;
  /** Images, then attestations, as the index lists them. */
  readonly children: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  /** In the order of the index. */
  readonly platforms: readonly Platform[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * The OCI image index of these legs. Legs that are indexes themselves are flattened; images are sorted by platform,
 * attestations follow in the order of what they attest. The same legs give the same bytes, in whatever order.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @throws DigestToolsError `duplicate-platform`, `wrong-platform`, `invalid-manifest`
 */
export function buildIndex(legs: readonly IndexLeg[], annotations: Readonly<Record<string, string>> = {}): BuiltIndex {
  const flat = legs.map(flatten);
  const images = flat.flatMap(({ image }) => image).toSorted(byPlatform);
  const byImage = new Map<string, number>(images.map(({ digest }, index) => [digest, index]));
  const place = (attestation: Descriptor) => byImage.get(subjectOf(attestation) ?? attestation.digest) ?? images.length;
  const attestations = flat
    .flatMap((leg) => leg.attestations)
    .filter((one, index, all) => all.findIndex((other) => sameAttestation(one, other)) === index)
    .toSorted((left, right) => place(left) - place(right) || compare(left.digest, right.digest));
  assertDistinct(legs);
  const manifests = [...images, ...attestations].map(orderedDescriptor);
  const named = Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...named }));
  return {
    manifest: { bytes, descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length } },
    children: manifests,
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

/** The same statement about two images is listed twice. */
function sameAttestation(left: Descriptor, right: Descriptor): boolean {
  return left.digest === right.digest && subjectOf(left) === subjectOf(right);
}

interface PlatformDescriptor extends Descriptor {
  readonly platform: Platform;
}

interface FlatLeg {
  readonly image: PlatformDescriptor;
  readonly attestations: readonly Descriptor[];
}

function flatten(leg: IndexLeg): FlatLeg {
  if (!isIndexType(leg.descriptor.mediaType)) {
    return { image: { ...leg.descriptor, platform: normalizePlatform(leg.platform) }, attestations: [] };
  }
  const children = leg.children ?? [];
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
    if (subjectOf(attestation) !== image.digest) {
      const subject = subjectOf(attestation) ?? "nothing";
      throw invalid(
        leg,
        `an attestation, ${attestation.digest}, about ${subject}, which is not in it`,
        "build the leg again",
      );
    }
  }
  return { image: { ...image, platform: childPlatform(leg, image) }, attestations };
}

function childPlatform(leg: IndexLeg, { platform }: Descriptor): Platform {
  const expected = normalizePlatform(leg.platform);
  if (platform === undefined) return expected;
  if (formatPlatform(normalizePlatform(platform)) === formatPlatform(expected)) return normalizePlatform(platform);
  throw new DigestToolsError({
    code: "wrong-platform",
    message: `${leg.name} must be ${formatPlatform(expected)}, but it pushed ${formatPlatform(platform)}`,
    fix: "build it with --platform as the matrix says",
  });
}

function assertDistinct(legs: readonly IndexLeg[]): void {
  const byKey = new Map<string, IndexLeg>();
  for (const leg of legs) {
    const key = platformKey(leg.platform);
    const other = byKey.get(key);
    if (other !== undefined) {
      throw new DigestToolsError({
        code: "duplicate-platform",
        message: `${other.name} and ${leg.name} are both ${formatPlatform(normalizePlatform(leg.platform))}`,
        fix: "give each leg of an image its own platform",
      });
    }
    byKey.set(key, leg);
  }
}

function dockerTypeWarnings(legs: readonly IndexLeg[], images: readonly Descriptor[]): readonly Diagnostic[] {
  const docker = images.filter(({ mediaType }) => isDockerType(mediaType));
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

function byPlatform(left: PlatformDescriptor, right: PlatformDescriptor): number {
  return compare(platformKey(left.platform), platformKey(right.platform)) || compare(left.digest, right.digest);
}

// By code unit: the same on every machine, whatever its language.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function invalid(leg: IndexLeg, what: string, fix: string): DigestToolsError {
  const digest: Digest = leg.descriptor.digest;
  return new DigestToolsError({ code: "invalid-manifest", message: `${leg.name}: ${digest} holds ${what}`, fix });
}
