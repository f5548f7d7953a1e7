import { backendOf, type MatrixFile, type MatrixList } from "@fanfold/changed-backends";
import { MAX_JOBS_PER_MATRIX } from "@fanfold/merge-matrix";
import type { Place, Problem } from "@fanfold-internal/edge/fanfold-error";
import { listOutputPart, withPart } from "@fanfold-internal/edge/list-output";
import { type OutputPairs, outputProblems } from "@fanfold-internal/edge/output-file";
import { backendFlags, mergeMatrix, type Plan } from "./plan.ts";
import { SHARD_KINDS, type ShardLimits, shardClass } from "./shard-limit.ts";

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
  const { entries = [], shards } = plan.matrices[list] ?? {};
  const part = listOutputPart(list);
  const merges = mergeMatrix(plan, list);
  const pairs: (readonly [string, string])[] = [
    [withPart("has-backends", part), String(entries.length > 0)],
    [withPart("has-merges", part), String(merges.length > 0)],
  ];
  for (const kind of SHARD_KINDS) {
    const name = shardClass(list, kind);
    const cut = shards?.[kind] ?? [];
    for (let shard = 0; shard < Math.max(cut.length, limits.get(name) ?? 0); shard += 1) {
      const include = (cut[shard] ?? []).map((position) => entries[position]);
      pairs.push([`matrix-${name}-${shard + 1}`, JSON.stringify({ include })]);
      pairs.push([`has-${name}-${shard + 1}`, String(include.length > 0)]);
    }
  }
  if (entries.length <= MAX_JOBS_PER_MATRIX) {
    pairs.push([withPart("matrix", part), JSON.stringify({ include: entries })]);
  }
  return [...pairs, [withPart("merge-matrix", part), JSON.stringify({ include: merges })]];
}

/** What GitHub would not take as outputs, or would take for something else, at the backend that gives a name. */
export function placedOutputProblems(outputs: OutputPairs, matrix: MatrixFile): readonly Problem[] {
  const problems = outputProblems(outputs);
  if (problems.length === 0) return [];
  const places = backendPlaces(matrix);
  const names = outputs.map(([name]) => [name, ""] as const);
  const placed = new Map<string, Problem>();
  for (const [index, [name]] of names.entries()) {
    for (const problem of outputProblems(names.slice(0, index + 1))) {
      if (!placed.has(problem.message)) placed.set(problem.message, { at: places.get(name), ...problem });
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
