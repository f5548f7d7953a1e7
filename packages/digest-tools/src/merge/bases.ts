import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { imageText } from "@fanfold-internal/matrix/identity";
import { problem } from "../base/error.ts";
import type { MergeGroup } from "./groups.ts";

/**
 * Images in rounds: none before those that it is built from. Of images that are built from one another in a circle, which only
 * a plan that somebody changed can hold, all come last.
 */
export function inOrder(groups: readonly MergeGroup[]): readonly (readonly MergeGroup[])[] {
  const rounds: (readonly MergeGroup[])[] = [];
  let waiting = groups;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ image }) => image));
    const ready = waiting.filter(({ bases = [] }) => !bases.some((base) => names.has(base)));
    const round = ready.length === 0 ? waiting : ready;
    rounds.push(round);
    waiting = waiting.filter((group) => !round.includes(group));
  }
  return rounds;
}

/** What became of an image that was merged before. */
interface Merged {
  readonly image: string;
  readonly verdict: "published" | "unchanged" | "refused" | "planned";
}

/** Why an image must not be published: people would get it on a base that is not. `done`: what became of others. */
export function baseProblems({ bases = [] }: MergeGroup, done: readonly Merged[]): readonly Diagnostic[] {
  return bases.flatMap((base): readonly Diagnostic[] => {
    const report = done.find(({ image }) => image === base);
    if (report !== undefined && report.verdict !== "refused") return [];
    const name = imageText(base);
    return report === undefined
      ? [
          problem("refused-base", {
            message: `it is built from this run's ${name}, which is not merged here`,
            fix: `name ${name} with --only, too, or merge all`,
          }),
        ]
      : [
          problem("refused-base", {
            message: `it is built from this run's ${name}, which is refused`,
            fix: `mend what is said of ${name}, then merge again`,
          }),
        ];
  });
}
