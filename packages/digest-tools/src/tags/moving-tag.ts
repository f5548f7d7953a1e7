import gt from "semver/functions/gt.js";
import parseVersion from "semver/functions/parse.js";
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

/** A tag that stays where it is, and why. */
export interface KeptTag {
  readonly repository: string;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly reason: string;
}

/**
 * The moving tags that must stay, in every repository. A tag costs a HEAD each, and what it stands for one GET, in one of
 * the repositories that have it.
 */
export async function keptTags(
  stores: readonly ManifestStore[],
  tags: readonly Tag[],
  ours: { readonly digest: Digest | undefined; readonly origin: Origin },
): Promise<readonly KeptTag[]> {
  const standing = await Promise.all(
    stores.flatMap((store) =>
      tags.map(async (tag) => ({ store, tag, digest: (await store.headManifest(tag.name))?.digest })),
    ),
  );
  const reasons = new Map<Digest, Promise<string | undefined>>();
  // Registries that count a GET are asked for what no other has.
  for (const { store, digest } of standing.toSorted((left, right) => cost(left.store) - cost(right.store))) {
    if (digest === undefined || digest === ours.digest || reasons.has(digest)) continue;
    reasons.set(digest, reasonOfImage(store, digest, ours.origin));
  }
  const kept = standing.map(async ({ store, tag, digest }): Promise<readonly KeptTag[]> => {
    const reason = digest === undefined ? undefined : await reasons.get(digest);
    if (digest === undefined || reason === undefined) return [];
    return [{ repository: store.name, tag, digest, reason }];
  });
  return (await Promise.all(kept)).flat();
}

async function reasonOfImage(store: ManifestStore, digest: Digest, ours: Origin): Promise<string | undefined> {
  try {
    const found = await store.getManifest(digest);
    return found === undefined ? undefined : reasonToKeep(ours, await annotationsOf(store, found));
  } catch (error) {
    // An image that nobody can read is not newer; setting the tag repairs it.
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
