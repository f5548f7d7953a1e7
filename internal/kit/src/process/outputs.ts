import type { Diagnostic } from "./diagnostic.ts";

/** What is found about the outputs of a job, and what it means. */
export const OUTPUT_CODES = {
  "output-twice":
    "Two outputs of the plan would have one name: a backend is called like another output, or differs in case alone.",
  "output-name": "A backend's name cannot be the name of an output.",
  "outputs-too-large": "The outputs of the plan are larger than the 1 MiB that GitHub takes.",
} as const;

export type OutputCode = keyof typeof OUTPUT_CODES;

export type OutputPairs = readonly (readonly [name: string, value: string])[];

/** GitHub caps a job's outputs at 1 MiB, approximated as UTF-16 (https://github.com/github/docs/pull/36846). */
export const MAX_OUTPUT_BYTES: number = 1_048_576;

/** Bytes of the pairs as GitHub counts them. */
export function outputBytes(pairs: Iterable<readonly [name: string, value: string]>): number {
  let units = 0;
  for (const [name, value] of pairs) units += name.length + value.length;
  return units * 2;
}

/** What GitHub would not take, or would take for something else, found before anything is written. */
export function outputProblems(pairs: OutputPairs): readonly Diagnostic<OutputCode>[] {
  const problems: Diagnostic<OutputCode>[] = [];
  const seen = new Map<string, string>();
  for (const [name] of pairs) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      problems.push({
        code: "output-twice",
        severity: "error",
        message: `two outputs are named "${name}"${other === name ? "" : ` and "${other}"`}; GitHub ignores case`,
        fix: "rename the backend or the list that gives one of them its name",
      });
    }
    seen.set(name.toLowerCase(), name);
    if (name === "" || /[\r\n=]|<</.test(name)) {
      problems.push({
        code: "output-name",
        severity: "error",
        message: `${JSON.stringify(name)} cannot name an output`,
        fix: "rename the backend: no line breaks, no =, no <<",
      });
    }
  }
  const bytes = outputBytes(pairs);
  if (bytes > MAX_OUTPUT_BYTES) {
    problems.push({
      code: "outputs-too-large",
      severity: "error",
      message: `the outputs have ${bytes} bytes (UTF-16), and GitHub takes ${MAX_OUTPUT_BYTES} per job`,
      fix: "split the matrix into two families, each with its own config",
    });
  }
  return problems;
}
