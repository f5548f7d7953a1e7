import type { GroupProblem } from "../base/group-problem.ts";
import type { Tag } from "./tags.ts";

export interface TagClaim {
  /** For messages: the image's tag-suffix. */
  readonly tagSuffix: string;
  readonly tags: readonly Tag[];
}

/** The claims that collide: by the claim, what is wrong with it. */
export function tagConflicts(claims: readonly TagClaim[]): ReadonlyMap<TagClaim, readonly GroupProblem[]> {
  const claimants = new Map<string, TagClaim[]>();
  for (const claim of claims) {
    for (const { name } of claim.tags) claimants.set(name, [...(claimants.get(name) ?? []), claim]);
  }
  const conflicts = new Map<TagClaim, readonly GroupProblem[]>();
  for (const [name, all] of claimants) {
    if (all.length < 2) continue;
    const suffixes = all.map(({ tagSuffix }) => JSON.stringify(tagSuffix)).join(" and ");
    const problem: GroupProblem = {
      code: "tag-conflict",
      message: `tag ${name} is claimed by the images with tag-suffix ${suffixes}`,
      fix: "give them suffixes that stay different as tags",
    };
    for (const claim of all) conflicts.set(claim, [...(conflicts.get(claim) ?? []), problem]);
  }
  return conflicts;
}
