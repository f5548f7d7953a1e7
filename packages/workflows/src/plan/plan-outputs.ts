import { backendOf, type MatrixFile, type MatrixList } from "@fanfold/changed-backends";
import { MAX_JOBS_PER_MATRIX } from "@fanfold/merge-matrix";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { type OutputPairs, outputProblems } from "@fanfold-internal/kit/process/outputs";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/list-output";
import { type ShardLimits, shardOutputs } from "@fanfold-internal/matrix/shard-limit";
import { backendFlags, mergeMatrix, type Plan } from "./plan.ts";

/**
 * The outputs of a plan, whose names other people's workflows depend on: `run-all`; per list `has-backends`, `has-merges`,
 * `matrix-<class>-<n>` and `has-<class>-<n>`, `matrix` (absent when it has more than 256 jobs), `merge-matrix`; one
 * boolean per backend. Where the workflow has jobs for more shards than the file needs, the others are there and hold
 * nothing: no output that a job reads is ever empty or missing.
 */
export function planOutputs(plan: Plan, lists: readonly MatrixList[], limits: ShardLimits = new Map()): OutputPairs {
  return [
    ["run-all", String(plan.runAll)],
    ...Object.keys(plan.matrices).flatMap((list) => listOutputs(plan, list, limits)),
    ...[...backendFlags(lists, plan)].map(([backend, selected]) => [backend, String(selected)] as const),
  ];
}

function listOutputs(plan: Plan, list: string, limits: ShardLimits): OutputPairs {
  const planned = plan.matrices[list];
  if (planned === undefined) return [];
  const { entries, shards } = planned;
  const part = listOutputPart(list);
  const merges = mergeMatrix(plan, list);
  return [
    [withPart("has-backends", part), String(entries.length > 0)],
    [withPart("has-merges", part), String(merges.length > 0)],
    ...shardOutputs(list, shards, entries, limits),
    ...(entries.length > MAX_JOBS_PER_MATRIX
      ? []
      : [[withPart("matrix", part), JSON.stringify({ include: entries })] as const]),
    [withPart("merge-matrix", part), JSON.stringify({ include: merges })],
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
