import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import type { History, HistoryCommit } from "./history.ts";

/** A line for each commit, the newest first, and the totals. */
export function renderHistory(history: History): string {
  const { commits, matrix, totals, ends } = history;
  const width = (most: number): number => String(most).length;
  const widths = { entries: width(matrix.entries), images: width(matrix.images) };
  const lines = commits.map((commit) => commitLine(commit, widths));
  const all = { entries: matrix.entries * totals.commits, images: matrix.images * totals.commits };
  const reasons = Map.groupBy(
    commits.flatMap(({ reason }) => reason ?? []),
    (reason) => reason,
  );
  const why = [...reasons].map(([reason, found]) => `${found.length} for ${reason}`).join(", ");
  return [
    ...lines,
    ...(lines.length === 0 ? [] : [""]),
    `${countOf(totals.commits, "commit")}${ends?.kind === "root" ? " (all there are)" : ""}: ${totals.nothing} select nothing, ${totals.everything} everything${why === "" ? "" : ` (${why})`}`,
    `entries: ${totals.entries} selected, where everything each time would be ${all.entries}`,
    `images:  ${totals.images} selected, where everything each time would be ${all.images}`,
    "",
  ].join("\n");
}

function commitLine(
  { sha, entries, images, precision, reason, subject }: HistoryCommit,
  widths: { readonly entries: number; readonly images: number },
): string {
  const counted = (count: number, width: number, word: string, plural: string): string =>
    `${String(count).padStart(width)} ${(count === 1 ? word : plural).padEnd(plural.length)}`;
  const counts = [
    counted(entries, widths.entries, "entry", "entries"),
    counted(images.length, widths.images, "image", "images"),
  ];
  const why = reason === null ? "" : `everything (${precision === "unknown" ? "unknown, " : ""}${reason})  `;
  return `${sha.slice(0, 7)}  ${counts.join("  ")}  ${why}${printable(subject)}`;
}
