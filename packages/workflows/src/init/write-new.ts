import { closeSync, lstatSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WorkflowsError } from "../base/error.ts";
import { refuseLinks } from "../generate/files/write-files.ts";

/** Writes all files, or none. @throws WorkflowsError `would-overwrite`, `unwritable` */
export function writeNew(root: string, files: ReadonlyMap<string, string>, who: "init" | "import"): void {
  const there = [...files.keys()].filter((file) => isThere(join(root, file)));
  if (there.length > 0) {
    throw new WorkflowsError({
      code: "would-overwrite",
      message: `${who} writes first files, and overwrites none`,
      problems: there.map((file) => ({
        code: "would-overwrite",
        severity: "error",
        message: "is there already",
        at: { file },
        fix: "keep it (fanfold check tells what it lacks), or move it away",
      })),
    });
  }
  for (const file of files.keys()) refuseLinks(root, file);
  const written: string[] = [];
  try {
    for (const [file, text] of files) {
      const path = join(root, file);
      mkdirSync(dirname(path), { recursive: true });
      // Made by us from here on, and so ours to take back.
      closeSync(openSync(path, "wx"));
      written.push(path);
      writeFileSync(path, text);
    }
  } catch (cause) {
    for (const path of written) rmSync(path, { force: true });
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkflowsError({
      code: "unwritable",
      message: `cannot be written: ${message}`,
      at: { file: root },
      cause,
    });
  }
}

/** A symbolic link that leads nowhere is there, too. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}
