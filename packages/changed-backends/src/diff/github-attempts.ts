import type { ChangedFile, DiffReason } from "../base/diff.ts";
import { type CompareAnswer, treeDiff } from "../github/answers.ts";
import { type GitHub, MAX_COMPARE_FILES, MAX_PULL_FILES } from "../github/api.ts";
import type { Answer } from "../github/client.ts";
import { type Compared, type DiffAttempt, found, type LadderState, type Unavailable, unavailable } from "./attempt.ts";
import { COMMITS_ASKED, isOnlyMergeBase, sharedParents } from "./merge-bases.ts";

/** Of a re-run, a closed pull request, or a job that was not waited for: the base no longer shows what was added to it. */
export const HAS_LANDED: Readonly<Record<"pull-request" | "merge-group", string>> = {
  "pull-request": "the target branch has the pull request's commits already, so that what they changed is not known",
  "merge-group": "the merge group has been merged by now, so that what it adds to its branch is not known",
};

export const SEVERAL_BASES = "the two sides have several merge bases, and no single one shows all that a merge changes";

/** The steps that GitHub's API answers: Compare, a pull request's files, both directions of Compare, the two trees. */
export async function askGitHub(comparison: Compared, github: GitHub, state: LadderState): Promise<DiffAttempt> {
  const merges = comparison.kind !== "commits";
  const left = comparison.kind === "merge-group" ? comparison.branch : comparison.base;
  const forward = await github.compare(left, comparison.head, merges ? COMMITS_ASKED : 1);
  if (forward.kind === "failed") {
    const attempt = failed("compare", forward, state);
    return attempt.apiDown ? attempt : withoutCompare(comparison, github, attempt.reason, state);
  }
  const { status, mergeBase } = forward.value;
  if (merges) {
    const moved = await movedBase(comparison, forward.value, github);
    if (moved !== undefined) {
      state.attempts.push(`compare: ${moved}`);
      return unavailable("moved");
    }
  }
  state.base = comparison.kind === "commits" ? comparison.base : mergeBase;
  const cut = cutShort(forward.value);
  if (cut !== null) {
    state.attempts.push(`compare: ${cut === "truncated" ? `${MAX_COMPARE_FILES} files and more` : "no list of files"}`);
    if (comparison.kind === "pull-request") return askPullRequest(comparison, github, cut, state);
    return askTrees(github, state.base, comparison.head, cut, state);
  }
  const { files = [] } = forward.value;
  if (comparison.kind !== "commits" || status === "ahead" || status === "identical") {
    return found(files, "compare", "exact", null);
  }
  const both = await askBackwards(comparison, github, { mergeBase, files }, state);
  if (both.kind === "found" || both.apiDown) return both;
  return askTrees(github, comparison.base, comparison.head, both.reason, state);
}

/** Why the merge base does not show what a pull request or a merge group changes. */
async function movedBase(
  { kind, head }: Exclude<Compared, { readonly kind: "commits" }>,
  answer: CompareAnswer,
  github: GitHub,
): Promise<string | undefined> {
  if (answer.mergeBase === head || answer.status === "behind" || answer.status === "identical") return HAS_LANDED[kind];
  const only = await isOnlyMergeBase(answer, github);
  if (only === undefined)
    return `whether there are several merge bases cannot be told from ${answer.totalCommits} commits`;
  return only ? undefined : SEVERAL_BASES;
}

/** Why an answer's files are not all there are; null: they are. */
function cutShort({ status, files }: CompareAnswer): DiffReason | null {
  if (files === undefined) return status === "identical" ? null : "missing-fields";
  return files.length < MAX_COMPARE_FILES ? null : "truncated";
}

async function withoutCompare(
  comparison: Compared,
  github: GitHub,
  reason: DiffReason,
  state: LadderState,
): Promise<DiffAttempt> {
  if (comparison.kind === "pull-request") return askPullRequest(comparison, github, reason, state);
  if (comparison.kind === "commits") return askTrees(github, comparison.base, comparison.head, reason, state);
  if (reason !== "not-found") return unavailable(reason);
  // No merge base: what the group adds to the branch as it is counts instead.
  const tip = await github.branchTip(comparison.branch);
  if (tip.kind === "failed") return failed("target branch", tip, state);
  state.base = tip.value;
  return askTrees(github, tip.value, comparison.head, reason, state);
}

/**
 * Compare shows head against the merge base, which after a force-push hides what the dropped commits had changed. With
 * one merge base, every file that differs between the two commits differs between it and one of them.
 */
async function askBackwards(
  comparison: Compared & { readonly kind: "commits" },
  github: GitHub,
  forward: { readonly mergeBase: string; readonly files: readonly ChangedFile[] },
  state: LadderState,
): Promise<DiffAttempt> {
  const backward = await github.compare(comparison.head, comparison.base);
  if (backward.kind === "failed") return failed("compare, reversed", backward, state);
  const { mergeBase, files = [] } = backward.value;
  const cut = cutShort(backward.value) ?? (mergeBase === forward.mergeBase ? null : "several-merge-bases");
  if (cut !== null) {
    state.attempts.push(`compare, reversed: ${cut}`);
    return unavailable(cut);
  }
  return found([...forward.files, ...files.map(reversed)], "compare", "superset", "force-pushed");
}

/** Seen from the other side, what was added has been removed. */
function reversed({ path, previousPath, status }: ChangedFile): ChangedFile {
  if (status === "renamed" && previousPath !== null) return { path: previousPath, previousPath: path, status };
  return { path, previousPath, status: status === "added" ? "removed" : status === "removed" ? "added" : status };
}

async function askPullRequest(
  comparison: Compared & { readonly kind: "pull-request" },
  github: GitHub,
  cut: DiffReason,
  state: LadderState,
): Promise<DiffAttempt> {
  const listed = await pullRequestFiles(comparison, github, state);
  if (listed.kind === "listed" && state.base === null) {
    const moved = await unknownBase(comparison, github, state);
    if (moved !== undefined) return moved;
  }
  if (listed.kind === "listed") return found(listed.files, "pull-files", "exact", cut);
  if (listed.apiDown || state.base === null) return listed;
  return askTrees(github, state.base, comparison.head, listed.reason, state);
}

/** Where Compare has not said what the merge base is, the pull request's commits must lead to a single one. */
async function unknownBase(
  { number }: Compared & { readonly kind: "pull-request" },
  github: GitHub,
  state: LadderState,
): Promise<Unavailable | undefined> {
  const commits = await github.pullRequestCommits(number);
  if (commits.kind === "failed") return failed("pull request's commits", commits, state);
  if (commits.value.length < MAX_PULL_COMMITS && sharedParents(commits.value).size === 1) return undefined;
  state.attempts.push(
    "pull request's commits: they lead to several commits of the target, so that the merge base is not known",
  );
  return unavailable("moved");
}

// https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
const MAX_PULL_COMMITS = 250;

/** The list is of the pull request as it is now; a re-run, or a push a second ago, means another commit. */
async function pullRequestFiles(
  { number, branch, head }: Compared & { readonly kind: "pull-request" },
  github: GitHub,
  state: LadderState,
): Promise<{ readonly kind: "listed"; readonly files: readonly ChangedFile[] } | Unavailable> {
  const moved = (): Unavailable => {
    state.attempts.push("pull request: it has changed since the event");
    return unavailable("moved");
  };
  const before = await github.pullRequest(number);
  if (before.kind === "failed") return failed("pull request", before, state);
  if (before.value.head !== head || before.value.branch !== branch) return moved();
  // GitHub may still be counting, so that this may be too low.
  const { changedFiles } = before.value;
  const files = changedFiles < MAX_PULL_FILES ? await github.pullRequestFiles(number) : undefined;
  if (files?.kind === "failed") return failed("pull request's files", files, state);
  if (files === undefined || files.value.length >= MAX_PULL_FILES) {
    state.attempts.push(`pull request's files: ${MAX_PULL_FILES} rows and more`);
    return unavailable("truncated");
  }
  if (files.value.length < changedFiles) {
    state.attempts.push(`pull request's files: ${files.value.length} rows of ${changedFiles}`);
    return unavailable("missing-fields");
  }
  const after = await github.pullRequest(number);
  if (after.kind === "failed") return failed("pull request", after, state);
  return after.value.head === head ? { kind: "listed", files: files.value } : moved();
}

async function askTrees(
  github: GitHub,
  base: string,
  head: string,
  cut: DiffReason,
  state: LadderState,
): Promise<DiffAttempt> {
  const before = await github.tree(base);
  if (before.kind === "failed") return failed("tree of the base", before, state);
  const after = before.value.kind === "truncated" ? before : await github.tree(head);
  if (after.kind === "failed") return failed("tree of the head", after, state);
  if (before.value.kind === "truncated" || after.value.kind === "truncated") {
    state.attempts.push("trees: truncated");
    return unavailable("truncated");
  }
  state.base = base;
  return found(treeDiff(before.value.files, after.value.files), "trees", "exact", cut);
}

function failed(asked: string, { reason, apiDown, message }: Failed, state: LadderState): Unavailable {
  state.attempts.push(`${asked}: ${message}`);
  return unavailable(reason, { apiDown });
}

type Failed = Extract<Answer<unknown>, { readonly kind: "failed" }>;
