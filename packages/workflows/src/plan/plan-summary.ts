import { diffLine, type MatrixList } from "@fanfold/changed-backends";
import { markdownCode, markdownText } from "@fanfold-internal/kit/text/printable";
import type { Plan } from "./plan.ts";
import { eventLine, type ImageLine, type ListLines, listLines, suffixText } from "./plan-lines.ts";

// What a person reads in ten seconds; the rest is folded.
const OPEN_ROWS = 30;

// A step summary may have 1 MiB (https://docs.github.com/actions/reference/limits), and one that has more is not shown at all.
const MAX_ROWS = 500;
const MAX_CELL = 160;
const MAX_WARNING = 1_000;

/** The plan as Markdown, for GITHUB_STEP_SUMMARY: what is built and why, what was left out, where the diff came from. */
export function planSummary(plan: Plan, lists: readonly MatrixList[]): string {
  const lines = [
    "### Plan",
    "",
    `${text(eventLine(plan))}  `,
    text(diffLine(plan.diff)),
    "",
    ...listLines(plan, lists).flatMap(listSection),
  ];
  if (plan.warnings.length > 0) {
    const shown = plan.warnings.slice(0, MAX_ROWS).map((warning) => `- ${markdownText(cut(warning, MAX_WARNING))}`);
    lines.push("#### Warnings", "", ...shown, ...more(plan.warnings.length - shown.length), "");
  }
  return `${lines.join("\n")}\n`;
}

function listSection({ name, summary, images, leftOut }: ListLines): readonly string[] {
  const rows = images.slice(0, MAX_ROWS).map(row);
  const [open, folded] = [rows.slice(0, OPEN_ROWS), rows.slice(OPEN_ROWS)];
  return [
    `**${text(name)}**: ${summary}`,
    "",
    ...table(open),
    ...(folded.length === 0 ? [] : fold(`${images.length - open.length} more`, table(folded))),
    ...(leftOut.length === 0 ? [] : fold(leftOutTitle(leftOut), [suffixes(leftOut), ""])),
  ];
}

function row({ tagSuffix, legs, fate, why }: ImageLine): string {
  return `| ${code(suffixText(tagSuffix))} | ${text(legs)} | ${fate} | ${text(why)} |`;
}

function table(rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : ["| image | legs | then | because of |", "|---|---|---|---|", ...rows, ""];
}

function fold(title: string, inside: readonly string[]): readonly string[] {
  return [`<details><summary>${title}</summary>`, "", ...inside, "</details>", ""];
}

function leftOutTitle(leftOut: readonly string[]): string {
  return leftOut.length === 1 ? "1 image left out" : `${leftOut.length} images left out`;
}

function suffixes(leftOut: readonly string[]): string {
  const shown = leftOut.slice(0, MAX_ROWS).map((suffix) => code(suffixText(suffix)));
  return [shown.join(", "), ...more(leftOut.length - shown.length)].join(" ");
}

function more(count: number): readonly string[] {
  return count === 0 ? [] : [`and ${count} more`];
}

function text(value: string): string {
  return markdownText(cut(value, MAX_CELL));
}

// In a table a backslash before an escaped pipe would end the cell, so that such text is not for backticks.
function code(value: string): string {
  const shown = cut(value, MAX_CELL);
  return /[\\|]/.test(shown) ? `<code>${markdownText(shown)}</code>` : markdownCode(shown);
}

function cut(value: string, most: number): string {
  return value.length <= most ? value : `${value.slice(0, most)}…`;
}
