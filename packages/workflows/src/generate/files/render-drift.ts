import { styleText } from "node:util";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import { printable } from "@fanfold-internal/kit/text/printable";
import { createTwoFilesPatch } from "diff";
import type { Drift } from "./drift.ts";

const FIX = "run fanfold generate, and commit what it writes";

/** A drift as complaints: one per place that differs. */
export function driftProblems(drift: Drift): readonly Problem[] {
  if (drift.kind === "missing") return [{ message: "is missing", at: { file: drift.file.path }, fix: FIX }];
  if (drift.kind === "stale") {
    return [{ message: "was generated, and no config makes it any more", at: { file: drift.path }, fix: FIX }];
  }
  const { configFile } = drift.file;
  return drift.changes.map(({ at, field }) => ({
    message: `is not what ${configFile ?? "fanfold generate"} makes${field === undefined ? "" : `; these lines come from ${field}`}`,
    at,
    fix: `${FIX}; what is to stay belongs into the config`,
  }));
}

/** A drift as a unified diff, from what is there to what `generate` writes. */
export function driftDiff(drift: Drift, colours: boolean): string {
  const path = drift.kind === "stale" ? drift.path : drift.file.path;
  const found = drift.kind === "missing" ? "" : drift.found;
  const made = drift.kind === "stale" ? "" : drift.file.text;
  return unifiedDiff(path, found, made, colours);
}

/** A unified diff whose lines are safe to print. */
export function unifiedDiff(path: string, before: string, after: string, colours: boolean): string {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 });
  const lines = patch.split("\n").filter((line) => !line.startsWith("====="));
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${painted(printableLine(line), colours)}\n`).join("");
}

/** The first character is the diff's; what follows is a file's. */
function printableLine(line: string): string {
  return line.slice(0, 1) + printable(line.slice(1)).replace(/\\u003a(?=:)/, "\\u003a");
}

function painted(line: string, colours: boolean): string {
  if (!colours) return line;
  const style = line.startsWith("@@")
    ? "cyan"
    : line.startsWith("+")
      ? "green"
      : line.startsWith("-")
        ? "red"
        : undefined;
  return style === undefined ? line : styleText(style, line, { validateStream: false });
}
