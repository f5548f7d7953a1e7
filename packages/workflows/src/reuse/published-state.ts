import type { StandingImage } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { schemeOf } from "../content/content-key.ts";

/**
 * What is published of an image, beside what the commit builds. `current`: the same. `stale`: something else. `absent`: nothing,
 * or not all of it. `incomplete`: the same, but a tag is missing where all that it stands for is there. `unknown`: it does not say
 * what it was built from, or nobody knows what would be built now. `unreadable`: no registry would say.
 */
export const REUSE_STATES = ["current", "stale", "absent", "incomplete", "unknown", "unreadable"] as const;

export type ReuseState = (typeof REUSE_STATES)[number];

export interface PublishedState {
  readonly state: ReuseState;
  /** The ledger tag: `ghcr.io/o/x:main`. */
  readonly ledger: string;
  /** What stands there; undefined: nothing that could be read. */
  readonly standing: StandingImage | undefined;
  /** Its digest by repository, of those that are known to have it. */
  readonly index: Readonly<Record<string, string>>;
  /** What is the matter, for people; empty: nothing. */
  readonly why: string;
  /** Why nobody could say. */
  readonly problem?: Diagnostic | undefined;
}

/** What the key under a tag says, beside the one of what would be built now. */
export function comparedKeys(
  published: string | undefined,
  expected: string | null,
): Extract<ReuseState, "current" | "stale" | "unknown"> {
  if (published === undefined || expected === null || schemeOf(published) !== schemeOf(expected)) return "unknown";
  return published === expected ? "current" : "stale";
}
