import type { Place } from "@fanfold-internal/kit/process/errors";
import { structuredPatch } from "diff";
import type { GeneratedFile } from "../yaml/model.ts";
import { fieldOfLine } from "./config-fields.ts";

/** What `generate` would do to a file. */
export type Drift =
  | { readonly kind: "missing"; readonly file: GeneratedFile }
  /** No config makes it any more. */
  | { readonly kind: "stale"; readonly path: string; readonly found: string }
  | {
      readonly kind: "different";
      readonly file: GeneratedFile;
      readonly found: string;
      readonly changes: readonly Change[];
    };

/** Lines that differ. */
interface Change {
  /** In the file as it is. */
  readonly at: Place;
  /** The field of the config that the generated lines come from, where that can be said. */
  readonly field: string | undefined;
}

/** How the files that are there differ from those that the configs make; line endings do not count. */
export function findDrift(
  generation: { readonly files: readonly GeneratedFile[]; readonly stale: readonly string[] },
  files: ReadonlyMap<string, string>,
): readonly Drift[] {
  const drifts = generation.files.map((file): Drift | undefined => {
    const there = files.get(file.path);
    if (there === undefined) return { kind: "missing", file };
    const found = withUnixLines(there);
    if (found === file.text) return undefined;
    return { kind: "different", file, found, changes: changesOf(file, found) };
  });
  const stale = generation.stale.map(
    (path): Drift => ({ kind: "stale", path, found: withUnixLines(files.get(path) ?? "") }),
  );
  return [...drifts.filter((drift) => drift !== undefined), ...stale];
}

/** A checkout on Windows has other line endings, and some editors put a mark first; neither is a change. */
function withUnixLines(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}

function changesOf({ path, text }: GeneratedFile, found: string): readonly Change[] {
  const { hunks } = structuredPatch(path, path, found, text, "", "", { context: 0 });
  return hunks.map(({ oldStart, oldLines, newStart, newLines }) => ({
    // Where lines are only added, a hunk names the line before them.
    at: { file: path, line: oldLines === 0 ? oldStart + 1 : oldStart },
    field: newLines > 0 ? fieldOfLine(text, newStart) : fieldOfLine(found, oldStart),
  }));
}
