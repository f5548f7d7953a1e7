import { isatty } from "node:tty";
import { type ChangeFlags, requestComparison } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { parseShardLimits } from "@fanfold-internal/matrix/shards";
import { type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { registryAccess } from "../reuse/registry-access.ts";
import type { Plan } from "./plan.ts";
import { planFamily } from "./plan-family.ts";
import { type PlannedLists, plannedLists } from "./plan-outputs.ts";
import { planSummary, renderPlan } from "./render.ts";
import { publishedLine } from "./republished.ts";

export interface PlanFlags extends ChangeFlags, FileFlags {
  readonly shards?: string | undefined;
  readonly json?: boolean | undefined;
  readonly reuse?: "published" | "off" | undefined;
}

/** Shows a plan in another way. `published`: what registries have said, in a line. */
export type ShowPlan = (plan: Plan, lists: PlannedLists, published: string | undefined) => void;

/**
 * `fanfold plan`: from an event to the matrices, to GITHUB_STEP_SUMMARY, GITHUB_OUTPUT and standard output. Whatever can be
 * refused is refused before the first of them is written.
 */
export async function runPlan(flags: PlanFlags, host: Host, show?: ShowPlan): Promise<void> {
  const limits = parseShardLimits(flags.shards);
  const request = await requestComparison(flags, host);
  const family = await readFamily(request, familyPaths(request.root, host.cwd, flags), host);
  const { plan, outputs, warnings, states } = await planFamily(request, family, {
    env: host.env,
    limits,
    reuse: registryAccess(host, flags.reuse),
  });
  const planned = plannedLists(family);
  const published = states === undefined ? undefined : publishedLine(states);

  for (const warning of warnings) report(host, warning);
  show?.(plan, planned, published);
  appendToRunnerFile(host, "GITHUB_STEP_SUMMARY", planSummary(plan, planned, published));
  // The outputs last: jobs are started by them.
  appendToRunnerFile(host, "GITHUB_OUTPUT", pairsText(outputs));
  // `host.terminal` is about standard error; the plan goes to standard output.
  const columns = host.terminal && isatty(1) ? process.stdout.columns || 80 : undefined;
  host.stdout(flags.json === true ? jsonText(plan) : renderPlan(plan, planned, columns, published));
}
