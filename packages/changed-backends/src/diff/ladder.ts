import type { Diff } from "../base/diff.ts";
import type { Comparison } from "../event/comparison.ts";
import type { Checkout } from "../git/checkout.ts";
import { openScratch, type ScratchRepository } from "../git/git-diff.ts";
import { askGitHub, LANDED } from "./github-rungs.ts";
import { type Climb, type Compared, type DiffSources, down, had, type Rung } from "./rung.ts";

export type BaseFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly message: string };

export interface Changes {
  readonly diff: Diff;
  /** The commits that were compared, the first being a merge base where one is compared from. */
  readonly base: string | null;
  readonly head: string | null;
  /** What the ladder tried in vain, for people: `compare: 300 files and more`. */
  readonly attempts: readonly string[];
  /** Reads a file as it was at the base. */
  readBase(path: string): Promise<BaseFile>;
  /** Ends what the comparison opened. */
  close(): Promise<void>;
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
      return changes(climb, null, had([], "none", "exact", comparison.reason));
    case "everything":
      return changes(climb, null, down(comparison.reason, true));
    case "files": {
      const files = comparison.paths.map((path) => ({ path, previousPath: null, status: "modified" }) as const);
      return changes(climb, null, had(files, "files", "exact", null));
    }
    default:
      return changes(climb, comparison.head, await descend(comparison, climb));
  }
}

async function descend(comparison: Compared, climb: Climb): Promise<Rung> {
  const { github } = climb.sources;
  const above = github === undefined ? undefined : await askGitHub(comparison, github, climb);
  if (above?.kind === "files") return above;
  const checkout = await climb.sources.checkout();
  if (checkout === undefined) return above ?? down("no-checkout", true);
  const below = await askGit(comparison, checkout, climb);
  if (below.kind === "files") return { ...below, why: above?.reason ?? null };
  return above ?? below;
}

async function askGit(comparison: Compared, checkout: Checkout, climb: Climb): Promise<Rung> {
  const scratch = await scratchOf(climb, checkout);
  if (scratch === undefined) {
    climb.attempts.push("git: no temporary repository can be made");
    return down("git-failed", true);
  }
  const base = climb.base ?? (await gitBase(comparison, checkout));
  if (base === undefined) {
    climb.attempts.push("git: the clone does not know the merge base");
    return down(checkout.shallow ? "shallow" : "not-found", true);
  }
  if (comparison.kind === "merge-group" && base === comparison.head) {
    climb.attempts.push(`git: ${LANDED}`);
    return down("moved", true);
  }
  const files = await scratch.diff(base, comparison.head);
  if (files === undefined) {
    climb.attempts.push("git: a commit is neither in the clone nor to be had from its remote");
    return down(checkout.shallow ? "shallow" : "git-failed", true);
  }
  climb.base = base;
  return had(files, "git", "exact", null);
}

async function scratchOf(climb: Climb, checkout: Checkout): Promise<ScratchRepository | undefined> {
  climb.scratch ??= await openScratch(checkout, climb.sources.remote);
  return climb.scratch;
}

async function gitBase(comparison: Compared, checkout: Checkout): Promise<string | undefined> {
  if (comparison.kind === "commits") return comparison.base;
  if (comparison.kind === "pull-request") return checkout.mergeBase(comparison.base, comparison.head);
  const tip = await checkout.resolve(`refs/remotes/origin/${comparison.branch}`);
  if (tip === undefined) return undefined;
  return (await checkout.mergeBase(tip, comparison.head)) ?? (checkout.shallow ? undefined : tip);
}

function changes(climb: Climb, head: string | null, rung: Rung): Changes {
  const { github } = climb.sources;
  const answer =
    rung.kind === "files"
      ? { precision: rung.precision, source: rung.source, reason: rung.why }
      : ({ precision: "unknown", source: "none", reason: rung.reason } as const);
  const files = rung.kind === "files" ? rung.files : [];
  return {
    get diff() {
      return { ...answer, calls: github?.calls() ?? 0, files };
    },
    base: climb.base,
    head,
    attempts: climb.attempts,
    // Where git had to answer, the API has already failed.
    readBase: (path) => readBase(path, climb, answer.source === "git"),
    close: async () => climb.scratch?.close(),
  };
}

async function readBase(path: string, climb: Climb, gitFirst: boolean): Promise<BaseFile> {
  const { base, sources } = climb;
  if (base === null) return { kind: "unreadable", message: "the commit to compare with is not known" };
  let message = "there is no checkout";
  if (sources.github !== undefined && !gitFirst) {
    const file = await sources.github.fileAt(path, base);
    if (file.kind === "answer")
      return file.value === undefined ? { kind: "absent" } : { kind: "text", text: file.value };
    message = file.message;
  }
  const checkout = await sources.checkout();
  if (checkout === undefined) return { kind: "unreadable", message };
  const file = await (await scratchOf(climb, checkout))?.readFile(base, path);
  return file === undefined || file.kind === "unreadable"
    ? { kind: "unreadable", message: "git cannot read it either" }
    : file;
}
