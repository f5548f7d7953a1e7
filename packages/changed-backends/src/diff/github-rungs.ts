import type { ChangedFile, DiffReason } from "../base/diff.ts";
import type { Answer } from "../github/client.ts";
import { type CompareAnswer, type GitHub, MAX_COMPARE_FILES, MAX_PULL_FILES, treeDiff } from "../github/compare.ts";
import { type Climb, type Compared, type Down, down, had, type Rung } from "./rung.ts";

/** Of a re-run, or a job that was not waited for: the branch that would have told what the group adds has it already. */
export const LANDED = "the merge group is part of its branch by now, and what it has added to it is not known";

/** The rungs that GitHub's API answers: Compare, a pull request's files, both directions of Compare, the two trees. */
export async function askGitHub(comparison: Compared, github: GitHub, climb: Climb): Promise<Rung> {
  const left = comparison.kind === "merge-group" ? comparison.branch : comparison.base;
  const forward = await github.compare(left, comparison.head);
  if (forward.kind === "failed") {
    const failed = fall("compare", forward, climb);
    return failed.gone ? failed : withoutCompare(comparison, github, failed.reason, climb);
  }
  const { status, mergeBase } = forward.value;
  if (comparison.kind === "merge-group" && mergeBase === comparison.head) {
    climb.attempts.push(LANDED);
    return down("moved", false);
  }
  climb.base = comparison.kind === "commits" ? comparison.base : mergeBase;
  const cut = cutShort(forward.value);
  if (cut !== null) {
    climb.attempts.push(`compare: ${cut === "truncated" ? `${MAX_COMPARE_FILES} files and more` : "no list of files"}`);
    if (comparison.kind === "pull-request") return askPullRequest(comparison, github, cut, climb);
    return askTrees(github, climb.base, comparison.head, cut, climb);
  }
  const { files = [] } = forward.value;
  if (comparison.kind !== "commits" || status === "ahead" || status === "identical") {
    return had(files, "compare", "exact", null);
  }
  const both = await askBackwards(comparison, github, { mergeBase, files }, climb);
  if (both.kind === "files" || both.gone) return both;
  return askTrees(github, comparison.base, comparison.head, both.reason, climb);
}

/** Why an answer's files are not all there are; null: they are. */
function cutShort({ status, files }: CompareAnswer): DiffReason | null {
  if (files === undefined) return status === "identical" ? null : "missing-fields";
  return files.length < MAX_COMPARE_FILES ? null : "truncated";
}

async function withoutCompare(comparison: Compared, github: GitHub, reason: DiffReason, climb: Climb): Promise<Rung> {
  if (comparison.kind === "pull-request") return askPullRequest(comparison, github, reason, climb);
  if (comparison.kind === "commits") return askTrees(github, comparison.base, comparison.head, reason, climb);
  if (reason !== "not-found") return down(reason, false);
  // No merge base: what the group adds to the branch as it is counts instead.
  const tip = await github.branchTip(comparison.branch);
  if (tip.kind === "failed") return fall("target branch", tip, climb);
  climb.base = tip.value;
  return askTrees(github, tip.value, comparison.head, reason, climb);
}

/**
 * Compare shows head against the merge base, which after a force-push hides what the dropped commits had changed. With
 * one merge base, every file that differs between the two commits differs between it and one of them.
 */
async function askBackwards(
  comparison: Compared & { readonly kind: "commits" },
  github: GitHub,
  forward: { readonly mergeBase: string; readonly files: readonly ChangedFile[] },
  climb: Climb,
): Promise<Rung> {
  const backward = await github.compare(comparison.head, comparison.base);
  if (backward.kind === "failed") return fall("compare, reversed", backward, climb);
  const { mergeBase, files = [] } = backward.value;
  const cut = cutShort(backward.value) ?? (mergeBase === forward.mergeBase ? null : "several-merge-bases");
  if (cut !== null) {
    climb.attempts.push(`compare, reversed: ${cut}`);
    return down(cut, false);
  }
  return had([...forward.files, ...files.map(reversed)], "compare", "superset", "force-pushed");
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
  climb: Climb,
): Promise<Rung> {
  const listed = await pullRequestFiles(comparison, github, climb);
  if (listed.kind === "files") return had(listed.files, "pull-files", "exact", cut);
  if (listed.gone || climb.base === null) return listed;
  return askTrees(github, climb.base, comparison.head, listed.reason, climb);
}

/** The list is of the pull request as it is now; a re-run, or a push a second ago, means another commit. */
async function pullRequestFiles(
  { number, branch, head }: Compared & { readonly kind: "pull-request" },
  github: GitHub,
  climb: Climb,
): Promise<{ readonly kind: "files"; readonly files: readonly ChangedFile[] } | Down> {
  const moved = (): Down => {
    climb.attempts.push("pull request: it is not what it was at the event");
    return down("moved", false);
  };
  const before = await github.pullRequest(number);
  if (before.kind === "failed") return fall("pull request", before, climb);
  if (before.value.head !== head || before.value.branch !== branch) return moved();
  // GitHub may still be counting, so that this may be too low.
  const { changedFiles } = before.value;
  const files = changedFiles < MAX_PULL_FILES ? await github.pullRequestFiles(number) : undefined;
  if (files?.kind === "failed") return fall("pull request's files", files, climb);
  if (files === undefined || files.value.length >= MAX_PULL_FILES) {
    climb.attempts.push(`pull request's files: ${MAX_PULL_FILES} rows and more`);
    return down("truncated", false);
  }
  if (files.value.length < changedFiles) {
    climb.attempts.push(`pull request's files: ${files.value.length} rows of ${changedFiles}`);
    return down("missing-fields", false);
  }
  const after = await github.pullRequest(number);
  if (after.kind === "failed") return fall("pull request", after, climb);
  return after.value.head === head ? { kind: "files", files: files.value } : moved();
}

async function askTrees(github: GitHub, base: string, head: string, cut: DiffReason, climb: Climb): Promise<Rung> {
  const before = await github.tree(base);
  if (before.kind === "failed") return fall("tree of the base", before, climb);
  const after = before.value.kind === "truncated" ? before : await github.tree(head);
  if (after.kind === "failed") return fall("tree of the head", after, climb);
  if (before.value.kind === "truncated" || after.value.kind === "truncated") {
    climb.attempts.push("trees: truncated");
    return down("truncated", false);
  }
  climb.base = base;
  return had(treeDiff(before.value.files, after.value.files), "trees", "exact", cut);
}

function fall(asked: string, { reason, gone, message }: Failed, climb: Climb): Down {
  climb.attempts.push(`${asked}: ${message}`);
  return down(reason, gone);
}

type Failed = Extract<Answer<unknown>, { readonly kind: "failed" }>;
