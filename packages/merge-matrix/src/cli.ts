import { report } from "@fanfold-internal/kit/process/annotation";
import { type ExitCode, refused, runCommand } from "@fanfold-internal/kit/process/command";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { outputProblems } from "@fanfold-internal/kit/process/outputs";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { imagesInTwoLists } from "@fanfold-internal/matrix/image-lists";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { MAX_JOBS_PER_MATRIX } from "@fanfold-internal/matrix/shards";
import { Command, InvalidArgumentError, Option } from "commander";
import own from "../package.json" with { type: "json" };
import { MergeMatrixError } from "./error.ts";
import { groupEntries } from "./group.ts";
import { checkGroups } from "./group-checks.ts";
import { DEFAULT_KEYS, identifyByKeys, keyValues } from "./image-keys.ts";
import { checkKeys } from "./key-checks.ts";
import { type MergeItem, mergeItems } from "./merge-matrix.ts";

interface Flags {
  readonly minLegs: number;
  readonly by: readonly string[];
  readonly strict: boolean;
  readonly json: boolean;
}

/** The command `merge-matrix`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  return runCommand(program(host), args, host, own.version, () => import("./notes.ts"));
}

/** The command with its options. */
export function program(host: Host): Command {
  return new Command("merge-matrix")
    .description("Print the merge matrix of a build matrix: one item per image that is built in several legs.")
    .argument("[file]", 'JSON or YAML with a list "include"; - reads standard input', "-")
    .optionsGroup("What an image is:")
    .option("--min-legs <n>", "entries that make a group to merge", positive, 2)
    .addOption(
      new Option("--by <keys>", "keys in which the entries of one image agree, with commas")
        .argParser(keyList)
        .default(DEFAULT_KEYS, DEFAULT_KEYS.join(",")),
    )
    .option("--strict", "differing tag-latest values within an image are an error", false)
    .optionsGroup("Output:")
    .option("--json", "one line of JSON and nothing else on standard output", false)
    .action((file: string, flags: Flags) => {
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
      const identify = identifyByKeys(flags.by, list.entries);
      const groups = groupEntries(list.entries, identify);
      const split = imagesInTwoLists(matrix, identify);
      const found = [...checkGroups(groups, flags), ...checkKeys(groups)];
      for (const warning of matrix.warnings) report(host, warning);
      for (const { entry, key, ...diagnostic } of found) {
        report(host, { ...diagnostic, at: matrix.place("include", entry, key) });
      }
      for (const diagnostic of split) report(host, diagnostic);
      if (split.length > 0 || found.some(({ severity }) => severity === "error")) refused();
      const include = mergeItems(groups, flags.minLegs, (group) => keyValues(group, flags.by));
      if (host.env["GITHUB_OUTPUT"]) writeOutputs(host, include);
      host.stdout(flags.json ? jsonText({ include }) : `${JSON.stringify({ include }, null, 2)}\n`);
    });
}

function readMatrix(file: string, host: Host): MatrixFile {
  const name = nameOf(file);
  const text = readText(host, file, { what: "the matrix file", fix: "name a matrix file, or - for standard input" });
  const parsed = parseMatrixFile(text, name);
  if (parsed.kind === "ok") return parsed.value;
  throw new MergeMatrixError({
    code: "unreadable-input",
    message: `${name} is not a matrix file`,
    problems: parsed.problems,
  });
}

/** As the matrix of a job. @throws MergeMatrixError `outputs` */
function writeOutputs(host: Host, include: readonly MergeItem[]): void {
  const pairs = [
    ["merge-matrix", JSON.stringify({ include })],
    ["has-merges", String(include.length > 0)],
  ] as const;
  const problems: Diagnostic[] = [...outputProblems(pairs)];
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
  if (problems.length > 0)
    throw new MergeMatrixError({ code: "outputs", message: "the outputs cannot be written", problems });
  appendToRunnerFile(host, "GITHUB_OUTPUT", pairsText(pairs));
}

function keyList(text: string): readonly string[] {
  const keys = text.split(",").map((key) => key.trim());
  if (keys.includes("") || !keys.includes("tag-suffix"))
    throw new InvalidArgumentError("Expected keys with commas between them, tag-suffix among them: tag-suffix,image.");
  return keys;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Expected a whole number of at least 1.");
  return value;
}
