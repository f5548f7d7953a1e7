import { type ComparisonRequest, selectChanges } from "@fanfold/changed-backends";
import { type Diagnostic, formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import type { ShardLimits } from "@fanfold-internal/matrix/shards";
import { WorkflowsError } from "../base/error.ts";
import { type Family, refuseBadGroups } from "../config/family.ts";
import { makePlan, type Plan } from "./plan.ts";
import { placedOutputProblems, planOutputs } from "./plan-outputs.ts";

export interface PlannedFamily {
  readonly plan: Plan;
  readonly outputs: OutputPairs;
  readonly warnings: readonly Diagnostic[];
}

/**
 * The plan of one family's files for a change, and its outputs. Whatever can be refused is refused here, before anything is
 * written or built.
 *
 * @throws WorkflowsError `bad-group`, `outputs`; ChangedBackendsError `shards` and those of `selectChanges`
 */
export async function planFamily(
  request: ComparisonRequest,
  family: Family,
  limits: ShardLimits = new Map(),
): Promise<PlannedFamily> {
  refuseBadGroups(family);
  const { config, matrix, ground, matrixFindings } = family;
  const changes = await selectChanges(request, ground);
  const warnings = [...config.warnings, ...matrix.warnings, ...matrixFindings, ...changes.warnings];
  const plan = makePlan({
    event: request.event,
    lists: matrix.lists,
    images: config.config.images ?? [],
    changes,
    warnings: warnings.map(formatDiagnostic),
  });
  const outputs = planOutputs(plan, matrix.lists, limits);
  const problems = placedOutputProblems(outputs, matrix);
  if (problems.length > 0) {
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });
  }
  return { plan, outputs, warnings };
}
