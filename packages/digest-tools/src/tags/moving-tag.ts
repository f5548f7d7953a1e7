import gt from "semver/functions/gt.js";
import parseVersion from "semver/functions/parse.js";
import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import { parseIndex, parseManifest } from "../oci/image-content.ts";
import { nameIn } from "../oci/image-name.ts";
import { isIndexType } from "../oci/media-type.ts";
import type { Manifest, ManifestStore } from "../oci/store.ts";

/** The id of the run that an image comes from: a later run has a higher one. */
const RUN_ANNOTATION = "io.github.fanfold.run-id";
/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
const REVISION_ANNOTATION = "org.opencontainers.image.revision";
const VERSION_ANNOTATION = "org.opencontainers.image.version";

/** When and from what an image was made, as far as it is known. */
export interface Origin {
  readonly run?: RunContext | undefined;
  readonly version?: string | undefined;
  readonly revision?: string | undefined;
}

/** The annotations that say it. */
export function originAnnotations({ run, version, revision }: Origin): Readonly<Record<string, string>> {
  return {
    ...(revision === undefined ? {} : { [REVISION_ANNOTATION]: revision }),
    ...(version === undefined ? {} : { [VERSION_ANNOTATION]: version }),
    ...(run === undefined ? {} : { [RUN_ANNOTATION]: run.id }),
  };
}

/**
 * Why a moving tag stays where it is: what it stands for is from a later run, or of a higher version. Undefined: it may
 * move. Versions count where both are semantic ones.
 */
export function reasonToKeep(ours: Origin, annotations: Readonly<Record<string, string>>): string | undefined {
  const run = annotations[RUN_ANNOTATION] ?? "";
  if (ours.run !== undefined && /^\d+$/.test(run) && BigInt(run) > BigInt(ours.run.id)) {
    return `it is from run ${run}, later than run ${ours.run.id}`;
  }
  const theirVersion = parseVersion(annotations[VERSION_ANNOTATION]);
  const ourVersion = parseVersion(ours.version);
  if (theirVersion !== null && ourVersion !== null && gt(theirVersion, ourVersion)) {
    return `it is version ${theirVersion.raw}, higher than ${ourVersion.raw}`;
  }
  return undefined;
}

/** The same for a tag of a store: one GET; one more for a single image that the builder put into an index. */
export async function keptTag(store: ManifestStore, tag: string, ours: Origin): Promise<string | undefined> {
  try {
    const found = await store.getManifest(tag);
    const reason = found === undefined ? undefined : reasonToKeep(ours, await annotationsOf(store, found));
    return reason === undefined ? undefined : `${nameIn(store, tag)} stays at ${found?.descriptor.digest}: ${reason}`;
  } catch (error) {
    // What nobody can read is not newer; setting the tag repairs it.
    if (error instanceof DigestToolsError && error.code === "invalid-manifest") return undefined;
    throw error;
  }
}

async function annotationsOf(store: ManifestStore, manifest: Manifest): Promise<Readonly<Record<string, string>>> {
  if (!isIndexType(manifest.descriptor.mediaType)) return parseManifest(manifest, store).annotations;
  const { annotations, children } = parseIndex(manifest, store);
  const [first] = children;
  if (RUN_ANNOTATION in annotations || VERSION_ANNOTATION in annotations || first === undefined) return annotations;
  const child = await store.getManifest(first.digest);
  return child === undefined || isIndexType(child.descriptor.mediaType) ? {} : parseManifest(child, store).annotations;
}
