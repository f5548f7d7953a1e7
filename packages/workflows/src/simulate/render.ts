import { printable } from "@fanfold-internal/kit/text/printable";
import type { TotalCost } from "./cost.ts";
import type { Comparison, ComparisonKind } from "./push-costs.ts";

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

/** Jobs, minutes and waiting of all pushes, by config and by other ways of building the same. */
export function renderCosts({ cap, durations, ours, everythingEachTime, against, comparisons }: CostTable): string {
  const rows = [
    HEAD,
    cells("this config", ours),
    cells("everything each time", everythingEachTime),
    ...(against === null ? [] : [cells(printable(against.config), against.total)]),
    ...comparisons.map(({ kind, total }) => cells(`this config, ${OTHER_WAYS[kind]}`, total)),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [
    `minutes and queue, with ${cap} jobs at a time (durations: ${printable(durations)}):`,
    ...rows.map(line),
    "",
  ].join("\n");
}

const HEAD = ["", "jobs", "minutes billed", "waiting", "a push: half within", "nine of ten", "the longest"];

/** How people call other ways of building. */
export const OTHER_WAYS: Readonly<Record<ComparisonKind, string>> = {
  emulated: "one emulated job for each image",
  native: "a native job for each platform",
  "merge-matrix": "a merge job for each image",
  "merge-batch": "one merge job for all images",
  "no-waves": "without waves",
};

function cells(name: string, { jobs, minutes, waiting, walls }: TotalCost): readonly string[] {
  const times = [waiting, walls.median, walls.ninth, walls.longest].map(spanText);
  return [name, String(jobs), String(minutes), ...times];
}

/** `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h` */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
