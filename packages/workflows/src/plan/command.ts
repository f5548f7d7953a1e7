import { isatty } from "node:tty";
import { type ChangeFlags, requestChange } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { parseShardLimits } from "@fanfold-internal/matrix/shard-limit";
import { jsonText } from "../base/json-text.ts";
import { writeRunnerFiles } from "../base/runner-files.ts";
import { type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { planFamily } from "./plan-family.ts";
import { planSummary } from "./plan-summary.ts";
import { renderPlan } from "./render.ts";

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
  const { plan, outputs, warnings } = await planFamily(request, family, limits);
  const { lists } = family.matrix;

  for (const warning of warnings) report(host, "warning", warning);
  writeRunnerFiles(host, () => planSummary(plan, lists), outputs);
  // `host.terminal` is about standard error; the plan goes to standard output.
  const colours = host.terminal && isatty(1);
  host.stdout(flags.json === true ? jsonText(plan) : renderPlan(plan, lists, colours));
}
