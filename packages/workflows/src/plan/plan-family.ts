import { type ChangeRequest, survey } from "@fanfold/changed-backends";
import { formatDiagnostic, type Problem } from "@fanfold-internal/kit/process/errors";
import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import type { ShardLimits } from "@fanfold-internal/matrix/shard-limit";
import { WorkflowsError } from "../base/error.ts";
import { type Family, refuseBadGroups } from "../config/family.ts";
import { makePlan, type Plan } from "./plan.ts";
import { placedOutputProblems, planOutputs } from "./plan-outputs.ts";
import { checkShardLimits } from "./shard-limit.ts";

export interface PlannedFamily {
  readonly plan: Plan;
  readonly outputs: OutputPairs;
  readonly warnings: readonly Problem[];
}

/**
 * The plan of one family's files for a change, and its outputs. Whatever can be refused is refused here, before anything is
 * written or built.
 * @throws WorkflowsError `bad-group`, `shards`, `outputs`
 */
export async function planFamily(
  request: ChangeRequest,
  family: Family,
  limits: ShardLimits = new Map(),
): Promise<PlannedFamily> {
  refuseBadGroups(family);
  const { config, matrix, ground, imageFindings } = family;
  const result = await survey(request, ground);
  const warnings = [...config.warnings, ...matrix.warnings, ...imageFindings, ...result.warnings];
  const plan = makePlan({
    event: request.event,
    lists: matrix.lists,
    images: config.config.images ?? [],
    survey: result,
    warnings: warnings.map(formatDiagnostic),
  });
  checkShardLimits(plan, limits);
  const outputs = planOutputs(plan, matrix.lists, limits);
  const problems = placedOutputProblems(outputs, matrix);
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });
  }
  return { plan, outputs, warnings };
}
