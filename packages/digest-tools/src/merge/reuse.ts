import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError, problem } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import {
  CONTENT_KEY_ANNOTATION,
  OWN_PREFIX,
  REVISION_ANNOTATION,
  SEMVER_ANNOTATION,
  VERSION_ANNOTATION,
} from "../oci/annotations.ts";
import type { Digest } from "../oci/descriptor.ts";
import { type ImageContent, readImage } from "../oci/image-content.ts";
import { buildIndex } from "../oci/image-index.ts";
import { nameIn } from "../oci/image-name.ts";
import { formatPlatform, hasExactly } from "../oci/platform.ts";
import { legsOfImage } from "../oci/split-index.ts";
import type { ImageSource } from "../oci/store.ts";
import type { FoundRecord } from "../record/record-file.ts";
import type { FoundRecords } from "../record/records.ts";
import type { ReusedImage } from "../record/reused-image.ts";
import { cost, originAnnotations, versionOfTags } from "../tags/moving-tag.ts";
import type { MergeGroup, PublishedAs } from "./groups.ts";
import type { ReadyGroup } from "./ready.ts";

/** An image of this run that is published already. */
export interface ReusedGroup extends MergeGroup {
  readonly reused: ReusedImage;
}

export function isReused(group: MergeGroup): group is ReusedGroup {
  return group.reused !== undefined;
}

/**
 * Nothing of it may have been built by this attempt: a plan that says both was changed. An earlier attempt may have built it,
 * and published what is found now.
 */
export function builtNevertheless(
  { legs }: ReusedGroup,
  records: FoundRecords,
  run: RunContext | undefined,
): readonly Diagnostic[] {
  return legs.flatMap(({ artifactName }): readonly Diagnostic[] => {
    const found = records.get(artifactName) ?? { kind: "missing" };
    if (found.kind === "missing" || isOfEarlierAttempt(found, run)) return [];
    return [
      problem("unplanned-leg", {
        message: `${artifactName} left a record, and the plan says that nothing of this image is built`,
        fix: "merge with the plan that its build was made from, unchanged",
      }),
    ];
  });
}

function isOfEarlierAttempt(found: FoundRecord, run: RunContext | undefined): boolean {
  if (found.kind !== "record" || run === undefined || found.record.run === undefined) return false;
  const { id, attempt, server } = found.record.run;
  return id === run.id && server === run.server && attempt < run.attempt;
}

/** How it is published again. */
interface Republication {
  readonly published: PublishedAs;
  readonly run: RunContext | undefined;
  readonly openStore: (name: string) => ImageSource;
}

/**
 * The same children under a new index, with this run's annotations. The content key stays that of what was built.
 * @throws DigestToolsError `verification-failed`, `wrong-platform`, `invalid-manifest`, and the stores' own
 */
export async function republished(
  group: ReusedGroup,
  { published, run, openStore }: Republication,
): Promise<ReadyGroup> {
  const { reused, tagSuffix, revision, expected } = group;
  const standing = await readStanding(group, openStore);
  if (expected.length > 0 && !hasExactly(standing.platforms, expected)) {
    throw new DigestToolsError({
      code: "wrong-platform",
      message: `what is published, ${standing.manifest.descriptor.digest}, is ${standing.platforms.map(formatPlatform).join(",") || "for no known platform"}; expected ${expected.map(formatPlatform).join(",")}`,
      fix: PLAN_AGAIN,
    });
  }
  const named = versionOfTags(published.tags, tagSuffix);
  const { [CONTENT_KEY_ANNOTATION]: _ofHead, ...given } = group.annotations;
  const annotations = { ...given, ...(reused.key === undefined ? {} : { [CONTENT_KEY_ANNOTATION]: reused.key }) };
  const origin = {
    revision,
    version: published.version ?? named,
    semver: annotations[SEMVER_ANNOTATION] ?? named,
    run,
  };
  const kept = Object.entries(standing.indexAnnotations ?? {}).filter(([key]) => !isOfPublication(key));
  const legs = legsOfImage({ ...standing, indexAnnotations: Object.fromEntries(kept) }, "what is published");
  return { legs, index: buildIndex(legs, originAnnotations(origin, annotations)), origin };
}

const PLAN_AGAIN = "plan again: an image that is not there as it should be is built";

/** What a registry has lost meanwhile is not a leg's to build again. */
export function asReused(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  return problems.map((found) => (found.code === "not-found" ? { ...found, fix: PLAN_AGAIN } : found));
}

/** Says when and as what an index was published, which is this run's to say. */
function isOfPublication(key: string): boolean {
  return key.startsWith(OWN_PREFIX) || key === REVISION_ANNOTATION || key === VERSION_ANNOTATION;
}

/**
 * The index that has the key, from the first repository that has it, where a GET costs least. Repositories may have different
 * ones, where a run was cut short.
 */
async function readStanding(
  { repositories, reused: { index, key } }: ReusedGroup,
  openStore: (name: string) => ImageSource,
): Promise<ImageContent> {
  const places = repositories
    .flatMap((name) => {
      const digest = index.get(name);
      return digest === undefined ? [] : [{ store: openStore(name), digest }];
    })
    .toSorted((left, right) => cost(left.store) - cost(right.store));
  const others = new Map<Digest, Diagnostic>();
  const failures: Diagnostic[] = [];
  for (const { store, digest } of places) {
    if (others.has(digest)) continue;
    try {
      const image = await readImage(store, digest);
      const found = image.indexAnnotations?.[CONTENT_KEY_ANNOTATION];
      if (key === undefined || found === key) return image;
      others.set(digest, otherKey(nameIn(store, digest), found, key));
    } catch (error) {
      failures.push(...diagnosticsOf(error));
    }
  }
  const problems = asReused([...failures, ...others.values()]);
  throw new DigestToolsError({
    code: "verification-failed",
    message: "what the plan found published cannot be published again",
    problems,
  });
}

function otherKey(name: string, found: string | undefined, expected: string): Diagnostic {
  return problem("verification-failed", {
    message: `${name} has ${found === undefined ? "no content key" : `the content key ${found}`}; the plan says ${expected}`,
    fix: "pass what fanfold plan --json prints, unchanged",
  });
}
