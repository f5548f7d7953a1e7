import { groupEntries } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { WorkflowsError } from "../../base/error.ts";
import { BUILT_LIST } from "../../config/lists.ts";
import type { Plan, PlannedEntry } from "../../plan/plan.ts";

/** One build job of the plan. */
export interface RehearsedBuild {
  readonly artifact: string;
  readonly entry: PlannedEntry;
  readonly tagSuffix: string;
  readonly tagLatest: string;
  readonly platformTag: string | undefined;
  /** As docker takes them; the machine's own where the entry names none. */
  readonly platforms: string;
  /** `leg`: a merge tags its image. `image`: the build does. */
  readonly publish: "leg" | "image";
}

/** The build jobs of a plan that the generated build workflow runs; other lists have workflows of their own. */
export function rehearsedBuilds(plan: Plan, native: string): readonly RehearsedBuild[] {
  const entries = plan.matrices[BUILT_LIST]?.entries ?? [];
  return groupEntries(entries).flatMap(({ tagSuffix, legs: [first, ...others] }) =>
    [first, ...others].flatMap(({ index, artifact, platformTag, platforms }): readonly RehearsedBuild[] => {
      const entry = entries[index];
      if (entry === undefined) return [];
      return [
        {
          artifact,
          entry,
          tagSuffix,
          tagLatest: first.tagLatest,
          platformTag,
          platforms: platforms.join(",") || native,
          publish: others.length > 0 ? "leg" : "image",
        },
      ];
    }),
  );
}

/** The plan as far as it is rehearsed: without the merges of lists that other workflows build. */
export function rehearsedPlan(plan: Plan, images: readonly string[]): Plan {
  return { ...plan, images, groups: plan.groups.filter(({ matrix }) => matrix === BUILT_LIST) };
}

/** The lists with selected entries that other workflows build. */
export function listsOfOthers(plan: Plan): readonly string[] {
  return Object.entries(plan.matrices).flatMap(([name, { entries }]) =>
    name !== BUILT_LIST && entries.length > 0 ? [name] : [],
  );
}

/** @throws WorkflowsError `not-found`, when one of the artifacts that are to fail is not built */
export function checkFailing(failing: readonly string[], builds: readonly RehearsedBuild[]): void {
  const known = builds.map(({ artifact }) => artifact);
  const problems = failing
    .filter((name) => !known.includes(name))
    .map(
      (name): Diagnostic => ({
        code: "not-found",
        severity: "error",
        message: `--fail: this rehearsal builds no artifact ${JSON.stringify(name)}${didYouMean(name, known)}`,
        fix: `it builds ${known.join(", ")}`,
      }),
    );
  if (problems.length === 0) return;
  throw new WorkflowsError({ code: "not-found", message: "--fail names artifacts that are not built", problems });
}
