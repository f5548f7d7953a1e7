import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import type { Replay, ReplayPush } from "./replay-document.ts";

/** `fanfold plan --last`: a line for each commit, the newest first, and the totals. */
export function renderCommits(replay: Replay): string {
  const { pushes, matrix, totals, ends } = replay;
  const width = (most: number): number => String(most).length;
  const widths = { entries: width(matrix.entries), images: width(matrix.images) };
  const lines = pushes.map((push) => commitLine(push, widths));
  const reasons = Map.groupBy(
    pushes.flatMap(({ reason }) => reason ?? []),
    (reason) => reason,
  );
  const why = [...reasons].map(([reason, found]) => `${found.length} for ${reason}`).join(", ");
  return [
    ...lines,
    ...(replay.more.pushes === 0 ? [] : [`and ${replay.more.pushes} more`]),
    ...(lines.length === 0 ? [] : [""]),
    `${countOf(totals.pushes, "commit")}${ends?.kind === "root" ? " (all there are)" : ""}: ${totals.nothing} select nothing, ${totals.everything} everything${why === "" ? "" : ` (${why})`}`,
    `entries: ${totals.ours.entries} selected, where everything each time would be ${totals.everythingEachTime.entries}`,
    `images:  ${totals.ours.images} selected, where everything each time would be ${totals.everythingEachTime.images}`,
    "",
  ].join("\n");
}

function commitLine(
  { sha, entries, images, precision, reason, subject }: ReplayPush,
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
