import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { imageText } from "@fanfold-internal/matrix/identity";
import { plannedLists } from "../plan/plan-outputs.ts";
import { renderPlan } from "../plan/render.ts";
import { publishedLine } from "../plan/republished.ts";
import { listsOfOthers } from "./build/builds.ts";
import type { EngineName } from "./build/engine-choice.ts";
import type { Place } from "./places.ts";
import type { PlannedRehearsal } from "./plan.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { publishedLines, rehearsalDocument, totalLine } from "./report.ts";

/** What is going to happen, on standard error. */
export function tellPlan({ plan, family, warnings, states }: PlannedRehearsal, host: Host): void {
  for (const warning of warnings) report(host, warning);
  const published = states === undefined ? undefined : publishedLine(states);
  const columns = host.terminal ? process.stderr.columns || 80 : undefined;
  host.stderr(`${renderPlan(plan, plannedLists(family), columns, published)}\n`);
  for (const list of listsOfOthers(plan)) {
    host.stderr(`${printable(list)} is not rehearsed: a hand-written workflow builds it\n`);
  }
}

export interface Ending {
  /** Null: there was nothing to build. */
  readonly engine: EngineName | null;
  readonly pullRequest: boolean;
  readonly places: readonly Place[];
  /** What stays, and where; null: nothing does. */
  readonly kept: string | null;
  readonly seconds: number;
  readonly json: boolean;
}

/** What would stand published on standard output, all else on standard error. */
export function tellEnd(
  rehearsal: Rehearsal,
  { engine, pullRequest, places, kept, seconds, json }: Ending,
  host: Host,
): void {
  for (const { image, problems, warnings } of rehearsal.images) {
    const about = (message: string): string => `image ${imageText(image)}: ${message}`;
    for (const warning of warnings) report(host, { ...warning, message: about(warning.message) });
    for (const problem of problems) report(host, { ...problem, message: about(problem.message) });
  }
  if (json) host.stdout(jsonText(rehearsalDocument(rehearsal, engine, kept)));
  else for (const line of publishedLines(rehearsal)) host.stdout(`${line}\n`);
  host.stderr(`${totalLine(rehearsal, pullRequest)} (${seconds.toFixed(1)} s)\n`);
  const registries = places.filter(({ directory }) => directory === undefined);
  if (kept !== null) host.stderr(`kept: plan.json and records in ${printable(kept)}\n`);
  for (const { store } of kept === null ? registries : places) host.stderr(`kept: ${printable(store)}\n`);
}
