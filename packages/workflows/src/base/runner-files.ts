import { appendFileSync, statSync, truncateSync } from "node:fs";
import type { Host } from "@fanfold-internal/kit/process/host";
import { appendPairs, type OutputPairs } from "@fanfold-internal/kit/process/output-file";
import { WorkflowsError } from "./error.ts";

/**
 * Hands a plan over to the runner: the step summary, then the outputs, where the environment names files for them. A
 * file that cannot be written is left as it was. @throws WorkflowsError `unwritable`
 */
export function writeRunnerFiles({ env }: Host, summary: () => string, outputs: OutputPairs): void {
  const [summaryFile, outputFile] = [env["GITHUB_STEP_SUMMARY"], env["GITHUB_OUTPUT"]];
  if (summaryFile) wholly(summaryFile, "GITHUB_STEP_SUMMARY", (file) => appendFileSync(file, summary()));
  if (outputFile) wholly(outputFile, "GITHUB_OUTPUT", (file) => appendPairs(file, outputs));
}

function wholly(file: string, variable: string, append: (file: string) => void): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  try {
    append(file);
  } catch (cause) {
    // A disk that is full takes a part of what is appended, and a runner would read that part.
    if (size !== undefined && statSync(file, { throwIfNoEntry: false })?.size !== size) truncateSync(file, size);
    throw new WorkflowsError({
      code: "unwritable",
      message: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { file },
      fix: `${variable} names the file; on a runner, leave it as it is`,
      cause,
    });
  }
}
