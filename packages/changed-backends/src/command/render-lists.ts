import { markdownCode, markdownText, printable } from "@fanfold-internal/kit/text/printable";
import { countOf, fewOf } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { ImageLine, ListLines } from "./list-lines.ts";

export type Paint = (style: "bold" | "dim" | "green", text: string) => string;

export interface ListStyle {
  /** What becomes of an image, where that is known: a column of its own. */
  readonly outcome?: (image: ImageLine) => string;
  readonly paint?: Paint;
  /** Of the terminal: what does not fit goes to a line of its own. Undefined: there is no terminal. */
  readonly columns?: number | undefined;
}

// Enough to recognise what is meant; `fanfold explain` answers for each.
const MAX_LEFT_OUT = 8;

/** Lists for a terminal: what is selected and why, and what is left out. */
export function renderLists(
  lists: readonly ListLines[],
  { outcome, paint = (_, text) => text, columns }: ListStyle = {},
): string {
  return lists
    .flatMap(({ name, summary, images, leftOut }) => [
      `${paint("bold", printable(name))}  ${summary}`,
      ...imageRows(images, outcome, paint, columns),
      ...(leftOut.length === 0 ? [] : [`  ${paint("dim", leftOutLine(leftOut))}`]),
      "",
    ])
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join("");
}

function imageRows(
  images: readonly ImageLine[],
  outcome: ListStyle["outcome"],
  paint: Paint,
  room = Number.POSITIVE_INFINITY,
): readonly string[] {
  const rows = images.map((image) => ({
    cells: [imageText(image.image), image.legs, ...(outcome === undefined ? [] : [outcome(image)])].map(printable),
    why: printable(image.why),
  }));
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map(({ cells }) => cells[column]?.length ?? 0)));
  return rows.flatMap(({ cells, why }) => {
    const row = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    if (`  + ${row}  ${why}`.length <= room) return [`  ${paint("green", "+")} ${row}  ${paint("dim", why)}`];
    return [`  ${paint("green", "+")} ${row.trimEnd()}`, `      ${paint("dim", why)}`];
  });
}

function leftOutLine(images: readonly string[]): string {
  const { shown, more } = fewOf(images.map(imageText).map(printable), MAX_LEFT_OUT);
  return `left out: ${countOf(images.length, "image")}: ${shown.join(", ")}${more === 0 ? "" : `, and ${more} more`}`;
}

// What a person reads in ten seconds; the rest is folded.
const OPEN_ROWS = 30;

// A step summary may have 1 MiB (https://docs.github.com/actions/reference/limits), and one that has more is not shown at all.
const MAX_ROWS = 500;
const MAX_CELL = 160;
const MAX_WARNING = 1_000;

/** Lists as Markdown, for GITHUB_STEP_SUMMARY. */
export function summarizeLists(
  lists: readonly ListLines[],
  { outcome }: Pick<ListStyle, "outcome"> = {},
): readonly string[] {
  return lists.flatMap(({ name, summary, images, leftOut }) => {
    const rows = images.slice(0, MAX_ROWS).map((image) => summaryRow(image, outcome));
    const [open, folded] = [rows.slice(0, OPEN_ROWS), rows.slice(OPEN_ROWS)];
    return [
      `**${markdownText(name)}**: ${summary}`,
      "",
      ...table(open, outcome),
      ...(folded.length === 0 ? [] : fold(`${images.length - open.length} more`, table(folded, outcome))),
      ...(leftOut.length === 0 ? [] : fold(`${countOf(leftOut.length, "image")} left out`, [imageList(leftOut), ""])),
    ];
  });
}

/** Warnings as Markdown, for GITHUB_STEP_SUMMARY. */
export function summarizeWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) return [];
  const shown = warnings.slice(0, MAX_ROWS).map((warning) => `- ${summaryCode(warning, MAX_WARNING)}`);
  return ["#### Warnings", "", ...shown, ...more(warnings.length - shown.length), ""];
}

/**
 * Text from outside as code, where GitHub makes no links, mentions or references of it. In a table a backslash before an
 * escaped pipe would end the cell, so that such text is not for backticks.
 */
export function summaryCode(text: string, most: number = MAX_CELL): string {
  const shown = text.length <= most ? text : `${text.slice(0, most)}…`;
  return /[\\|]/.test(printable(shown)) ? `<code>${markdownText(shown)}</code>` : markdownCode(shown);
}

function summaryRow(image: ImageLine, outcome: ListStyle["outcome"]): string {
  const cells = [
    summaryCode(imageText(image.image)),
    image.legs === "" ? "" : summaryCode(image.legs),
    ...(outcome === undefined ? [] : [outcome(image)]),
    image.why === "" ? "" : summaryCode(image.why),
  ];
  return `| ${cells.join(" | ")} |`;
}

function table(rows: readonly string[], outcome: ListStyle["outcome"]): readonly string[] {
  if (rows.length === 0) return [];
  const [head, line] = outcome === undefined ? ["", ""] : [" then |", "---|"];
  return [`| image | legs |${head} because of |`, `|---|---|${line}---|`, ...rows, ""];
}

function fold(title: string, inside: readonly string[]): readonly string[] {
  return [`<details><summary>${title}</summary>`, "", ...inside, "</details>", ""];
}

function imageList(leftOut: readonly string[]): string {
  const shown = leftOut.slice(0, MAX_ROWS).map((image) => summaryCode(imageText(image)));
  return [shown.join(", "), ...more(leftOut.length - shown.length)].join(" ");
}

function more(count: number): readonly string[] {
  return count === 0 ? [] : [`and ${count} more`];
}
