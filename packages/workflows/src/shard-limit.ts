import { UsageError } from "@fanfold-internal/edge/command";
import type { Problem } from "@fanfold-internal/edge/fanfold-error";
import { listOutputPart } from "@fanfold-internal/edge/list-output";
import type { Plan } from "./plan.ts";
import { WorkflowsError } from "./workflows-error.ts";

/** How many shards a workflow has jobs for, by class: `multi`, `single`, and `darwin-multi`, … of other lists. */
export type ShardLimits = ReadonlyMap<string, number>;

export const SHARD_KINDS = ["multi", "single"] as const;
export type ShardKind = (typeof SHARD_KINDS)[number];

/** Reads `multi=2,single=3`; no limits without it. @throws UsageError */
export function parseShardLimits(text: string | undefined): ShardLimits {
  const limits = new Map<string, number>();
  if (text === undefined) return limits;
  for (const part of text.split(",")) {
    const [, name, count] = /^\s*((?:[a-z0-9-]+-)?(?:multi|single))=([1-9][0-9]{0,2})\s*$/.exec(part) ?? [];
    if (name === undefined || count === undefined) {
      throw new UsageError(`--shards: expected multi=<n>,single=<n>, n from 1 to 999, found ${JSON.stringify(text)}`);
    }
    if (limits.has(name)) throw new UsageError(`--shards: ${name} stands twice in ${JSON.stringify(text)}`);
    limits.set(name, Number(count));
  }
  return limits;
}

/** The name of a list's class of shards, as in the outputs `matrix-<class>-<n>`. */
export function shardClass(list: string, kind: ShardKind): string {
  const part = listOutputPart(list);
  return part === "" ? kind : `${part}-${kind}`;
}

/** @throws WorkflowsError `shards`: jobs of the workflow and shards of the matrix do not fit together */
export function checkShardLimits(plan: Plan, limits: ShardLimits): void {
  const needed = new Map(
    Object.entries(plan.matrices).flatMap(([list, { shards }]) =>
      SHARD_KINDS.map((kind) => [shardClass(list, kind), shards[kind].length] as const),
    ),
  );
  const fix = "run fanfold generate and commit what it writes";
  const problems: Problem[] = [];
  for (const [name, limit] of limits) {
    const count = needed.get(name);
    if (count === undefined) {
      problems.push({
        message: `the workflow has jobs for shards of class ${name}, the matrix file has no such list`,
        fix,
      });
    } else if (count > limit) {
      problems.push({
        message: `the matrix needs ${count} shards of class ${name}, the workflow has jobs for ${limit}`,
        fix,
      });
    }
  }
  if (problems.length > 0)
    throw new WorkflowsError({ code: "shards", message: "the workflow does not fit the matrix", problems });
}
