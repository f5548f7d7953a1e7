import { reportProblem } from "@fanfold-internal/kit/process/annotation";
import { type ExitCode, refused, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { outputProblems } from "@fanfold-internal/kit/process/outputs";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { MAX_JOBS_PER_MATRIX } from "@fanfold-internal/matrix/shard-cut";
import { Command, InvalidArgumentError } from "commander";
import own from "../package.json" with { type: "json" };
import { groupEntries } from "./group.ts";
import { judgeGroups } from "./group-verdict.ts";
import { MergeMatrixError } from "./merge-matrix-error.ts";
import { type MergeItem, mergeItems } from "./merge-plan.ts";

/** The command `merge-matrix`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const program = new Command("merge-matrix")
    .description("Print the merge matrix of a build matrix: one item per image that is built in several legs.")
    .argument("[file]", 'JSON or YAML with a list "include"; - reads standard input', "-")
    .option("--min-legs <n>", "entries that make a group to merge", positive, 2)
    .option("--strict", "differing tag-latest values within an image are an error", false)
    .option("--json", "one line of JSON and nothing else on standard output", false)
    .action((file: string, flags: { minLegs: number; strict: boolean; json: boolean }) => {
      const matrix = readMatrix(file, host);
      const list = matrix.lists.find(({ name }) => name === "include");
      if (list === undefined) {
        throw new MergeMatrixError({
          code: "unreadable-input",
          message: 'no list "include"',
          at: { file: matrix.file },
          fix: "name the list of build jobs include",
        });
      }
      const groups = groupEntries(list.entries);
      const verdicts = judgeGroups(groups, flags);
      for (const warning of matrix.warnings) reportProblem(host, "warning", warning);
      for (const { severity, message, fix, entry, key } of verdicts) {
        reportProblem(host, severity, { message, fix, at: matrix.place("include", entry, key) });
      }
      if (verdicts.some(({ severity }) => severity === "error")) refused();
      const include = mergeItems(groups, flags.minLegs);
      if (host.env["GITHUB_OUTPUT"]) writeOutputs(host, include);
      host.stdout(`${JSON.stringify({ include }, null, flags.json ? 0 : 2)}\n`);
    });
  return runCommand(program, args, host, own.version);
}

function readMatrix(file: string, host: Host): MatrixFile {
  const name = nameOf(file);
  const text = readText(host, file, { what: "the matrix file", fix: "name a matrix file, or - for standard input" });
  const parsed = parseMatrixFile(text, name);
  if (parsed.kind === "ok") return parsed.value;
  throw new MergeMatrixError({
    code: "unreadable-input",
    message: `${name} is no matrix file`,
    problems: parsed.problems,
  });
}

/** As the matrix of a job. @throws MergeMatrixError `outputs` */
function writeOutputs(host: Host, include: readonly MergeItem[]): void {
  const pairs = [
    ["merge-matrix", JSON.stringify({ include })],
    ["has-merges", String(include.length > 0)],
  ] as const;
  const problems = [...outputProblems(pairs)];
  if (include.length > MAX_JOBS_PER_MATRIX) {
    // https://docs.github.com/actions/reference/limits
    const message = `${include.length} images to merge, and a job's matrix takes ${MAX_JOBS_PER_MATRIX}`;
    problems.push({
      code: "matrix-too-large",
      severity: "error",
      message,
      fix: "merge them in one job: digest-tools merge-all, with a plan of fanfold plan",
    });
  }
  if (problems.length > 0) throw new MergeMatrixError({ code: "outputs", message: "outputs are refused", problems });
  appendToRunnerFile(host, "GITHUB_OUTPUT", pairsText(pairs));
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Expected a whole number of at least 1.");
  return value;
}
