import { styleText } from "node:util";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { printable } from "@fanfold-internal/kit/text/printable";
import { createTwoFilesPatch } from "diff";
import type { GenerateCode } from "../../base/codes.ts";
import type { Drift } from "./drift.ts";

const FIX = "run fanfold generate, and commit what it writes";

/** A drift as findings: one per place that differs. */
export function driftFindings(drift: Drift): readonly Diagnostic<GenerateCode>[] {
  const error = (code: GenerateCode, message: string, at: Diagnostic["at"], fix = FIX): Diagnostic<GenerateCode> => ({
    code,
    severity: "error",
    message,
    at,
    fix,
  });
  switch (drift.kind) {
    case "missing":
      return [error("generated-missing", "is missing", { file: drift.file.path })];
    case "stale":
      return [error("generated-stale", "was generated, and no config makes it any more", { file: drift.path })];
    case "different": {
      const makes = `is not what ${drift.file.configFile ?? "fanfold generate"} makes`;
      const fix = `${FIX}; make changes that should stay in the config`;
      return drift.changes.map(({ at, field }) =>
        error("generated-differs", field === undefined ? makes : `${makes}; these lines come from ${field}`, at, fix),
      );
    }
  }
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
  return lines.map((line) => `${painted(shown(line), colours)}\n`).join("");
}

/** The first character of a line is the diff's own, so that nothing behind it can begin a workflow command but `##[`. */
function shown(line: string): string {
  return line.slice(0, 1) + printable(`x${line.slice(1)}`).slice(1);
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
