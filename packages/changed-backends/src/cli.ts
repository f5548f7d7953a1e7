import { appendFileSync } from "node:fs";
import { report } from "@fanfold-internal/edge/annotation";
import { type ExitCode, runCommand } from "@fanfold-internal/edge/command";
import { type Host, processHost } from "@fanfold-internal/edge/host";
import { appendPairs, outputProblems } from "@fanfold-internal/edge/output-file";
import { Command } from "commander";
import { CHANGE_FLAGS } from "./change-flags.ts";
import { type ChangeFlags, fromRoot, requestChange } from "./change-request.ts";
import { ChangedBackendsError } from "./changed-backends-error.ts";
import { readInputs } from "./inputs-file.ts";
import { loadMatrix } from "./matrix-input.ts";
import { selectionOutputs } from "./outputs.ts";
import { renderSelection, selectionDocument, selectionSummary } from "./render-selection.ts";
import { survey } from "./survey.ts";

interface Flags extends ChangeFlags {
  readonly matrix: string;
  readonly inputs?: string;
  readonly json: boolean;
}

/** The command `changed-backends`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const program = new Command("changed-backends")
    .description("Print which entries of a build matrix a change touches, and why.")
    .option("--matrix <file>", "the matrix file", ".github/backend-matrix.yml")
    .option("--inputs <file>", "rules: which files an entry is built from (default: its Dockerfile and its context)")
    .option("--json", "one JSON document and nothing else on standard output", false);
  for (const { flags, description, parse } of CHANGE_FLAGS) {
    if (parse === undefined) program.option(flags, description);
    else program.option(flags, description, parse);
  }
  program.action(async (flags: Flags) => {
    const request = await requestChange(flags, host);
    const path = fromRoot(request.root, host.cwd, flags.matrix);
    const matrix = await loadMatrix(request, path);
    const inputs = await readInputs(
      request,
      flags.inputs === undefined ? undefined : fromRoot(request.root, host.cwd, flags.inputs),
      matrix,
    );
    const result = await survey(request, { matrix, matrixPath: path, ...inputs });
    for (const warning of [...matrix.warnings, ...result.warnings]) report(host, "warning", warning);

    const outputs = selectionOutputs(matrix.lists, result.selection);
    const problems = outputProblems(outputs);
    if (problems.length > 0)
      throw new ChangedBackendsError({ code: "outputs", message: "the outputs cannot be written", problems });
    const document = selectionDocument(matrix.lists, request.event, result);
    host.stdout(flags.json ? `${JSON.stringify(document)}\n` : renderSelection(matrix.lists, result));
    if (host.env["GITHUB_OUTPUT"]) appendPairs(host.env["GITHUB_OUTPUT"], outputs);
    if (host.env["GITHUB_STEP_SUMMARY"])
      appendFileSync(host.env["GITHUB_STEP_SUMMARY"], selectionSummary(matrix.lists, result));
  });
  return runCommand(program, args, host);
}
