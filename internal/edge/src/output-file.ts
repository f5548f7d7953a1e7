import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

/**
 * One append of name-value pairs in GitHub's file protocol (GITHUB_OUTPUT, GITHUB_ENV): a delimiter nobody can guess,
 * so that no value can end itself and start another name
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
 */
export function appendPairs(file: string, pairs: Iterable<readonly [name: string, value: string]>): void {
  const delimiter = `fanfold-${randomUUID()}`;
  let text = "";
  for (const [name, value] of pairs) text += `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
  if (text !== "") appendFileSync(file, text);
}

/** GitHub caps a job's outputs at 1 MiB, approximated as UTF-16 (https://github.com/github/docs/pull/36846). */
export const MAX_OUTPUT_BYTES: number = 1_048_576;

/** Bytes of the pairs as GitHub counts them. */
export function outputBytes(pairs: Iterable<readonly [name: string, value: string]>): number {
  let units = 0;
  for (const [name, value] of pairs) units += name.length + value.length;
  return units * 2;
}
