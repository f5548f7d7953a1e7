import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WorkflowsError } from "../workflows-error.ts";

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
  const staged: { readonly path: string; readonly temporary: string }[] = [];
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of changes) {
      if (text === undefined) continue;
      const target = join(root, path);
      mkdirSync(dirname(target), { recursive: true });
      const temporary = join(dirname(target), `.fanfold-${randomUUID()}`);
      staged.push({ path, temporary });
      writeFileSync(temporary, text, { flag: "wx" });
    }
    for (const { path } of changes) {
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
      message: `nothing was written: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { file: root },
      cause,
    });
  } finally {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
