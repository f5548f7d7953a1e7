import type { ChangedFile, DiffReason, DiffSource, Precision } from "../base/diff.ts";
import type { Comparison } from "../event/comparison.ts";
import type { Checkout } from "../git/checkout.ts";
import type { RemoteAccess, ScratchRepository } from "../git/git-diff.ts";
import type { GitHub } from "../github/compare.ts";

/** Where the ladder may look. */
export interface DiffSources {
  readonly github: GitHub | undefined;
  /** Opened when a rung needs it: asking git costs more than a whole answer of the API. */
  readonly checkout: () => Promise<Checkout | undefined>;
  readonly remote: RemoteAccess;
}

/** Files, or the reason to go down a rung; `gone`: the API will answer nothing more. */
export type Rung =
  | {
      readonly kind: "files";
      readonly files: readonly ChangedFile[];
      readonly source: DiffSource;
      readonly precision: Precision;
      readonly why: DiffReason | null;
    }
  | Down;

export interface Down {
  readonly kind: "down";
  readonly reason: DiffReason;
  readonly gone: boolean;
}

/** What is compared by looking for changes. */
export type Compared = Extract<Comparison, { readonly head: string }>;

/** What is known on the way down. */
export interface Climb {
  readonly sources: DiffSources;
  /** What was tried in vain, for people. */
  readonly attempts: string[];
  /** The commit to compare with, once it is known: of a pull request, the merge base. */
  base: string | null;
  scratch: ScratchRepository | undefined;
}

export function had(
  files: readonly ChangedFile[],
  source: DiffSource,
  precision: Precision,
  why: DiffReason | null,
): Rung {
  return { kind: "files", files, source, precision, why };
}

export function down(reason: DiffReason, gone: boolean): Down {
  return { kind: "down", reason, gone };
}
