import { appendFileSync } from "node:fs";
import { report } from "@fanfold-internal/edge/annotation";
import { type ExitCode, runCommand } from "@fanfold-internal/edge/command";
import { type Host, processHost } from "@fanfold-internal/edge/host";
import { appendPairs, outputProblems } from "@fanfold-internal/edge/output-file";
import { Command } from "commander";
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
    .option("--inputs <file>", "rules: which files an entry is built from (default: its Dockerfile and its context)")
    .option("--json", "one JSON document and nothing else on standard output", false);
  withChangeFlags(program).action(async (flags: Flags) => {
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

/** The flags that say what changed, the same for every command that asks. */
function withChangeFlags(command: Command): Command {
  return command
    .option("--matrix <file>", "the matrix file", ".github/backend-matrix.yml")
    .option("--event-name <name>", "the event (default: GITHUB_EVENT_NAME)")
    .option("--event-path <file>", "its payload (default: GITHUB_EVENT_PATH)")
    .option("--base <revision>", "compare with this commit (default outside Actions: HEAD~1)")
    .option("--head <revision>", "compare this commit, and read the files from it (default: HEAD, and the work tree)")
    .option("--files-from <file>", "a list of changed files; - reads standard input")
    .option("--force-all", "select everything (also: FORCE_ALL=true)")
    .option("--only <backends>", "select these backends, separated by commas", (text) => text.split(","));
}
