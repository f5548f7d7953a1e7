import { appendFileSync } from "node:fs";
import { type ChangeFlags, requestChange, survey } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/edge/annotation";
import { formatProblem } from "@fanfold-internal/edge/fanfold-error";
import type { Host } from "@fanfold-internal/edge/host";
import { appendPairs, outputProblems } from "@fanfold-internal/edge/output-file";
import { makePlan } from "./plan.ts";
import { planOutputs } from "./plan-outputs.ts";
import { planSummary } from "./plan-summary.ts";
import { renderPlan } from "./render-plan.ts";
import { type FileFlags, readFamily } from "./repository-files.ts";
import { checkShardLimits, parseShardLimits } from "./shard-limit.ts";
import { WorkflowsError } from "./workflows-error.ts";

export interface PlanFlags extends ChangeFlags, FileFlags {
  readonly shards?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `fanfold plan`: from an event to the matrices, to standard output, GITHUB_OUTPUT and the step summary. */
export async function runPlan(flags: PlanFlags, host: Host): Promise<void> {
  const limits = flags.shards === undefined ? new Map() : parseShardLimits(flags.shards);
  const request = await requestChange(flags, host);
  const { config, matrix, ground, verdicts } = await readFamily(request, flags, host.cwd);
  const errors = verdicts.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new WorkflowsError({ code: "bad-group", message: "images cannot be merged safely", problems: errors });

  const result = await survey(request, ground);
  const warnings = [...matrix.warnings, ...verdicts, ...result.warnings];
  const plan = makePlan({
    event: request.event,
    lists: matrix.lists,
    images: config.config.images ?? [],
    survey: result,
    warnings: warnings.map(formatProblem),
  });
  checkShardLimits(plan, limits);
  const outputs = planOutputs(plan, matrix.lists, limits);
  const problems = outputProblems(outputs);
  if (problems.length > 0)
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });

  for (const warning of warnings) report(host, "warning", warning);
  host.stdout(flags.json === true ? `${JSON.stringify(plan)}\n` : renderPlan(plan, host.terminal));
  if (host.env["GITHUB_STEP_SUMMARY"]) appendFileSync(host.env["GITHUB_STEP_SUMMARY"], planSummary(plan));
  if (host.env["GITHUB_OUTPUT"]) appendPairs(host.env["GITHUB_OUTPUT"], outputs);
}
