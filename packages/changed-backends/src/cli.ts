import { report } from "@fanfold-internal/kit/process/annotation";
import { type ExitCode, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { outputProblems } from "@fanfold-internal/kit/process/outputs";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { parseShardLimits } from "@fanfold-internal/matrix/shards";
import { Command } from "commander";
import own from "../package.json" with { type: "json" };
import { ChangedBackendsError } from "./base/error.ts";
import { requestComparison } from "./command/comparison-request.ts";
import { CHANGE_FLAGS, type ChangeFlags } from "./command/flags.ts";
import { readMatrix } from "./command/matrix-input.ts";
import { selectionOutputs } from "./command/outputs.ts";
import { renderSelection, selectionDocument, selectionSummary } from "./command/render-selection.ts";
import { readRules } from "./command/rules-file.ts";
import { selectChanges } from "./command/select-changes.ts";
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
  return runCommand(program(host), args, host, own.version, () => import("./notes.ts"));
}

/** The command with its options. */
export function program(host: Host): Command {
  const made = new Command("changed-backends")
    .description("Print which entries of a build matrix a change touches, and why.")
    .optionsGroup("Files:")
    .option("--matrix <file>", `the matrix file (default: ${MATRIX})`)
    .option("--inputs <file>", "rules: which files an entry is built from, beside what its Dockerfile reads")
    .optionsGroup("Output:")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>")
    .option("--json", "one JSON document and nothing else on standard output", false);
  for (const { group, flags, description, parse } of CHANGE_FLAGS) {
    made.optionsGroup(group);
    if (parse === undefined) made.option(flags, description);
    else made.option(flags, description, parse);
  }
  return made.action(async (flags: Flags) => {
    const limits = parseShardLimits(flags.shards);
    const request = await requestComparison(flags, host);
    const named = (file: string): string => fromRoot(request.root, host.cwd, file);
    const matrixPath = flags.matrix === undefined ? MATRIX : named(flags.matrix);
    const matrix = await readMatrix(request, matrixPath);
    const { lists } = matrix;
    const rules = await readRules(request, flags.inputs === undefined ? undefined : named(flags.inputs), matrix);
    const changes = await selectChanges(request, { matrix, matrixPath, ...rules });
    const warnings = [...matrix.warnings, ...changes.warnings];
    for (const warning of warnings) report(host, warning);

    const outputs = selectionOutputs(lists, changes.selection, limits);
    const problems = outputProblems(outputs);
    if (problems.length > 0) {
      throw new ChangedBackendsError({ code: "outputs", message: "the outputs cannot be written", problems });
    }
    const document = selectionDocument(lists, request.event, { ...changes, warnings });
    // The outputs last: jobs are started by them.
    appendToRunnerFile(host, "GITHUB_STEP_SUMMARY", selectionSummary(document, lists));
    appendToRunnerFile(host, "GITHUB_OUTPUT", pairsText(outputs));
    host.stdout(flags.json ? jsonText(document) : renderSelection(document, lists));
  });
}
