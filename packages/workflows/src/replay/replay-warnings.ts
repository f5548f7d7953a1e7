import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { countOf } from "@fanfold-internal/kit/text/words";
import type { FoundPushes } from "./pushes/find-pushes.ts";
import type { ReplayRequest } from "./replay-flags.ts";

/** What a replay could not go through. */
export function replayWarnings(
  { ends, pushes, grouping, unused }: Pick<FoundPushes, "ends" | "pushes" | "grouping" | "unused">,
  { last, pushes: asked }: Pick<ReplayRequest, "last" | "pushes">,
): readonly Diagnostic[] {
  const found = countOf(pushes.length, "push", "pushes");
  const wanted = Number.isFinite(last) ? `of ${last} asked for, ` : "";
  const warnings: Diagnostic[] = [];
  if (ends?.kind === "shallow") {
    warnings.push({
      code: "history-cut",
      severity: "warning",
      message: `the clone is shallow and ends at ${ends.sha.slice(0, 7)}: ${wanted}${found} can be compared with what was before`,
      fix: `git fetch ${Number.isFinite(last) ? `--deepen=${last}, or ` : ""}--unshallow`,
    });
  }
  if (ends?.kind === "missing") {
    warnings.push({
      code: "history-cut",
      severity: "warning",
      message: `the clone does not have commit ${ends.sha.slice(0, 12)}, from which the branch was pushed: ${wanted}${found} can be told`,
      fix: "fetch it from where it was pushed to (git fetch origin <commit>), or take commits for pushes: --first-parent",
    });
  }
  if (typeof asked === "object" && unused > 0) {
    const none = grouping.kind === "commits";
    warnings.push({
      code: "pushes-unused",
      severity: "warning",
      message: none
        ? "none of its pushes leads to a commit of this branch: each commit was taken for a push"
        : `${countOf(unused, "push", "pushes")} in it lead to no commit of this branch`,
      at: { file: asked.file },
      fix: "check the branch out that it is about, and fetch what it has",
    });
  }
  return warnings;
}
