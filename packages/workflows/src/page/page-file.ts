import { randomUUID } from "node:crypto";
import { realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import { UsageError } from "@fanfold-internal/kit/process/usage-error";
import { WorkflowsError } from "../base/error.ts";

/** Where a page goes; looked at before the work that fills it. */
export interface PageFile {
  /** Writes the page, whole or not at all. @throws WorkflowsError `unwritable` */
  readonly write: (page: string) => void;
}

/**
 * @throws UsageError a name that is not a file's
 * @throws WorkflowsError `unwritable`: its directory is not there, or it is something else than a file
 */
export function pageFile(path: string, cwd: string): PageFile {
  if (path === "" || path === "-") {
    throw new UsageError(
      `--html must name a file, found ${JSON.stringify(path)}; standard output has the text, or with --json the document`,
    );
  }
  const file = resolve(cwd, path);
  const folder = dirname(file);
  if (statOf(folder)?.isDirectory() !== true) {
    throw unwritable(
      path,
      `there is no directory ${folder}`,
      "make the directory, or name a file in one that is there",
    );
  }
  const there = statOf(file);
  if (there !== undefined && !there.isFile()) {
    throw unwritable(path, "a file is expected, and something else is there", "name another file");
  }
  // A link stays, and what it leads to is replaced.
  const target = there === undefined ? file : realpathSync(file);
  return { write: (page) => replaceFile(target, page, path) };
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function replaceFile(target: string, text: string, path: string): void {
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}`);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw unwritable(path, reasonOf(cause), "name a file in a directory that can be written", cause);
  }
}

function unwritable(file: string, why: string, fix: string, cause?: unknown): WorkflowsError {
  return new WorkflowsError({
    code: "unwritable",
    message: `the page cannot be written: ${why}`,
    at: { file },
    fix,
    cause,
  });
}
