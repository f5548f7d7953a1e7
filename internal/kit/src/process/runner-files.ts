import { randomUUID } from "node:crypto";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { InputError, reasonOf, systemCodeOf } from "./errors.ts";
import type { Host } from "./host.ts";

/** The files that a runner reads after a step (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands). */
export type RunnerFile = "GITHUB_OUTPUT" | "GITHUB_ENV" | "GITHUB_STEP_SUMMARY";

/**
 * Appends to one of the runner's files, where the environment names it; elsewhere nothing happens. A file that cannot
 * take all of it is left as it was: a runner reads what is there, half an output included.
 *
 * @throws InputError `unwritable-file`
 */
export function appendToRunnerFile({ env }: Pick<Host, "env">, variable: RunnerFile, text: string): void {
  const file = env[variable];
  if (!file || text === "") return;
  try {
    appendWhole(file, text);
  } catch (cause) {
    throw new InputError({
      code: "unwritable-file",
      message: `the file that ${variable} names cannot be written: ${reasonOf(cause)}`,
      at: { file },
      fix: `leave ${variable} as the runner sets it; elsewhere unset it or name a file that can be written`,
      cause,
    });
  }
}

/**
 * Name-value pairs in the runner's file protocol (GITHUB_OUTPUT, GITHUB_ENV): a delimiter nobody can guess, so that no
 * value can end itself and start another name
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
 */
export function pairsText(pairs: Iterable<readonly [name: string, value: string]>): string {
  const delimiter = `fanfold-${randomUUID()}`;
  let text = "";
  for (const [name, value] of pairs) text += `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  return text;
}

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

function appendWhole(file: string, text: string): void {
  // Non-blocking: to open a pipe that nobody reads from would never return.
  const descriptor = openSync(file, APPEND | (constants.O_NONBLOCK ?? 0));
  try {
    const before = fstatSync(descriptor);
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSome(descriptor, bytes, written);
    } catch (error) {
      // A disk that is full takes a part of what is appended. Pipes and devices keep what they got.
      if (before.isFile()) ftruncateSync(descriptor, before.size);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A pipe that is full takes nothing until its reader has read. */
function writeSome(descriptor: number, bytes: Uint8Array, from: number): number {
  try {
    return writeSync(descriptor, bytes, from);
  } catch (error) {
    if (systemCodeOf(error) !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return 0;
  }
}
