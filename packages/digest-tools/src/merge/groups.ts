import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError } from "../base/error.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { MergePlan, PlannedGroup } from "../record/plan-file.ts";
import type { FoundRecords } from "../record/records.ts";
import { computeTags, type Tag, type TagClaim, tagConflicts } from "../tags/tags.ts";

/** One image to merge: which legs, from which commit, under which tags. */
export interface MergeGroup {
  readonly tagSuffix: string;
  readonly legs: readonly {
    readonly artifactName: string;
    /** Undefined: any of the expected platforms. */
    readonly planned?: Platform;
  }[];
  readonly expected: readonly Platform[];
  /** Undefined: not known. */
  readonly revision: string | undefined;
  readonly tags:
    | { readonly kind: "tags"; readonly tags: readonly Tag[] }
    | { readonly kind: "refused"; readonly problems: readonly Diagnostic[] };
}

/**
 * The plan's images of two legs and more, with the tags that follow from its event. A single is not among them, because its
 * build job tags it; its tags still count when two images claim one.
 */
export function groupsOfPlan(plan: MergePlan, shortShaLength: number): readonly MergeGroup[] {
  const computed = plan.groups.map((group) => ({ group, tags: groupTags(plan, group, shortShaLength) }));
  const claims = new Map<PlannedGroup, TagClaim>();
  for (const { group, tags } of computed) {
    if (tags.kind === "tags") claims.set(group, { tagSuffix: group.tagSuffix, tags: tags.tags });
  }
  const conflicts = tagConflicts([...claims.values()]);
  return computed.flatMap(({ group, tags }): readonly MergeGroup[] => {
    if (group.legs.length < 2) return [];
    const claim = claims.get(group);
    const problems = claim === undefined ? undefined : conflicts.get(claim);
    return [
      {
        tagSuffix: group.tagSuffix,
        legs: group.legs.map((leg) => {
          const [planned, ...others] = leg.platforms;
          return { artifactName: leg.artifactName, ...(planned === undefined || others.length > 0 ? {} : { planned }) };
        }),
        expected: group.legs.flatMap(({ platforms }) => platforms),
        revision: plan.event.sha,
        tags: problems === undefined ? tags : { kind: "refused", problems },
      },
    ];
  });
}

export interface ExpectedGroup {
  /** Undefined: the directory holds the records of one image only, whichever. */
  readonly tagSuffix: string | undefined;
  readonly expected: readonly Platform[];
  readonly tags: readonly Tag[];
  /** Undefined: all legs must be of one commit, whichever. */
  readonly revision: string | undefined;
}

/** One image without a plan: its legs are what was recorded, compared with the expected platforms. */
export function groupOfRecords(group: ExpectedGroup, records: FoundRecords): MergeGroup {
  const { tagSuffix, expected, tags, revision } = group;
  const recorded = [...records.values()].find((found) => found.kind === "record");
  return {
    tagSuffix: tagSuffix ?? recorded?.record.tagSuffix ?? "",
    legs: [...records.keys()].map((name) => ({ artifactName: name })),
    expected,
    revision,
    tags: { kind: "tags", tags },
  };
}

function groupTags(
  { event }: MergePlan,
  { tagLatest, tagSuffix, problems }: PlannedGroup,
  shortShaLength: number,
): MergeGroup["tags"] {
  if (tagLatest === undefined || problems.length > 0) return { kind: "refused", problems };
  try {
    return { kind: "tags", tags: computeTags(event, { tagLatest, tagSuffix, shortShaLength }) };
  } catch (error) {
    if (error instanceof DigestToolsError) return { kind: "refused", problems: error.diagnostics };
    throw error;
  }
}
