import { fewNames } from "@fanfold-internal/kit/text/words";
import type { ChangeDiagnostic } from "../base/codes.ts";
import type { DiffReason } from "../base/diff.ts";
import type { Changes } from "../diff/ladder.ts";
import type { Selection } from "../rules/selection.ts";

const ADVICE: ReadonlyMap<DiffReason, string> = new Map([
  [
    "forbidden",
    "give the job permissions: contents: read and pull-requests: read, and the step GITHUB_TOKEN: ${{ github.token }}",
  ],
  [
    "not-found",
    "GitHub also says 404 where a token may not read: give the job permissions: contents: read, and the step GITHUB_TOKEN: ${{ github.token }}",
  ],
  ["rate-limited", "env: GITHUB_TOKEN: ${{ github.token }}, which has a limit of its own"],
  ["network", "check that GITHUB_API_URL can be reached from here"],
  ["no-checkout", "check the repository out, so that git can answer"],
  ["shallow", "check out with fetch-depth: 0"],
]);

/** The ways to find what changed that gave no answer, and what was done instead. */
export function ladderWarnings({ attempts, diff, fix }: Changes): readonly ChangeDiagnostic[] {
  if (attempts.length === 0) return [];
  const answer = diff.precision === "unknown" ? "everything is selected" : `${diff.source} answered instead`;
  return [
    {
      code: "diff-unavailable",
      severity: "warning",
      message: `${attempts.join("; ")}: ${answer}`,
      fix: fix ?? (diff.reason === null ? undefined : ADVICE.get(diff.reason)),
    },
  ];
}

export function unmatchedWarnings({ unmatched }: Selection): readonly ChangeDiagnostic[] {
  if (unmatched.length === 0) return [];
  return [
    {
      code: "unmatched-file",
      severity: "warning",
      message: `no rule mentions ${fewNames(unmatched, 1)}`,
      fix: "add a rule under inputs, or a glob under ignore",
    },
  ];
}
