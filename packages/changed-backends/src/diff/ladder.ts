import { isFanfoldError, reasonOf } from "@fanfold-internal/kit/process/errors";
import type { Diff } from "../base/diff.ts";
import type { Comparison } from "../event/comparison.ts";
import type { Checkout } from "../git/checkout.ts";
import { type CommittedFile, openScratch, type ScratchRepository } from "../git/git-diff.ts";
import { type Compared, type DiffAttempt, type DiffSources, found, type LadderState, unavailable } from "./attempt.ts";
import { askGitHub, HAS_LANDED, SEVERAL_BASES } from "./github-attempts.ts";

export interface Changes {
  readonly diff: Diff;
  /** The commits that were compared, the first being a merge base where one is compared from. */
  readonly base: string | null;
  readonly head: string | null;
  /** What the ladder tried in vain, for people: `compare: 300 files and more`. */
  readonly attempts: readonly string[];
  /** What git advises, where it refused. */
  readonly fix: string | undefined;
  /** Reads a file as it was at the base. */
  readBase(path: string): Promise<CommittedFile>;
  /** Reads a file at the target of a pull request; undefined: it is the base, or there is none. */
  readTarget(path: string): Promise<CommittedFile | undefined>;
  /** Ends what the comparison opened. */
  close(): void;
}

/**
 * Finds what changed. Each step of the ladder is taken only when the one above gives no answer: Compare (or, for large
 * pull requests, their files), both directions of it after a force-push, the two recursive trees, git, and at last the
 * answer that anything may have changed. A wrong answer always selects more, never less.
 */
export async function findChanges(comparison: Comparison, sources: DiffSources): Promise<Changes> {
  const state: LadderState = { sources, attempts: [], base: null, scratch: undefined, fix: undefined };
  switch (comparison.kind) {
    case "nothing":
      return changesOf(state, comparison, found([], "none", "exact", comparison.reason));
    case "everything":
      return changesOf(state, comparison, unavailable(comparison.reason));
    case "files": {
      const files = comparison.paths.map((path) => ({ path, previousPath: null, status: "modified" }) as const);
      return changesOf(state, comparison, found(files, "files", "exact", null));
    }
    default:
      return changesOf(state, comparison, await descend(comparison, state));
  }
}

async function descend(comparison: Compared, state: LadderState): Promise<DiffAttempt> {
  const { github } = state.sources;
  const above = github === undefined ? undefined : await askGitHub(comparison, github, state);
  if (above?.kind === "found") return above;
  const checkout = await openedCheckout(state);
  if (checkout === undefined) return above ?? unavailable(state.fix === undefined ? "no-checkout" : "git-failed");
  const below = await askGit(comparison, checkout, state);
  if (below.kind === "found") return { ...below, reason: above?.reason ?? null };
  return above ?? below;
}

/** Undefined: there is none, or git refuses it, which is then among the attempts. */
async function openedCheckout(state: LadderState): Promise<Checkout | undefined> {
  try {
    return await state.sources.checkout();
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    state.attempts.push(...error.diagnostics.map(({ message }) => message));
    state.fix ??= error.diagnostics.find(({ fix }) => fix !== undefined)?.fix;
    return undefined;
  }
}

async function askGit(comparison: Compared, checkout: Checkout, state: LadderState): Promise<DiffAttempt> {
  let scratch: ScratchRepository;
  try {
    scratch = await scratchOf(state, checkout);
  } catch (error) {
    state.attempts.push(`git: ${reasonOf(error)}`);
    return unavailable("git-failed");
  }
  const bases = state.base === null ? await gitBases(comparison, checkout) : [state.base];
  const [base] = bases ?? [];
  if (bases === undefined || base === undefined) {
    state.attempts.push("git: the clone does not know the merge base");
    return unavailable(checkout.shallow ? "shallow" : "not-found");
  }
  if (comparison.kind !== "commits" && (bases.length > 1 || base === comparison.head)) {
    state.attempts.push(`git: ${bases.length > 1 ? SEVERAL_BASES : HAS_LANDED[comparison.kind]}`);
    return unavailable("moved");
  }
  const files = await scratch.diff(base, comparison.head);
  if (files === undefined) {
    state.attempts.push("git: a commit is neither in the clone nor on its remote");
    return unavailable(checkout.shallow ? "shallow" : "git-failed");
  }
  state.base = base;
  return found(files, "git", "exact", null);
}

async function scratchOf(state: LadderState, checkout: Checkout): Promise<ScratchRepository> {
  state.scratch ??= await openScratch(checkout, state.sources.remote);
  return state.scratch;
}

/** The commits to compare with; several where the two sides have several merge bases. */
async function gitBases(comparison: Compared, checkout: Checkout): Promise<readonly string[] | undefined> {
  if (comparison.kind === "commits") return [comparison.base];
  if (comparison.kind === "pull-request") return checkout.mergeBases(comparison.base, comparison.head);
  const tip = await checkout.resolve(`refs/remotes/origin/${comparison.branch}`);
  if (tip === undefined) return undefined;
  return (await checkout.mergeBases(tip, comparison.head)) ?? (checkout.shallow ? undefined : [tip]);
}

function changesOf(state: LadderState, comparison: Comparison, attempt: DiffAttempt): Changes {
  const { github } = state.sources;
  const answer =
    attempt.kind === "found"
      ? { precision: attempt.precision, source: attempt.source, reason: attempt.reason }
      : ({ precision: "unknown", source: "none", reason: attempt.reason } as const);
  const files = attempt.kind === "found" ? attempt.files : [];
  // Where git had to answer, the API has already failed.
  const gitFirst = answer.source === "git";
  const target = comparison.kind === "pull-request" && comparison.base !== state.base ? comparison.base : undefined;
  return {
    get diff() {
      return { ...answer, calls: github?.calls() ?? 0, files };
    },
    base: state.base,
    head: "head" in comparison ? comparison.head : null,
    attempts: state.attempts,
    fix: state.fix,
    readBase: async (path) =>
      state.base === null
        ? { kind: "unreadable", message: "the commit to compare with is not known" }
        : readAt(state.base, path, state, gitFirst),
    readTarget: async (path) => (target === undefined ? undefined : readAt(target, path, state, gitFirst)),
    close: () => state.scratch?.close(),
  };
}

async function readAt(commit: string, path: string, state: LadderState, gitFirst: boolean): Promise<CommittedFile> {
  let message = "there is no checkout";
  const { github } = state.sources;
  if (github !== undefined && !gitFirst) {
    const file = await github.fileAt(path, commit);
    if (file.kind === "answer") {
      return file.value === undefined ? { kind: "absent" } : { kind: "text", text: file.value };
    }
    message = file.message;
  }
  try {
    const checkout = await state.sources.checkout();
    if (checkout === undefined) return { kind: "unreadable", message };
    const scratch = await scratchOf(state, checkout);
    return await scratch.readFile(commit, path);
  } catch (error) {
    return { kind: "unreadable", message: reasonOf(error) };
  }
}
