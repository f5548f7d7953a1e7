import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WorkflowsError } from "../../base/error.ts";

/** A file to write, or (`text: undefined`) to remove; `path` is from the root. */
export interface FileChange {
  readonly path: string;
  readonly text: string | undefined;
}

/**
 * Carries out all changes or none: everything is first written beside its place, and what was there comes back when one
 * of the renames fails.
 * @throws WorkflowsError `unwritable`
 */
export function writeFiles(root: string, changes: readonly FileChange[]): void {
  for (const { path } of changes) refuseLinks(root, path);
  const staged: { readonly path: string; readonly temporary: string }[] = [];
  const undo: (() => void)[] = [];
  let current = "";
  try {
    for (const { path, text } of changes) {
      if (text === undefined) continue;
      current = path;
      const target = join(root, path);
      mkdirSync(dirname(target), { recursive: true });
      const temporary = join(dirname(target), `.fanfold-${randomUUID()}`);
      staged.push({ path, temporary });
      writeFileSync(temporary, text, { flag: "wx" });
    }
    for (const { path } of changes) {
      current = path;
      const target = join(root, path);
      const before = readIfThere(target);
      undo.push(() => (before === undefined ? rmSync(target, { force: true }) : writeFileSync(target, before)));
      const own = staged.find((each) => each.path === path);
      if (own === undefined) rmSync(target, { force: true });
      else renameSync(own.temporary, target);
    }
  } catch (cause) {
    for (const step of undo.toReversed()) step();
    throw new WorkflowsError({
      code: "unwritable",
      message: `cannot be written (${codeOf(cause) ?? String(cause)}), so nothing was`,
      at: { file: current },
      fix: fixFor(codeOf(cause), current),
      cause,
    });
  } finally {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
  }
}

/**
 * A link on the way to a file may lead out of the repository, and a checkout brings links of anybody's choice.
 * @throws WorkflowsError `unwritable`
 */
export function refuseLinks(root: string, path: string): void {
  const steps = path.split("/");
  for (const length of steps.keys()) {
    const part = steps.slice(0, length + 1).join("/");
    if (!isLink(join(root, part))) continue;
    throw new WorkflowsError({
      code: "unwritable",
      message: "is a symbolic link, and nothing is written through one",
      at: { file: part },
      fix: length + 1 === steps.length ? "replace it by a file" : "replace it by a directory",
    });
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // What is not there, or stands below a file, is not a link; writing it says what else is wrong.
    return false;
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

// The system's own message names the path on this machine, and often that of the temporary file.
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function fixFor(code: string | undefined, path: string): string {
  switch (code) {
    case "EISDIR":
      return "a directory lies in its place: move it away";
    case "EEXIST":
    case "ENOTDIR":
      return `a file lies where ${dirname(path)} has to be a directory: move it away`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `make ${dirname(path)} writable for whoever runs this`;
    case "ENOSPC":
    case "EDQUOT":
      return "make room on the disk that it lies on";
    default:
      return "see to it that it can be written, and run fanfold generate again";
  }
}
