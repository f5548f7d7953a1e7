import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError, problem } from "../base/error.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { MergePlan } from "../record/plan-file.ts";
import type { PlannedGroup } from "../record/planned-group.ts";
import type { FoundRecords } from "../record/records.ts";
import type { ReusedImage } from "../record/reused-image.ts";
import { computeTags, type Tag, type TagClaim, tagConflicts } from "../tags/tags.ts";

/** One image to publish: which legs, from which commit, where, under which tags. */
export interface MergeGroup {
  /** What people call it. */
  readonly image: string;
  readonly tagSuffix: string;
  /** Store names. */
  readonly repositories: readonly string[];
  /**
   * `index`: of all legs, made here. `as-built`: what the one leg has pushed is the image. `wrapped`: an index of what the one
   * leg has pushed, whatever platforms that has.
   */
  readonly form: "index" | "as-built" | "wrapped";
  /** What stands already, in the place of what legs push: they are not built. */
  readonly reused?: ReusedImage;
  readonly legs: readonly {
    readonly artifactName: string;
    /** Undefined: any of the expected platforms. */
    readonly planned?: Platform;
  }[];
  /** Empty for an image as it was built: whichever it has. */
  readonly expected: readonly Platform[];
  /** Undefined: not known. */
  readonly revision: string | undefined;
  readonly tags: PublishedAs | { readonly kind: "refused"; readonly problems: readonly Diagnostic[] };
  /** For its index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Names of the images of this run that it is built from; none when left out. */
  readonly bases?: readonly string[];
}

/** Tags, and the version where it does not follow from them. None: published by digest alone. */
export interface PublishedAs {
  readonly kind: "tags";
  readonly tags: readonly Tag[];
  readonly version?: string | undefined;
}

/** The plan's images, each with its own tags or those that follow from the plan's event. */
export function groupsOfPlan(plan: MergePlan, shortShaLength: number): readonly MergeGroup[] {
  const computed = plan.groups.map((group) => ({ group, tags: groupTags(plan, group, shortShaLength) }));
  const claims = new Map<PlannedGroup, TagClaim>();
  for (const { group, tags } of computed) {
    const { image, repositories } = group;
    if (tags.kind === "tags") claims.set(group, { image, repositories, tags: tags.tags });
  }
  const conflicts = tagConflicts([...claims.values()]);
  return computed.map(({ group, tags }): MergeGroup => {
    const { image, tagSuffix, repositories, annotations, bases, reused } = group;
    const claim = claims.get(group);
    const problems = claim === undefined ? undefined : conflicts.get(claim);
    return {
      image,
      tagSuffix,
      repositories,
      form: group.legs.length !== 1 ? "index" : group.wrapped ? "wrapped" : "as-built",
      legs: group.legs.map((leg) => {
        const [planned, ...others] = leg.platforms;
        return { artifactName: leg.artifactName, ...(planned === undefined || others.length > 0 ? {} : { planned }) };
      }),
      expected: group.legs.flatMap(({ platforms }) => platforms),
      revision: plan.event.sha,
      tags: problems === undefined ? tags : { kind: "refused", problems },
      annotations,
      ...(bases.length === 0 ? {} : { bases }),
      ...(reused === undefined ? {} : { reused }),
    };
  });
}

/**
 * An image has the plan's legs and no others: refused where one of its legs has left a record that the plan does not know,
 * since an index without it would lack an architecture. `others`: names of artifacts without an attempt.
 */
export function withoutOthers(group: MergeGroup, others: readonly string[]): MergeGroup {
  const own = new Set(group.legs.map(({ artifactName }) => imagePart(artifactName)));
  const unplanned = others.filter((name) => own.has(imagePart(name)));
  if (unplanned.length === 0) return group;
  const problems = unplanned.map((name) =>
    problem("unplanned-leg", {
      message: `${name} left a record, and the plan has no such leg`,
      fix: "merge with the plan that its build was made from, unchanged",
    }),
  );
  const known = group.tags.kind === "refused" ? group.tags.problems : [];
  return { ...group, tags: { kind: "refused", problems: [...known, ...problems] } };
}

/** `digests-x` of `digests-x--amd64`. */
function imagePart(artifact: string): string {
  const end = artifact.lastIndexOf("--");
  return end === -1 ? artifact : artifact.slice(0, end);
}

export interface ExpectedGroup {
  /** Undefined: the directory holds the records of one image only, whichever. */
  readonly tagSuffix: string | undefined;
  readonly repositories: readonly string[];
  readonly expected: readonly Platform[];
  readonly tags: readonly Tag[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Undefined: all legs must be of one commit, whichever. */
  readonly revision: string | undefined;
}

/** One image without a plan: its legs are what was recorded, compared with the expected platforms. */
export function groupOfRecords(group: ExpectedGroup, records: FoundRecords): MergeGroup {
  const { repositories, expected, tags, annotations, revision } = group;
  const recorded = [...records.values()].find((found) => found.kind === "record");
  const tagSuffix = group.tagSuffix ?? recorded?.record.tagSuffix ?? "";
  return {
    image: tagSuffix,
    tagSuffix,
    repositories,
    form: "index",
    legs: [...records.keys()].map((name) => ({ artifactName: name })),
    expected,
    revision,
    tags: { kind: "tags", tags },
    annotations,
  };
}

function groupTags(
  { event }: MergePlan,
  { tags, tagSuffix, problems }: PlannedGroup,
  shortShaLength: number,
): MergeGroup["tags"] {
  if (tags === undefined || problems.length > 0) return { kind: "refused", problems };
  if (tags.kind === "listed") return { kind: "tags", tags: tags.tags, version: tags.version };
  try {
    return { kind: "tags", tags: computeTags(event, { tagLatest: tags.tagLatest, tagSuffix, shortShaLength }) };
  } catch (error) {
    if (error instanceof DigestToolsError) return { kind: "refused", problems: error.diagnostics };
    throw error;
  }
}
