import type { DiffReason, Precision } from "@fanfold/changed-backends";
import type { RunCost, TotalCost } from "../simulate/cost.ts";
import type { Comparison } from "../simulate/push-costs.ts";

/**
 * What `fanfold replay --json` prints, and what its page shows: what each push of a history would have built. Lists whose length
 * depends on the history are cut off, and `more` counts what was left out; totals are of all.
 */
export interface Replay {
  readonly schema: "fanfold.replay/1";
  /** For a title: `owner/name` of the origin, else the folder's name. */
  readonly repository: string;
  /** The branch that is checked out, without `refs/heads/`; null: none. */
  readonly branch: string | null;
  /** The config's path from the repository's root; null: there is none, and defaults hold. */
  readonly config: string | null;
  /** `now`: by the matrix, config and Dockerfiles of today. `then`: by those of each push. */
  readonly rules: "now" | "then";
  readonly grouping: ReplayGrouping;
  /** Of today's matrix file. */
  readonly matrix: ReplayCounts;
  /** A number elsewhere in the document that stands for an image is its position here. First those of today, in file order. */
  readonly images: readonly ReplayImage[];
  /** A number elsewhere in the document that stands for a cause is its position here. Most builds first. */
  readonly causes: readonly ReplayCause[];
  /** The earliest and the latest time of all pushes, whatever their order; null: none is known. */
  readonly period: ReplayPeriod | null;
  /** The newest first. */
  readonly pushes: readonly ReplayPush[];
  readonly totals: ReplayTotals;
  /** Changed files that no rule and no Dockerfile mentions, those that changed most often first. */
  readonly unmentioned: readonly { readonly path: string; readonly changes: number }[];
  /** How many there are beyond those that the lists hold; 0: all are there. */
  readonly more: { readonly pushes: number; readonly causes: number; readonly unmentioned: number };
  /** A second config beside it; null: none was asked for. */
  readonly against: ReplayAgainst | null;
  /** What `cost` in pushes and totals was made by; null: nobody asked what it costs. */
  readonly model: ReplayModel | null;
  /** There is no more: the first commit, where a shallow clone ends, or a commit that the clone lacks; null: there would be. */
  readonly ends: { readonly kind: "root" | "shallow" | "missing"; readonly sha: string } | null;
  readonly warnings: readonly string[];
}

/**
 * What was taken for a push. `commits`: each commit of the branch, along first parents. `reflog`: as a reflog of this ref has
 * them. `file`: as a file has them. Where a reflog or a file ends, older ones are commits.
 */
type ReplayGrouping =
  | { readonly kind: "commits" }
  | { readonly kind: "reflog"; readonly ref: string; readonly pushes: number }
  | { readonly kind: "file"; readonly file: string; readonly pushes: number };

/** ISO 8601. */
export interface ReplayPeriod {
  readonly from: string;
  readonly to: string;
}

/** Of one plan, or of all together. */
export interface ReplayCounts {
  /** Entries: jobs that build a leg. */
  readonly entries: number;
  readonly images: number;
}

export interface ReplayImage {
  /** How people call it; empty: the plain one, where suffixes alone tell images apart. */
  readonly name: string;
  /** It is in today's matrix file; only `then` knows others. */
  readonly today: boolean;
  /** Entries, today or when it was last seen. */
  readonly legs: number;
  /** From 1; null: it neither has a base nor is one. */
  readonly wave: number | null;
  /** Images that it is built from. */
  readonly bases: readonly number[];
  /** Pushes that build it; 0: none does. */
  readonly builds: number;
}

/**
 * What a cause is. `rule`: a rule of the config. `paths`: an entry's own. `dockerfile`: a line of a Dockerfile that reads the
 * file. `context`: a context, where no Dockerfile is known. `workflow`: the generated build workflow. `matrix`: entries of the
 * matrix file. `base`: what the image is built from was built. `unmatched`: a file that nothing mentions, where the config asks
 * for everything. `everything`: all of it, for a reason of the diff.
 */
export type ReplayCauseKind =
  | "rule"
  | "paths"
  | "dockerfile"
  | "context"
  | "workflow"
  | "matrix"
  | "base"
  | "unmatched"
  | "everything";

export interface ReplayCause {
  readonly kind: ReplayCauseKind;
  /**
   * Of a rule its globs (`backend/python/{backend}/**`), of a Dockerfile its line (`backend/Dockerfile:12 COPY src`), of a base its
   * name and the line that asks for it, of everything the reason (`config-changed`); else a path or an image.
   */
  readonly text: string;
  /** Entries built because of it, in all pushes together, whether something else asked for them as well or not. */
  readonly builds: number;
  /** Those of them that nothing else asked for. */
  readonly alone: number;
  readonly pushes: number;
}

export interface ReplayPush {
  /** The commit that is built. */
  readonly sha: string;
  /** The commit that it is compared with; null: there is none, it is the first one. */
  readonly parent: string | null;
  /** ISO 8601: when it was pushed where that is known, else when the commit was made. */
  readonly time: string;
  /** The first line of the commit's message, as somebody wrote it. */
  readonly subject: string;
  /** How many commits came with it: of the branch, along first parents; of a push that rewrote it, all that were new. */
  readonly commits: number;
  /** It took commits away (a force-push). Planned by what differs between both; GitHub's API may tell more files. */
  readonly rewritten: boolean;
  /** How many files it changed. */
  readonly files: number;
  readonly precision: Precision;
  /** Why everything is selected, or why more may be than was needed; null: rules decided. */
  readonly reason: DiffReason | null;
  /** Why nothing can be planned by the files of that commit, in a line, as `fanfold plan` says; null: it can. */
  readonly refused: string | null;
  readonly entries: number;
  /** Entries of its matrix file: what building everything takes. */
  readonly of: number;
  readonly images: readonly number[];
  /** Waves with something to build, one after the other; 0: nothing waits for anything. */
  readonly waves: number;
  /** What its images are built for, cause by cause; nothing where everything is built for one `reason`. */
  readonly why: readonly { readonly image: number; readonly cause: number; readonly path: string | null }[];
  /** How many of those were left out. */
  readonly moreWhy: number;
  /** Null: no second config was asked for. */
  readonly against: ReplayDifference | null;
  /** Null: nobody asked what it costs. */
  readonly cost: ReplayCosts | null;
}

/** One push by the second config. */
export interface ReplayDifference extends ReplayCounts {
  /** As in the push itself. */
  readonly refused: string | null;
  /** Images that the second config builds and the first does not. */
  readonly missedByOurs: readonly number[];
  /** Images that the first config builds and the second does not. */
  readonly missedByAgainst: readonly number[];
}

export interface ReplayTotals {
  readonly pushes: number;
  /** Pushes that build nothing, those that build all of their matrix file, and those that cannot be planned. */
  readonly nothing: number;
  readonly everything: number;
  readonly refused: number;
  readonly ours: ReplayCounts;
  /** Had each push built all of its matrix file. */
  readonly everythingEachTime: ReplayCounts;
  readonly against: ReplayCounts | null;
  readonly cost: ReplayTotalCosts | null;
}

export interface ReplayAgainst {
  /** Its path as it was given. */
  readonly config: string;
  /** Pushes in which the first config builds less, and how many images that is. */
  readonly missedByOurs: { readonly pushes: number; readonly images: number };
  /** The same of the second. */
  readonly missedByAgainst: { readonly pushes: number; readonly images: number };
  /** What the first config built those images for: by causes, most pushes first. */
  readonly missedBecause: readonly { readonly cause: number; readonly pushes: number; readonly images: number }[];
  readonly moreBecause: number;
}

/** What a push costs, by a config: seconds, minutes as GitHub bills them, jobs. */
export type ReplayCost = RunCost;

export interface ReplayCosts {
  readonly ours: ReplayCost;
  readonly everythingEachTime: ReplayCost;
  readonly against: ReplayCost | null;
}

/** What all pushes cost together. */
export interface ReplayTotalCosts {
  readonly ours: TotalCost;
  readonly everythingEachTime: TotalCost;
  readonly against: TotalCost | null;
}

interface ReplayModel {
  /** Jobs that may run at the same time. */
  readonly cap: number;
  /** Where the durations of jobs are from. */
  readonly durations: string;
  /** Other ways of building what the first config builds; only ways that make a difference. */
  readonly comparisons: readonly Comparison[];
  readonly assumptions: readonly string[];
}
