import { type ShardLimits, shardLimitProblems } from "@fanfold-internal/matrix/shard-limit";
import { WorkflowsError } from "../base/error.ts";
import type { Plan } from "./plan.ts";

/** @throws WorkflowsError `shards`: jobs of the workflow and shards of the matrix do not fit together */
export function checkShardLimits(plan: Plan, limits: ShardLimits): void {
  const lists = Object.entries(plan.matrices).map(([list, { shards }]) => [list, shards] as const);
  const problems = shardLimitProblems(lists, limits);
  if (problems.length === 0) return;
  throw new WorkflowsError({ code: "shards", message: "the workflow does not fit the matrix", problems });
}
