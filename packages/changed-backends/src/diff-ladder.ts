import type { Checkout } from "./checkout.ts";
import type { Comparison } from "./comparison.ts";
import type { ChangedFile, Diff, DiffReason, DiffSource, Precision } from "./diff.ts";
import { openScratch, type RemoteAccess, type ScratchRepository } from "./git-diff.ts";
import { type GitHub, MAX_COMPARE_FILES, MAX_PULL_FILES, treeDiff } from "./github-diff.ts";

/** Where the ladder may look. */
export interface DiffSources {
  readonly github: GitHub | undefined;
  /** Opened when a rung needs it: asking git costs more than a whole answer of the API. */
  readonly checkout: () => Promise<Checkout | undefined>;
  readonly remote: RemoteAccess;
}

export type BaseFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: DiffReason };

export interface Changes {
  readonly diff: Diff;
  /** The commits that were compared, the first being a merge base where one is compared from. */
  readonly base: string | null;
  readonly head: string | null;
  /** What the ladder tried in vain, for people: `compare: 422 …`. */
  readonly attempts: readonly string[];
  /** Reads a file as it was at the base. */
  readBase(path: string): Promise<BaseFile>;
  /** Ends what the comparison opened. */
  close(): Promise<void>;
}

/** Files, or the reason to go down a rung; `gone`: the API will answer nothing more. */
type Rung =
  | {
      readonly kind: "files";
      readonly files: readonly ChangedFile[];
      readonly source: DiffSource;
      readonly precision: Precision;
      readonly why: DiffReason | null;
    }
  | { readonly kind: "down"; readonly reason: DiffReason; readonly gone: boolean };

interface Climb {
  readonly sources: DiffSources;
  readonly attempts: string[];
  base: string | null;
  scratch: ScratchRepository | undefined;
}

/**
 * Finds what changed, each rung of the ladder only when the one above cannot be had: Compare (or, for large pull
 * requests, their files), both directions of it after a force-push, the two recursive trees, git, and at last the
 * answer that anything may have changed. A wrong answer is only ever more than needed.
 */
export async function findChanges(comparison: Comparison, sources: DiffSources): Promise<Changes> {
  const climb: Climb = { sources, attempts: [], base: null, scratch: undefined };
  switch (comparison.kind) {
    case "nothing":
      return changes(climb, null, {
        kind: "files",
        files: [],
        source: "none",
        precision: "exact",
        why: comparison.reason,
      });
    case "everything":
      return changes(climb, null, { kind: "down", reason: comparison.reason, gone: true });
    case "files": {
      const files = comparison.paths.map((path) => ({ path, previousPath: null, status: "modified" }) as const);
      return changes(climb, null, { kind: "files", files, source: "files", precision: "exact", why: null });
    }
    default:
      return changes(climb, comparison.head, await descend(comparison, climb));
  }
}

type Compared = Extract<Comparison, { readonly head: string }>;

async function descend(comparison: Compared, climb: Climb): Promise<Rung> {
  const { github } = climb.sources;
  let above: Rung = { kind: "down", reason: "no-checkout", gone: true };
  if (github !== undefined) {
    above = await askGitHub(comparison, github, climb);
    if (above.kind === "files") return above;
  }
  const checkout = await climb.sources.checkout();
  if (checkout === undefined) return above;
  const below = await askGit(comparison, checkout, climb);
  if (below.kind === "files") return { ...below, why: github === undefined ? null : above.reason };
  return github === undefined ? below : above;
}

async function askGitHub(comparison: Compared, github: GitHub, climb: Climb): Promise<Rung> {
  const left = comparison.kind === "merge-group" ? comparison.branch : comparison.base;
  const forward = await github.compare(left, comparison.head);
  if (forward.kind === "failed") {
    climb.attempts.push(`compare: ${forward.message}`);
    if (forward.gone) return down(forward.reason, true);
    if (comparison.kind === "pull-request") return askPullRequest(comparison, github, forward.reason, climb);
    return askTrees(github, left, comparison.head, forward.reason, climb);
  }
  const { status, mergeBase, files } = forward.value;
  const fromMergeBase = comparison.kind !== "commits";
  climb.base = fromMergeBase ? mergeBase : comparison.base;
  const reason =
    files === undefined
      ? status === "identical"
        ? null
        : "missing-fields"
      : files.length < MAX_COMPARE_FILES
        ? null
        : "truncated";
  const complete = fromMergeBase || status === "ahead" || status === "identical";
  if (reason === null && complete) return had(files ?? [], "compare", "exact", null);
  if (reason === null && comparison.kind === "commits") {
    const both = await askBackwards(comparison, github, { mergeBase, files: files ?? [] }, climb);
    return both.kind === "files" || both.gone ? both : askTrees(github, left, comparison.head, both.reason, climb);
  }
  const cut = reason ?? "truncated";
  if (comparison.kind === "pull-request") return askPullRequest(comparison, github, cut, climb);
  return askTrees(github, climb.base, comparison.head, cut, climb);
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
  if (backward.kind === "failed") {
    climb.attempts.push(`compare, reversed: ${backward.message}`);
    return down(backward.reason, backward.gone);
  }
  const { mergeBase, files } = backward.value;
  if (files === undefined) return down("missing-fields", false);
  if (files.length >= MAX_COMPARE_FILES || mergeBase !== forward.mergeBase) return down("truncated", false);
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
  const { number, head } = comparison;
  // The list is of the pull request as it is now; a re-run, or a push a second ago, means another commit.
  const before = await github.pullRequestHead(number);
  let reason: DiffReason = cut;
  if (before.kind === "answer" && before.value === head) {
    const files = await github.pullRequestFiles(number);
    if (files.kind === "answer" && files.value.length < MAX_PULL_FILES) {
      const after = await github.pullRequestHead(number);
      if (after.kind === "answer" && after.value === head) return had(files.value, "pull-files", "exact", cut);
      reason = "moved";
    } else {
      reason = files.kind === "answer" ? "truncated" : files.reason;
      if (files.kind === "failed" && files.gone) return down(reason, true);
    }
  } else if (before.kind === "answer") {
    reason = "moved";
  } else {
    climb.attempts.push(`pull request: ${before.message}`);
    if (before.gone) return down(before.reason, true);
  }
  return climb.base === null ? down(reason, false) : askTrees(github, climb.base, head, reason, climb);
}

async function askTrees(github: GitHub, base: string, head: string, cut: DiffReason, climb: Climb): Promise<Rung> {
  const answers = [await github.tree(base)];
  if (answers[0]?.kind === "answer") answers.push(await github.tree(head));
  const [before, after] = answers;
  for (const answer of answers) {
    if (answer.kind === "failed") {
      climb.attempts.push(`trees: ${answer.message}`);
      return down(answer.reason, answer.gone);
    }
  }
  if (before?.kind !== "answer" || after?.kind !== "answer") return down(cut, false);
  if (before.value.kind === "truncated" || after.value.kind === "truncated") {
    climb.attempts.push("trees: truncated");
    return down("truncated", false);
  }
  climb.base ??= base;
  return had(treeDiff(before.value.files, after.value.files), "trees", "exact", cut);
}

async function askGit(comparison: Compared, checkout: Checkout, climb: Climb): Promise<Rung> {
  climb.scratch = await openScratch(checkout, climb.sources.remote);
  const base = climb.base ?? (await gitBase(comparison, checkout));
  if (base === undefined) {
    climb.attempts.push("git: the merge base is not known");
    return down(checkout.shallow ? "shallow" : "not-found", true);
  }
  const files = await climb.scratch.diff(base, comparison.head);
  if (files === undefined) {
    climb.attempts.push("git: a commit is neither in the checkout nor to be had from its remote");
    return down(checkout.shallow ? "shallow" : "git-failed", true);
  }
  climb.base = base;
  return had(files, "git", "exact", null);
}

async function gitBase(comparison: Compared, checkout: Checkout): Promise<string | undefined> {
  if (comparison.kind === "commits") return comparison.base;
  if (comparison.kind === "pull-request") return checkout.mergeBase(comparison.base, comparison.head);
  const tip = await checkout.resolve(`refs/remotes/origin/${comparison.branch}`);
  return tip === undefined ? undefined : checkout.mergeBase(tip, comparison.head);
}

function had(files: readonly ChangedFile[], source: DiffSource, precision: Precision, why: DiffReason | null): Rung {
  return { kind: "files", files, source, precision, why };
}

function down(reason: DiffReason, gone: boolean): Rung & { readonly kind: "down" } {
  return { kind: "down", reason, gone };
}

function changes(climb: Climb, head: string | null, rung: Rung): Changes {
  const { github } = climb.sources;
  const answer =
    rung.kind === "files"
      ? { precision: rung.precision, source: rung.source, reason: rung.why, files: rung.files }
      : ({ precision: "unknown", source: "none", reason: rung.reason, files: [] } as const);
  const readBase = async (path: string): Promise<BaseFile> => {
    if (climb.base === null) return { kind: "unreadable", reason: "not-found" };
    let reason: DiffReason = "no-checkout";
    if (github !== undefined) {
      const file = await github.fileAt(path, climb.base);
      if (file.kind === "answer") {
        return file.value === undefined ? { kind: "absent" } : { kind: "text", text: file.value };
      }
      climb.attempts.push(`${path} at ${climb.base}: ${file.message}`);
      reason = file.reason;
    }
    const checkout = await climb.sources.checkout();
    if (checkout === undefined) return { kind: "unreadable", reason };
    climb.scratch ??= await openScratch(checkout, climb.sources.remote);
    const file = await climb.scratch.readFile(climb.base, path);
    return file.kind === "unreadable" ? { kind: "unreadable", reason: "git-failed" } : file;
  };
  return {
    get diff() {
      return { ...answer, calls: github?.calls() ?? 0 };
    },
    base: climb.base,
    head,
    attempts: climb.attempts,
    readBase,
    close: async () => climb.scratch?.close(),
  };
}
