import { isatty } from "node:tty";
import { type ChangeFlags, requestChange, survey } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/edge/annotation";
import { formatProblem } from "@fanfold-internal/edge/fanfold-error";
import type { Host } from "@fanfold-internal/edge/host";
import { parseShardLimits } from "@fanfold-internal/edge/shard-limit";
import { jsonText } from "./json-text.ts";
import { makePlan } from "./plan.ts";
import { placedOutputProblems, planOutputs } from "./plan-outputs.ts";
import { planSummary } from "./plan-summary.ts";
import { renderPlan } from "./render-plan.ts";
import { type FileFlags, familyPaths, readFamily, refuseBadGroups } from "./repository-files.ts";
import { writeRunnerFiles } from "./runner-files.ts";
import { checkShardLimits } from "./shard-limit.ts";
import { WorkflowsError } from "./workflows-error.ts";

export interface PlanFlags extends ChangeFlags, FileFlags {
  readonly shards?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `fanfold plan`: from an event to the matrices, to GITHUB_STEP_SUMMARY, GITHUB_OUTPUT and standard output. Whatever can be
 * refused is refused before the first of them is written.
 */
export async function runPlan(flags: PlanFlags, host: Host): Promise<void> {
  const limits = parseShardLimits(flags.shards);
  const request = await requestChange(flags, host);
  const family = await readFamily(request, familyPaths(request.root, host.cwd, flags));
  refuseBadGroups(family);

  const { config, matrix, ground, verdicts } = family;
  const result = await survey(request, ground);
  const warnings = [...config.warnings, ...matrix.warnings, ...verdicts, ...result.warnings];
  const plan = makePlan({
    event: request.event,
    lists: matrix.lists,
    images: config.config.images ?? [],
    survey: result,
    warnings: warnings.map(formatProblem),
  });
  checkShardLimits(plan, limits);
  const outputs = planOutputs(plan, matrix.lists, limits);
  const problems = placedOutputProblems(outputs, matrix);
  if (problems.length > 0)
    throw new WorkflowsError({ code: "outputs", message: "the outputs cannot be written", problems });

  for (const warning of warnings) report(host, "warning", warning);
  writeRunnerFiles(host, () => planSummary(plan, matrix.lists), outputs);
  // `host.terminal` is about standard error; the plan goes to standard output.
  const colours = host.terminal && isatty(1);
  host.stdout(flags.json === true ? jsonText(plan) : renderPlan(plan, matrix.lists, colours));
}
