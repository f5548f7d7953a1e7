import type { CommitParents, CompareAnswer } from "../github/answers.ts";
import type { GitHub } from "../github/api.ts";

/** Commits of a pull request that are asked for with its comparison: as many as a page has. */
export const COMMITS_ASKED = 100;

/** Ancestors that are asked about, each by a request; a branch that has been updated more often has as many. */
const MAX_QUESTIONS = 5;

/**
 * Whether the merge base that Compare names is the only one: with several, what one of them shows is not all that the
 * merge changes. The commits of the head that the base lacks lead to commits that both have, and all merge bases are among
 * those; so a single one is the only one, and of several all others must be ancestors of it.
 *
 * @returns undefined where it cannot be known
 */
export async function isOnlyMergeBase(
  { status, mergeBase, commits, totalCommits }: CompareAnswer,
  github: Pick<GitHub, "compare">,
): Promise<boolean | undefined> {
  if (status !== "diverged") return true;
  if (commits.length < totalCommits) return undefined;
  const others = [...sharedParents(commits)].filter((commit) => commit !== mergeBase);
  if (others.length > MAX_QUESTIONS) return undefined;
  for (const commit of others) {
    const answer = await github.compare(commit, mergeBase);
    if (answer.kind === "failed") return undefined;
    if (answer.value.status !== "ahead" && answer.value.status !== "identical") return false;
  }
  return true;
}

/** The parents of commits that are not among them. */
export function sharedParents(commits: readonly CommitParents[]): ReadonlySet<string> {
  const own = new Set(commits.map(({ sha }) => sha));
  return new Set(commits.flatMap(({ parents }) => parents.filter((parent) => !own.has(parent))));
}
