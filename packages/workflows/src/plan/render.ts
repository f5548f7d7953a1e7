import { styleText } from "node:util";
import { diffLine, type MatrixList } from "@fanfold/changed-backends";
import { printable } from "@fanfold-internal/kit/text/printable";
import type { Plan } from "./plan.ts";
import { eventLine, type ImageLine, type ListLines, listLines, suffixText } from "./plan-lines.ts";

// Enough to recognise what is meant; `fanfold explain` answers for each.
const MAX_LEFT_OUT = 8;

type Paint = (style: "bold" | "dim" | "green", text: string) => string;

/** The plan for a terminal: what happened, what is built and why, what was left out. */
export function renderPlan(plan: Plan, lists: readonly MatrixList[], colours: boolean): string {
  const paint: Paint = (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const lines = [
    `${paint("bold", "event")}  ${printable(eventLine(plan))}`,
    `${paint("bold", "diff")}   ${printable(diffLine(plan.diff))}`,
    ...listLines(plan, lists).flatMap((list) => renderList(list, paint)),
  ];
  return `${lines.join("\n")}\n`;
}

function renderList({ name, summary, images, leftOut }: ListLines, paint: Paint): readonly string[] {
  return [
    "",
    `${paint("bold", printable(name))}  ${summary}`,
    ...renderImages(images, paint),
    ...(leftOut.length === 0 ? [] : [`  ${paint("dim", leftOutLine(leftOut))}`]),
  ];
}

function renderImages(images: readonly ImageLine[], paint: Paint): readonly string[] {
  const rows = images.map(({ tagSuffix, legs, fate, why }) => ({
    cells: [printable(suffixText(tagSuffix)), printable(legs), fate],
    why: printable(why),
  }));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map(({ cells }) => cells[column]?.length ?? 0)));
  return rows.map(({ cells, why }) => {
    const columns = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `  ${paint("green", "+")} ${columns.join("  ")}  ${paint("dim", why)}`;
  });
}

function leftOutLine(suffixes: readonly string[]): string {
  const shown = suffixes.slice(0, MAX_LEFT_OUT).map((suffix) => printable(suffixText(suffix)));
  const rest = suffixes.length - shown.length;
  const count = suffixes.length === 1 ? "1 image" : `${suffixes.length} images`;
  return `left out: ${count}: ${shown.join(", ")}${rest === 0 ? "" : `, and ${rest} more`}`;
}
