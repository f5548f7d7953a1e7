import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { WorkflowsError } from "../../base/error.ts";
import { BUILT_LIST } from "../../config/lists.ts";
import type { Plan } from "../../plan/plan.ts";

/** The artifacts of the build jobs that the generated build workflow runs; other lists have workflows of their own. */
export function rehearsedArtifacts(plan: Plan): readonly string[] {
  return (plan.matrices[BUILT_LIST]?.entries ?? []).map((entry) => entry["artifact-name"]);
}

/**
 * The same in the order in which they may be built, those of a round at once: what neither is a base nor has one, and the first
 * wave; then wave by wave.
 */
export function rehearsedRounds(plan: Plan): readonly (readonly string[])[] {
  const artifacts = rehearsedArtifacts(plan);
  const waves = (plan.matrices[BUILT_LIST]?.shards.waves ?? []).map((shards) => new Set(shards.flat()));
  const later = waves.slice(1);
  const rounds = [[...artifacts.keys()].filter((index) => !later.some((wave) => wave.has(index))), ...later];
  return rounds
    .map((round) => [...round].flatMap((index) => artifacts[index] ?? []))
    .filter(({ length }) => length > 0);
}

/** The lists with selected entries that other workflows build. */
export function listsOfOthers(plan: Plan): readonly string[] {
  return Object.entries(plan.matrices).flatMap(([name, { entries }]) =>
    name !== BUILT_LIST && entries.length > 0 ? [name] : [],
  );
}

/** @throws WorkflowsError `not-found`, when one of the artifacts that are to fail is not built */
export function checkFailing(failing: readonly string[], known: readonly string[]): void {
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
