import { type ChangeRequest, checkOwnPaths, fromRoot, type Ground } from "@fanfold/changed-backends";
import { groupEntries, judgeGroups, type Verdict } from "@fanfold/merge-matrix";
import type { Place, Problem } from "@fanfold-internal/edge/fanfold-error";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/edge/matrix-file";
import type { Parsed } from "@fanfold-internal/edge/yaml-source";
import {
  buildWorkflowPath,
  configInputs,
  DEFAULT_CONFIG,
  DEFAULT_MATRIX,
  type LoadedConfig,
  NO_CONFIG,
  parseConfig,
  sameBuild,
} from "./config.ts";
import { WorkflowsError } from "./workflows-error.ts";

export interface FileFlags {
  /** As typed, from where the command runs. */
  readonly config?: string | undefined;
  readonly matrix?: string | undefined;
}

/** Config and matrix of a family, read and compiled. */
export interface Family {
  readonly config: LoadedConfig;
  readonly matrix: MatrixFile;
  readonly ground: Ground;
  /** Of every list. */
  readonly verdicts: readonly (Verdict & { readonly at: Place })[];
}

/** Reads the files of one family. @throws WorkflowsError `unreadable-input`, `bad-rule`, with all their faults */
export async function readFamily(
  request: Pick<ChangeRequest, "root" | "readInput">,
  flags: FileFlags,
  cwd: string,
): Promise<Family> {
  const config = await readConfig(
    request,
    flags.config === undefined ? undefined : fromRoot(request.root, cwd, flags.config),
  );
  const matrixPath =
    flags.matrix === undefined ? (config.config.matrix ?? DEFAULT_MATRIX) : fromRoot(request.root, cwd, flags.matrix);
  const matrix = accept(
    parseMatrixFile(await read(request, matrixPath, "the matrix file"), matrixPath),
    "the matrix file is not usable",
  );
  const inputs = accept(configInputs(config, matrix), "rules are refused", "bad-rule");
  const own = matrix.lists.flatMap(({ name, entries }) => checkOwnPaths(name, entries));
  if (own.length > 0) {
    const problems = own.map(({ path: [list = "", entry], ...problem }) => ({
      ...problem,
      at: matrix.place(String(list), Number(entry), "paths"),
    }));
    throw new WorkflowsError({ code: "bad-rule", message: "globs are refused", problems });
  }
  return { config, matrix, ground: ground(config, matrix, matrixPath, inputs), verdicts: judge(matrix) };
}

/** Verdicts on all groups, with the places of what they are about. */
function judge(matrix: MatrixFile): Family["verdicts"] {
  return matrix.lists.flatMap(({ name, entries }) =>
    judgeGroups(groupEntries(entries)).map((verdict) => ({
      ...verdict,
      at: matrix.place(name, verdict.entry, verdict.key),
    })),
  );
}

function ground(config: LoadedConfig, matrix: MatrixFile, matrixPath: string, inputs: Ground["inputs"]): Ground {
  const { file } = config;
  const rebuilds = file !== null && config.config.workflow?.["rebuild-on-change"] !== false;
  return {
    matrix,
    matrixPath,
    inputs,
    ...(file === null
      ? {}
      : { config: { path: file, sameBuild: (base: string | undefined) => buildsAlike(base, config) } }),
    ...(rebuilds ? { workflow: { path: buildWorkflowPath(config.config), lists: ["include"] } } : {}),
  };
}

// A config that was unreadable at the base, or was not there, told nobody what to build.
function buildsAlike(base: string | undefined, { config, file }: LoadedConfig): boolean {
  const before = base === undefined || file === null ? undefined : parseConfig(base, file);
  return before?.kind === "ok" && sameBuild(before.value.config, config);
}

async function readConfig(
  request: Pick<ChangeRequest, "root" | "readInput">,
  path: string | undefined,
): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await request.readInput(path ?? DEFAULT_CONFIG);
  } catch (cause) {
    if (path === undefined) return NO_CONFIG;
    throw unreadable("the config", path, cause);
  }
  return accept(parseConfig(text, path ?? DEFAULT_CONFIG), "the config is not usable");
}

async function read(request: Pick<ChangeRequest, "readInput">, path: string, what: string): Promise<string> {
  try {
    return await request.readInput(path);
  } catch (cause) {
    throw unreadable(what, path, cause);
  }
}

function unreadable(what: string, file: string, cause: unknown): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    at: { file },
    fix: "name it with --matrix or --config, check it out, or write a first one with fanfold init",
    cause,
  });
}

function accept<T>(parsed: Parsed<T>, message: string, code: "unreadable-input" | "bad-rule" = "unreadable-input"): T {
  if (parsed.kind === "ok") return parsed.value;
  const problems: readonly Problem[] = parsed.problems;
  throw new WorkflowsError({ code, message, problems });
}
