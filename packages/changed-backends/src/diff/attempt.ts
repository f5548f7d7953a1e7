import type { ChangedFile, DiffReason, DiffSource, Precision } from "../base/diff.ts";
import type { Comparison } from "../event/comparison.ts";
import type { Checkout } from "../git/checkout.ts";
import type { RemoteAccess, ScratchRepository } from "../git/git-diff.ts";
import type { GitHub } from "../github/api.ts";

/** Where changes may be looked up. */
export interface DiffSources {
  readonly github: GitHub | undefined;
  /** Opened only when git has to answer: starting git costs more than a whole answer of the API. */
  readonly checkout: () => Promise<Checkout | undefined>;
  readonly remote: RemoteAccess;
}

/** What one step of the ladder gives: the changed files, or the reason to go one step down. */
export type DiffAttempt = FoundFiles | Unavailable;

export interface FoundFiles {
  readonly kind: "found";
  readonly files: readonly ChangedFile[];
  readonly source: DiffSource;
  readonly precision: Precision;
  /** Why a step above could not answer; null: the first one did. */
  readonly reason: DiffReason | null;
}

export interface Unavailable {
  readonly kind: "unavailable";
  readonly reason: DiffReason;
  /** The API will not answer any other question either. */
  readonly apiDown: boolean;
}

/** The comparisons that look for changes. */
export type Compared = Extract<Comparison, { readonly head: string }>;

/** What is known on the way down the ladder. */
export interface LadderState {
  readonly sources: DiffSources;
  /** What was tried in vain, for people. */
  readonly attempts: string[];
  /** The commit to compare with, once it is known: of a pull request, the merge base. */
  base: string | null;
  scratch: ScratchRepository | undefined;
  /** What git advises, where it refused. */
  fix: string | undefined;
}

export function found(
  files: readonly ChangedFile[],
  source: DiffSource,
  precision: Precision,
  reason: DiffReason | null,
): FoundFiles {
  return { kind: "found", files, source, precision, reason };
}

/** `apiDown`: the API will not answer any other question either. */
export function unavailable(reason: DiffReason, { apiDown = false }: { readonly apiDown?: boolean } = {}): Unavailable {
  return { kind: "unavailable", reason, apiDown };
}
