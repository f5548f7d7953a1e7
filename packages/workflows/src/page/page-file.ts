import { randomUUID } from "node:crypto";
import {
  closeSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
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
 * @throws WorkflowsError `unwritable`: its directory is not there, it is something else than a file, or a file that is no page
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
  // It may be the config, or a list that is read in the same run.
  if (there !== undefined && there.size > 0 && !startsAsPage(file)) {
    throw unwritable(path, "a file is there that is no page", "name another file, or remove that one");
  }
  // A link stays, and what it leads to is replaced.
  const target = there === undefined ? file : realpathSync(file);
  return { write: (page) => replaceFile(target, page, path) };
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

const PAGE = /^\uFEFF?\s*<(?:!doctype html|html)\b/i;
const START_BYTES = 200;

/** What cannot be read is kept, too. */
function startsAsPage(file: string): boolean {
  try {
    const opened = openSync(file, "r");
    try {
      const start = Buffer.alloc(START_BYTES);
      const length = readSync(opened, start, 0, START_BYTES, 0);
      return PAGE.test(start.toString("utf8", 0, length));
    } finally {
      closeSync(opened);
    }
  } catch {
    return false;
  }
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
