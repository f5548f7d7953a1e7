import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, reasonOf } from "./errors.ts";

/**
 * A new directory for files of one run, which its caller removes with `removeTemporary`.
 *
 * @throws InputError `no-directory`
 */
export function makeTemporary(prefix: string): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, prefix));
  } catch (cause) {
    throw new InputError({
      code: "no-directory",
      message: `no temporary directory can be made in ${parent}: ${reasonOf(cause)}`,
      fix: "set TMPDIR to a directory that exists and can be written",
      cause,
    });
  }
}

/** Removes what `makeTemporary` made; what cannot be removed is the system's to clean. */
export function removeTemporary(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 2 });
  } catch {
    // Nothing depends on it any more.
  }
}
