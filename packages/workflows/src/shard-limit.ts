import { UsageError } from "@fanfold-internal/edge/command";
import { listOutputPart, withPart } from "@fanfold-internal/edge/list-output";
import type { Plan } from "./plan.ts";
import { WorkflowsError } from "./workflows-error.ts";

/** How many shards a workflow has jobs for, by class: `multi`, `single`, and `darwin-multi`, … of other lists. */
export type ShardLimits = ReadonlyMap<string, number>;

/** Reads `multi=2,single=3`. @throws UsageError */
export function parseShardLimits(text: string): ShardLimits {
  const limits = new Map<string, number>();
  for (const part of text.split(",")) {
    const match = /^\s*((?:[a-z0-9-]+-)?(?:multi|single))=([1-9][0-9]*)\s*$/.exec(part);
    const [, name, count] = match ?? [];
    if (name === undefined || count === undefined) {
      throw new UsageError(`--shards: expected multi=<n>,single=<n>, found ${JSON.stringify(text)}`);
    }
    limits.set(name, Number(count));
  }
  return limits;
}

/** The name of a list's class of shards, as in the outputs `matrix-<class>-<n>`. */
export function shardClass(list: string, kind: "multi" | "single"): string {
  const part = listOutputPart(list);
  return part === "" ? kind : withPart(part, kind);
}

/** @throws WorkflowsError `shards`: a shard that no job of the workflow would build */
export function checkShardLimits(plan: Plan, limits: ShardLimits): void {
  for (const [list, { shards }] of Object.entries(plan.matrices)) {
    for (const kind of ["multi", "single"] as const) {
      const name = shardClass(list, kind);
      const limit = limits.get(name);
      if (limit === undefined || shards[kind].length <= limit) continue;
      throw new WorkflowsError({
        code: "shards",
        message: `the matrix needs ${shards[kind].length} shards of class ${name}, the workflow has jobs for ${limit}`,
        fix: "run fanfold generate and commit what it writes",
      });
    }
  }
}
