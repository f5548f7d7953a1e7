import { printable } from "@fanfold-internal/kit/text/printable";
import type { TotalCost } from "./cost.ts";
import { OTHER_WAYS } from "./other-ways.ts";
import type { Comparison } from "./push-costs.ts";

/** What a table of costs shows. */
export interface CostTable {
  readonly cap: number;
  /** Where durations are from. */
  readonly durations: string;
  readonly ours: TotalCost;
  readonly everythingEachTime: TotalCost;
  /** The second config, as it was named. */
  readonly against: { readonly config: string; readonly total: TotalCost } | null;
  readonly comparisons: readonly Comparison[];
}

/** Jobs, minutes and waiting of all pushes, by config and by other ways of building the same: lines of 80 columns. */
export function costLines({
  cap,
  durations,
  ours,
  everythingEachTime,
  against,
  comparisons,
}: CostTable): readonly string[] {
  const rows = [
    HEAD,
    cells("built", ours),
    cells("everything each time", everythingEachTime),
    ...(against === null ? [] : [cells(cut(`with ${printable(against.config)}`, NAME_WIDTH), against.total)]),
    ...comparisons.map(({ kind, total }) => cells(OTHER_WAYS[kind], total)),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [
    cut(`minutes and queue: ${cap} jobs at a time, durations by ${printable(durations)}`, WIDTH),
    ...rows.map(line),
  ];
}

const WIDTH = 80;
const NAME_WIDTH = 32;

/** The last two: how long a push takes, half of them at most, and nine of ten. */
const HEAD = ["", "jobs", "minutes", "waiting", "half in", "9 of 10 in"];

function cells(name: string, { jobs, minutes, waiting, walls }: TotalCost): readonly string[] {
  return [name, String(jobs), String(minutes), ...[waiting, walls.median, walls.ninth].map(spanText)];
}

/** `45 s`, `95 min`, `33.3 h`, `5.4 d` */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join("")}…`;
}
