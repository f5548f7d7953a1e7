import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Problem } from "./errors.ts";

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

export type OutputPairs = readonly (readonly [name: string, value: string])[];

/** What GitHub would not take, or would take for something else, found before anything is written. */
export function outputProblems(pairs: OutputPairs): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const [name] of pairs) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      problems.push({
        message: `two outputs are named "${name}"${other === name ? "" : ` and "${other}"`}; GitHub ignores case`,
        fix: "rename the backend or the list that gives one of them its name",
      });
    }
    seen.set(name.toLowerCase(), name);
    if (name === "" || /[\r\n=]|<</.test(name)) {
      problems.push({
        message: `${JSON.stringify(name)} cannot name an output`,
        fix: "rename the backend: no line breaks, no =, no <<",
      });
    }
  }
  const bytes = outputBytes(pairs);
  if (bytes > MAX_OUTPUT_BYTES) {
    problems.push({
      message: `the outputs have ${bytes} bytes (UTF-16), GitHub takes ${MAX_OUTPUT_BYTES} a job`,
      fix: "split the matrix into two families, each with its own config",
    });
  }
  return problems;
}
