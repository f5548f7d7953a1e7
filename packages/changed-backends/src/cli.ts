import { appendFileSync } from "node:fs";
import { report } from "@fanfold-internal/kit/process/annotation";
import { type ExitCode, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { appendPairs, outputProblems } from "@fanfold-internal/kit/process/output-file";
import { parseShardLimits } from "@fanfold-internal/matrix/shard-limit";
import { Command } from "commander";
import { ChangedBackendsError } from "./base/error.ts";
import { CHANGE_FLAGS } from "./command/change-flags.ts";
import { type ChangeFlags, requestChange } from "./command/change-request.ts";
import { readInputs } from "./command/inputs-file.ts";
import { loadMatrix } from "./command/matrix-input.ts";
import { selectionOutputs } from "./command/outputs.ts";
import { renderSelection, selectionJson, selectionSummary } from "./command/render-selection.ts";
import { survey } from "./command/survey.ts";
import { fromRoot } from "./git/repository-root.ts";

const MATRIX = ".github/backend-matrix.yml";

interface Flags extends ChangeFlags {
  readonly matrix?: string;
  readonly inputs?: string;
  readonly shards?: string;
  readonly json: boolean;
}

/** The command `changed-backends`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const program = new Command("changed-backends")
    .description("Print which entries of a build matrix a change touches, and why.")
    .option("--matrix <file>", `the matrix file (default: ${MATRIX})`)
    .option("--inputs <file>", "rules: which files an entry is built from (default: its Dockerfile and its context)")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>")
    .option("--json", "one JSON document and nothing else on standard output", false);
  for (const { flags, description, parse } of CHANGE_FLAGS) {
    if (parse === undefined) program.option(flags, description);
    else program.option(flags, description, parse);
  }
  program.action(async (flags: Flags) => {
    const limits = parseShardLimits(flags.shards);
    const request = await requestChange(flags, host);
    const named = (file: string): string => fromRoot(request.root, host.cwd, file);
    const matrixPath = flags.matrix === undefined ? MATRIX : named(flags.matrix);
    const matrix = await loadMatrix(request, matrixPath);
    const inputs = await readInputs(request, flags.inputs === undefined ? undefined : named(flags.inputs), matrix);
    const surveyed = await survey(request, { matrix, matrixPath, ...inputs });
    const result = { ...surveyed, warnings: [...matrix.warnings, ...surveyed.warnings] };
    for (const warning of result.warnings) report(host, "warning", warning);

    const outputs = selectionOutputs(matrix.lists, result.selection, limits);
    const problems = outputProblems(outputs);
    if (problems.length > 0) {
      throw new ChangedBackendsError({ code: "outputs", message: "the outputs cannot be written", problems });
    }
    // The outputs last: jobs are started by them.
    writeTo("GITHUB_STEP_SUMMARY", host, (file) => appendFileSync(file, selectionSummary(matrix.lists, result)));
    writeTo("GITHUB_OUTPUT", host, (file) => appendPairs(file, outputs));
    host.stdout(
      flags.json ? selectionJson(matrix.lists, request.event, result) : renderSelection(matrix.lists, result),
    );
  });
  return runCommand(program, args, host);
}

function writeTo(variable: string, { env }: Host, write: (file: string) => void): void {
  const file = env[variable];
  if (!file) return;
  try {
    write(file);
  } catch (cause) {
    throw new ChangedBackendsError({
      code: "outputs",
      message: `the file of ${variable} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { file },
      fix: `unset ${variable}, or name a file that can be written`,
      cause,
    });
  }
}
