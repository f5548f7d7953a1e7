import type { MatrixList } from "@fanfold/changed-backends";
import { MAX_JOBS_PER_MATRIX } from "@fanfold/merge-matrix";
import { listOutputPart, withPart } from "@fanfold-internal/edge/list-output";
import type { OutputPairs } from "@fanfold-internal/edge/output-file";
import { backendFlags, mergeMatrix, type Plan } from "./plan.ts";
import { type ShardLimits, shardClass } from "./shard-limit.ts";

/**
 * The outputs of a plan; their names are the contract (DESIGN section 4). Where the workflow has jobs for more shards than
 * the file needs, the others are there and hold nothing: no output that a job reads is ever empty or missing.
 */
export function planOutputs(plan: Plan, lists: readonly MatrixList[], limits: ShardLimits): OutputPairs {
  const pairs: (readonly [string, string])[] = [["run-all", String(plan.runAll)]];
  for (const [list, { entries, shards }] of Object.entries(plan.matrices)) {
    const part = listOutputPart(list);
    const merges = mergeMatrix(plan, list);
    pairs.push([withPart("has-backends", part), String(entries.length > 0)]);
    pairs.push([withPart("has-merges", part), String(merges.length > 0)]);
    for (const kind of ["multi", "single"] as const) {
      const name = shardClass(list, kind);
      const count = Math.max(shards[kind].length, limits.get(name) ?? 0);
      for (let shard = 0; shard < count; shard += 1) {
        const include = (shards[kind][shard] ?? []).map((position) => entries[position]);
        pairs.push([`matrix-${name}-${shard + 1}`, JSON.stringify({ include })]);
        pairs.push([`has-${name}-${shard + 1}`, String(include.length > 0)]);
      }
    }
    if (entries.length <= MAX_JOBS_PER_MATRIX)
      pairs.push([withPart("matrix", part), JSON.stringify({ include: entries })]);
    pairs.push([withPart("merge-matrix", part), JSON.stringify({ include: merges })]);
  }
  for (const [backend, selected] of backendFlags(lists, plan)) pairs.push([backend, String(selected)]);
  return pairs;
}
