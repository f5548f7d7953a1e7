import gt from "semver/functions/gt.js";
import parse from "semver/functions/parse.js";
import { DigestToolsError } from "../base/error.ts";
import { isRunId, type RunContext } from "../base/event-context.ts";
import { registryOf } from "../hosts/quirks.ts";
import {
  REVISION_ANNOTATION,
  RUN_ANNOTATION,
  SEMVER_ANNOTATION,
  SERVER_ANNOTATION,
  VERSION_ANNOTATION,
} from "../oci/annotations.ts";
import { type Digest, isIndexType } from "../oci/descriptor.ts";
import { parseIndex, parseManifest } from "../oci/image-content.ts";
import { isAttestation } from "../oci/image-index.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest, ManifestStore } from "../oci/store.ts";
import type { Tag } from "./tags.ts";

/** When and from what an image was made, as far as it is known. */
export interface Origin {
  readonly run?: RunContext | undefined;
  /** What it is published as: `v1.2.3-cpu-x`, `main`. */
  readonly version?: string | undefined;
  /** The semantic version that orders it, where the published one is not that: `1.2.3`. */
  readonly semver?: string | undefined;
  readonly revision?: string | undefined;
}

/** The annotations that carry it, with those that somebody gave: these win, but where a run is concerned. */
export function originAnnotations(
  { run, version, semver, revision }: Origin,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const published = given[VERSION_ANNOTATION] ?? version;
  const ordered = parseVersion(semver)?.version;
  return {
    ...(revision === undefined ? {} : { [REVISION_ANNOTATION]: revision }),
    ...(published === undefined ? {} : { [VERSION_ANNOTATION]: published }),
    ...given,
    ...(ordered === undefined || ordered === parseVersion(published)?.version ? {} : { [SEMVER_ANNOTATION]: ordered }),
    ...(run === undefined ? {} : { [RUN_ANNOTATION]: run.id }),
    ...(run?.server === undefined ? {} : { [SERVER_ANNOTATION]: run.server }),
  };
}

/**
 * The version that orders an image: the highest of the tags that are versions, whoever named them, without the tag-suffix
 * that they end with. Undefined: none is.
 */
export function versionOfTags(tags: readonly Tag[], tagSuffix: string): string | undefined {
  const versions = tags.flatMap(({ name }) => {
    const bare = name.endsWith(tagSuffix) ? name.slice(0, name.length - tagSuffix.length) : name;
    const version = parseVersion(bare);
    return version === null ? [] : [version];
  });
  const [first, ...others] = versions;
  if (first === undefined) return undefined;
  return others.reduce((highest, version) => (gt(version, highest) ? version : highest), first).raw;
}

/**
 * Why a moving tag stays where it is: it stands for an image from a later run of the same server, or of a higher version.
 * Undefined: it may move. Versions count where both are semantic ones.
 */
export function reasonToKeep(ours: Origin, annotations: Readonly<Record<string, string>>): string | undefined {
  const run = annotations[RUN_ANNOTATION] ?? "";
  const sameServer = annotations[SERVER_ANNOTATION] === ours.run?.server;
  if (ours.run !== undefined && sameServer && isRunId(run) && BigInt(run) > BigInt(ours.run.id)) {
    return `it is from run ${run}, later than run ${ours.run.id}`;
  }
  const theirVersion = parseVersion(annotations[SEMVER_ANNOTATION]) ?? parseVersion(annotations[VERSION_ANNOTATION]);
  const ourVersion = parseVersion(ours.semver) ?? parseVersion(ours.version);
  if (theirVersion !== null && ourVersion !== null && gt(theirVersion, ourVersion)) {
    return `it is version ${theirVersion.raw}, higher than ${ourVersion.raw}`;
  }
  return undefined;
}

/** As semver's own, which for what is no version makes an error and its stack first. */
function parseVersion(text: string | undefined): ReturnType<typeof parse> {
  return /^\s*v?\d/.test(text ?? "") ? parse(text) : null;
}

/** A tag that is not to be set, and why not. */
export type StandingTag = {
  readonly repository: string;
  readonly tag: Tag;
  readonly digest: Digest;
} & (
  | /** It stands for our image already. */ { readonly kind: "ours" }
  | /** It must stay where it is. */ { readonly kind: "kept"; readonly reason: string }
);

/**
 * The moving tags that are not to be set, in every repository: those that stand for our image already, and those that stand for
 * a newer one. A tag costs one GET, which brings what it stands for too. Where GETs are counted it costs a HEAD, and what it
 * stands for a GET if that is not ours and no other repository has shown it.
 */
export async function standingTags(
  stores: readonly ManifestStore[],
  tags: readonly Tag[],
  ours: { readonly digest: Digest | undefined; readonly origin: Origin },
): Promise<readonly StandingTag[]> {
  const found = await Promise.all(stores.flatMap((store) => tags.map((tag) => findTag(store, tag))));
  const reasons = new Map<Digest, Promise<string | undefined>>();
  for (const { store, digest } of found.toSorted((left, right) => cost(left.store) - cost(right.store))) {
    if (digest === undefined || digest === ours.digest || reasons.has(digest)) continue;
    reasons.set(digest, reasonOfImage(store, digest, ours.origin, found));
  }
  const standing = found.map(async ({ store, tag, digest }): Promise<readonly StandingTag[]> => {
    if (digest === undefined) return [];
    const at = { repository: store.name, tag, digest };
    if (digest === ours.digest) return [{ ...at, kind: "ours" }];
    const reason = await reasons.get(digest);
    return reason === undefined ? [] : [{ ...at, kind: "kept", reason }];
  });
  return (await Promise.all(standing)).flat();
}

interface FoundTag {
  readonly store: ManifestStore;
  readonly tag: Tag;
  /** Undefined: it stands for nothing, or for what nobody can read. */
  readonly digest: Digest | undefined;
  /** Undefined where only its digest was asked for. */
  readonly manifest: Manifest | undefined;
}

async function findTag(store: ManifestStore, tag: Tag): Promise<FoundTag> {
  if (cost(store) > 0) {
    return { store, tag, digest: (await readable(store.headManifest(tag.name)))?.digest, manifest: undefined };
  }
  const manifest = await readable(store.getManifest(tag.name));
  return { store, tag, digest: manifest?.descriptor.digest, manifest };
}

async function reasonOfImage(
  store: ManifestStore,
  digest: Digest,
  ours: Origin,
  found: readonly FoundTag[],
): Promise<string | undefined> {
  const read = found.find(({ manifest }) => manifest?.descriptor.digest === digest)?.manifest;
  const manifest = read ?? (await readable(store.getManifest(digest)));
  if (manifest === undefined) return undefined;
  const annotations = await readable(annotationsOf(store, manifest));
  return annotations === undefined ? undefined : reasonToKeep(ours, annotations);
}

/** An image that nobody can read is not newer; setting the tag repairs it. */
async function readable<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DigestToolsError && error.code === "invalid-manifest") return undefined;
    throw error;
  }
}

/** Of an index, with those of its first image where a builder made it, which writes them there. */
async function annotationsOf(store: ManifestStore, manifest: Manifest): Promise<Readonly<Record<string, string>>> {
  if (!isIndexType(manifest.descriptor.mediaType)) return parseManifest(manifest, store).annotations;
  const { annotations, children } = parseIndex(manifest, store);
  const first = children.find((child) => !isAttestation(child));
  if (RUN_ANNOTATION in annotations || first === undefined) return annotations;
  const child = await store.getManifest(first.digest);
  if (child === undefined || isIndexType(child.descriptor.mediaType)) return annotations;
  return { ...parseManifest(child, store).annotations, ...annotations };
}

/** 0 where a GET costs nothing but a request. */
export function cost({ name }: { readonly name: string }): number {
  return !name.startsWith("oci:") && registryOf(parseRepository(name).registry)?.countsGets === true ? 1 : 0;
}
