import { styleText } from "node:util";
import type { MatrixList } from "@fanfold/changed-backends";
import {
  diffLine,
  type ImageLine,
  type ListLines,
  listLines,
  type Paint,
  renderLists,
  summarizeLists,
  summarizeWarnings,
  summaryCode,
} from "@fanfold/changed-backends/internal";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import type { Plan } from "./plan.ts";

/** The plan for a terminal: what happened, what is built and why, what was left out. */
export function renderPlan(plan: Plan, lists: readonly MatrixList[], colours: boolean): string {
  const paint: Paint = (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const head = [
    `${paint("bold", "event")}  ${printable(eventLine(plan))}`,
    `${paint("bold", "diff")}   ${printable(diffLine(plan.diff))}`,
  ];
  return `${head.join("\n")}\n\n${renderLists(plannedLines(plan, lists), { outcome: publishing, paint })}`;
}

/** The plan as Markdown, for GITHUB_STEP_SUMMARY: what is built and why, what was left out, where the diff came from. */
export function planSummary(plan: Plan, lists: readonly MatrixList[]): string {
  const lines = [
    "### Plan",
    "",
    `${summaryCode(eventLine(plan))}  `,
    summaryCode(diffLine(plan.diff)),
    "",
    ...summarizeLists(plannedLines(plan, lists), { outcome: publishing }),
    ...summarizeWarnings(plan.warnings),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where the plan's event came from: `push refs/heads/main, 1a2b3c4..5d6e7f8`. */
export function eventLine({ event }: Pick<Plan, "event">): string {
  const short = (sha: string | null): string => sha?.slice(0, 7) ?? "?";
  const range = event.base === null && event.head === null ? "" : `, ${short(event.base)}..${short(event.head)}`;
  return `${event.name}${event.ref === null ? "" : ` ${event.ref}`}${range}`;
}

function plannedLines(plan: Plan, lists: readonly MatrixList[]): readonly ListLines[] {
  return listLines(plan, lists).map((list) => {
    const merged = plan.groups.filter(({ matrix }) => matrix === list.name).length;
    const merges = merged === 0 ? "nothing to merge" : `${countOf(merged, "image")} to merge`;
    return { ...list, summary: `${list.summary}, ${merges}` };
  });
}

function publishing({ entries }: ImageLine): string {
  return entries > 1 ? "merged" : "tagged by its build";
}
