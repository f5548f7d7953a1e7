import type { MatrixFile, MatrixList } from "@fanfold/changed-backends";
import { backendFlags, jobOutputs } from "@fanfold/changed-backends/internal";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { type OutputPairs, outputProblems } from "@fanfold-internal/kit/process/outputs";
import { backendOf } from "@fanfold-internal/matrix/entry-values";
import type { Identify } from "@fanfold-internal/matrix/identity";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/names";
import type { ShardLimits } from "@fanfold-internal/matrix/shards";
import { JOB_KEYS } from "../bake/bake-entries.ts";
import type { Family } from "../config/family.ts";
import { mergeMatrix, type Plan } from "./plan.ts";

/** What a plan was made of. */
export interface PlannedLists {
  readonly lists: readonly MatrixList[];
  readonly identify: Identify;
  /** What a job gets of an entry; undefined: all of it but its inputs. */
  readonly jobKeys: readonly string[] | undefined;
}

export function plannedLists({ matrix, identity, baked }: Pick<Family, "matrix" | "identity" | "baked">): PlannedLists {
  return { lists: matrix.lists, identify: identity.identify, jobKeys: baked ? JOB_KEYS : undefined };
}

/**
 * The outputs of a plan, whose names other people's workflows depend on: those of its selection, `has-publish` and, per
 * list, `has-merges` and `merge-matrix`. No output that a job reads is ever empty or missing.
 *
 * @throws ChangedBackendsError `shards`: jobs of the workflow and shards of the matrix do not fit together
 */
export function planOutputs(
  plan: Plan,
  { lists, identify }: Pick<PlannedLists, "lists" | "identify">,
  limits: ShardLimits = new Map(),
): OutputPairs {
  const planned = Object.entries(plan.matrices).map(([name, { entries, shards }]) => ({ name, entries, shards }));
  const backends = backendFlags(
    lists,
    planned.flatMap(({ entries }) => entries),
  );
  return [
    ...jobOutputs({ runAll: plan.runAll, lists: planned, backends }, limits),
    ["has-publish", String(plan.groups.length > 0)],
    ...planned.flatMap(({ name }): OutputPairs => {
      const part = listOutputPart(name);
      const include = mergeMatrix(plan, name, identify);
      return [
        [withPart("has-merges", part), String(include.length > 0)],
        [withPart("merge-matrix", part), JSON.stringify({ include })],
      ];
    }),
  ];
}

/** What GitHub would not take as outputs, or would take for something else, at the backend that gives a name. */
export function placedOutputProblems(outputs: OutputPairs, matrix: MatrixFile): readonly Diagnostic[] {
  const problems = outputProblems(outputs);
  if (problems.length === 0) return [];
  const places = backendPlaces(matrix);
  const names = outputs.map(([name]) => [name, ""] as const);
  const placed = new Map<string, Diagnostic>();
  for (const [index, [name]] of names.entries()) {
    for (const problem of outputProblems(names.slice(0, index + 1))) {
      if (!placed.has(problem.message))
        placed.set(problem.message, { at: places.get(name) ?? { file: matrix.file }, ...problem });
    }
  }
  return problems.map((problem) => placed.get(problem.message) ?? { at: { file: matrix.file }, ...problem });
}

/** Where each backend is first named. */
function backendPlaces(matrix: MatrixFile): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const { name, entries } of matrix.lists) {
    for (const [index, entry] of entries.entries()) {
      const backend = backendOf(entry);
      if (backend !== undefined && !places.has(backend)) places.set(backend, matrix.place(name, index, "backend"));
    }
  }
  return places;
}
