import type { ComparisonRequest, SelectionInput } from "@fanfold/changed-backends";
import { checkOwnPaths, fromRoot, InputFileError } from "@fanfold/changed-backends/internal";
import type { Metadata } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import type { Parsed } from "@fanfold-internal/kit/read/yaml-source";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { BakeMatrix } from "../bake/bake-matrix.ts";
import { WorkflowsError } from "../base/error.ts";
import { bakeIdentity, checkBakeIdentity } from "./bake-identity.ts";
import {
  bakeSpec,
  buildWorkflowPath,
  configInputs,
  DEFAULT_CONFIG,
  DEFAULT_MATRIX,
  generatedPaths,
  type LoadedConfig,
  NO_CONFIG,
  parseConfig,
  sameBuild,
} from "./config.ts";
import { findConfigs, lookForConfigs } from "./config-files.ts";
import { bakedBuilds, entryBuilds } from "./entry-builds.ts";
import { checkEntryKeys } from "./entry-keys.ts";
import { type FamilyIdentity, familyIdentity } from "./identity.ts";
import { checkIdentity, hidesImages } from "./identity-checks.ts";
import { checkImages } from "./image-checks.ts";
import { configMetadata } from "./metadata.ts";
import { sameWorkflow } from "./workflow-meaning.ts";

export interface FileFlags {
  /** As typed, from where the command runs. */
  readonly config?: string | undefined;
  readonly matrix?: string | undefined;
}

/** The files of a family, from the repository's root; undefined: its default. */
export interface FamilyPaths {
  readonly config: string | undefined;
  readonly matrix: string | undefined;
}

/** Where the files are read from: the work tree, or a commit. */
export type FileSource = Pick<ComparisonRequest, "readInput" | "root">;

/** Config and matrix of a family, read and compiled. */
export interface Family {
  readonly config: LoadedConfig;
  readonly matrix: MatrixFile;
  readonly ground: SelectionInput;
  /** What tells its images apart, and where each goes. */
  readonly identity: FamilyIdentity;
  /** What their tags and labels are made by. */
  readonly metadata: Metadata;
  /** Whether its matrix is made of bake files. */
  readonly baked: boolean;
  /** What is wrong with the images and entries of all lists, and with what the config makes of them. */
  readonly matrixFindings: readonly Diagnostic[];
}

/** Paths as typed, from the repository's root. */
export function familyPaths(root: string, cwd: string, { config, matrix }: FileFlags): FamilyPaths {
  return {
    config: config === undefined ? undefined : fromRoot(root, cwd, config),
    matrix: matrix === undefined ? undefined : fromRoot(root, cwd, matrix),
  };
}

/** Where bake files are evaluated. */
export type FamilyHost = Pick<Host, "env" | "debug">;

/** With no PATH no program is found. */
const NOWHERE: FamilyHost = { env: {} };

/** Reads the files of one family; bake files among them are evaluated in `host`, and refused without one (null). @throws WorkflowsError `unreadable-input`, `bad-rule`, with all their faults */
export async function readFamily(
  source: FileSource,
  paths: FamilyPaths,
  host: FamilyHost | null = NOWHERE,
): Promise<Family> {
  const config = await readConfig(source, paths);
  const { matrix, baked } = await readMatrix(source, { config, path: paths.matrix, host });
  return familyOf(config, matrix, baked);
}

/** The family of a config and a matrix. @throws WorkflowsError `bad-rule` */
export function familyOf(config: LoadedConfig, matrix: MatrixFile, baked: BakeMatrix | undefined): Family {
  const matrixPath = matrix.file;
  const inputs = accept(configInputs(config, matrix), "rules are refused", "bad-rule");
  const own = matrix.lists.flatMap(({ name, entries }) => checkOwnPaths(name, entries));
  if (own.length > 0) {
    const problems = own.map(({ path: [list = "", entry], ...problem }) => ({
      ...problem,
      at: matrix.place(String(list), Number(entry), "paths"),
    }));
    throw new WorkflowsError({ code: "bad-rule", message: "globs are refused", problems });
  }
  const identity = baked === undefined ? familyIdentity(config.config, matrix.lists) : bakeIdentity(config.config);
  const { metadata, findings, legFindings } = configMetadata(config, matrix, identity.identify);
  if (baked !== undefined) {
    return {
      config,
      matrix,
      ground: {
        ...ground(config, matrix, matrixPath, { inputs, identify: identity.identify }),
        buildOf: bakedBuilds(config),
        matrixSource: baked.source,
      },
      identity,
      metadata,
      baked: true,
      matrixFindings: [
        ...baked.findings,
        ...checkBakeIdentity(config, matrix, identity),
        ...findings,
        ...checkImages(matrix, identity.identify),
        ...legFindings,
      ],
    };
  }
  const unknown = checkIdentity(config, matrix, identity);
  return {
    config,
    matrix,
    ground: ground(config, matrix, matrixPath, { inputs, identify: identity.identify }),
    identity,
    metadata,
    baked: false,
    matrixFindings: [
      ...unknown,
      ...findings,
      // Of entries whose images nobody knows there is no more to say.
      ...(hidesImages(unknown) ? [] : [...checkImages(matrix, identity.identify), ...legFindings]),
      ...checkEntryKeys(config.config, matrix, metadata),
    ],
  };
}

interface MatrixRequest {
  readonly config: LoadedConfig;
  /** That a flag names. */
  readonly path: string | undefined;
  readonly host: FamilyHost | null;
}

async function readMatrix(
  source: FileSource,
  { config, path, host }: MatrixRequest,
): Promise<{ readonly matrix: MatrixFile; readonly baked: BakeMatrix | undefined }> {
  const spec = bakeSpec(config.config, path);
  if (spec !== undefined) {
    if (host === null) throw notEvaluated(spec.files[0]);
    // Loaded only here: few matrices are bake files.
    const { readBakeMatrix } = await import("../bake/bake-matrix.ts");
    const runners = config.config.workflow?.runners ?? {};
    const readBake = (file: string): Promise<string> =>
      spec.files.includes(file) ? read(source, file, "the bake file") : source.readInput(file);
    const baked = await readBakeMatrix(spec, readBake, { host, root: source.root, runners });
    return { matrix: baked.matrix, baked };
  }
  const written = config.config.matrix;
  const file = path ?? (typeof written === "string" ? written : DEFAULT_MATRIX);
  const text = await read(source, file, "the matrix file");
  return { matrix: accept(parseMatrixFile(text, file), "the matrix file is not usable"), baked: undefined };
}

/** Images whose legs could not be merged, or whose records would be mistaken for others'. @throws WorkflowsError `bad-group` */
export function refuseBadGroups({ matrixFindings }: Family): void {
  const problems = matrixFindings.filter(({ severity }) => severity === "error");
  if (problems.length > 0)
    throw new WorkflowsError({
      code: "bad-group",
      message: "the images of this matrix file and config cannot be planned",
      problems,
    });
}

function ground(
  config: LoadedConfig,
  matrix: MatrixFile,
  matrixPath: string,
  compiled: Pick<SelectionInput, "inputs" | "identify">,
): SelectionInput {
  const rebuilds = config.file !== null && config.config.workflow?.["rebuild-on-change"] !== false;
  const path = config.file ?? DEFAULT_CONFIG;
  return {
    matrix,
    matrixPath,
    ...compiled,
    buildOf: entryBuilds(config),
    // Also where there is none: one that was there at the base named images that are published no more.
    config: { path, sameBuild: (base) => buildsLike(base, path, config) },
    generated: config.file === null ? [] : generatedPaths(config.config),
    ...(rebuilds
      ? { workflow: { path: buildWorkflowPath(config.config), lists: ["include"], sameBuild: sameWorkflow } }
      : {}),
  };
}

// A config that was unreadable at the base, or was not there, told nobody what to build.
function buildsLike(base: string | undefined, path: string, { config }: LoadedConfig): boolean {
  const before = configOf(base, path);
  return before !== undefined && sameBuild(before, config);
}

/**
 * Whether two texts of a config build the same entries in the same way and publish them to the same repositories;
 * undefined: there is none. Of what cannot be read nobody knows.
 */
export function buildsAlike(left: string | undefined, right: string | undefined, path: string): boolean {
  const [one, other] = [left, right].map((text) => (text === undefined ? NO_CONFIG.config : configOf(text, path)));
  return one !== undefined && other !== undefined && sameBuild(one, other);
}

function configOf(text: string | undefined, path: string): LoadedConfig["config"] | undefined {
  const parsed = text === undefined ? undefined : parseConfig(text, path);
  return parsed?.kind === "ok" ? parsed.value.config : undefined;
}

async function readConfig(source: FileSource, { config: path, matrix }: FamilyPaths): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await source.readInput(path ?? DEFAULT_CONFIG);
  } catch (cause) {
    if (path === undefined && isAbsent(cause)) {
      // The defaults hold, unless there is a config that is only spelled otherwise, or there are others to choose from.
      const named = findConfigs(source.root).filter((config) => config !== DEFAULT_CONFIG);
      if (named.length > 0 && matrix === undefined) throw noDefault(named, cause);
      return NO_CONFIG;
    }
    throw unreadable("the config", path ?? DEFAULT_CONFIG, cause, otherConfigs(source.root, cause));
  }
  return accept(parseConfig(text, path ?? DEFAULT_CONFIG), "the config is not usable");
}

async function read(source: FileSource, path: string, what: string): Promise<string> {
  try {
    return await source.readInput(path);
  } catch (cause) {
    throw unreadable(what, path, cause);
  }
}

/** Whether there is no such file; one that may not be read, say, is there. */
function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "");
}

// The system's own message names the path on this machine.
function whyUnread(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === "ENOENT") return "is not there";
  return `cannot be read: ${code ?? reasonOf(error)}`;
}

/** The repository has families, and none that is meant without a name. */
function noDefault(named: readonly string[], cause: unknown): WorkflowsError {
  const [first] = named;
  const one = named.length === 1;
  return new WorkflowsError({
    code: "unreadable-input",
    message: `the config is not there; ${one ? "there is" : "there are"} ${named.join(", ")}`,
    at: { file: DEFAULT_CONFIG },
    fix: one ? `name it: --config ${first}` : `name one of them, such as --config ${first}`,
    cause,
  });
}

/** What to do about a config that is not there, where there are others. */
function otherConfigs(root: string, cause: unknown): string | undefined {
  if (!isAbsent(cause)) return undefined;
  const { configs } = lookForConfigs(root);
  return configs.length === 0 ? undefined : `name one that is there: ${configs.join(", ")}`;
}

function notEvaluated(file: string): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: "bake files of former commits are not evaluated",
    at: { file },
    fix: "replay by the files of today: --rules now",
  });
}

function unreadable(what: string, file: string, cause: unknown, fix?: string): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: `${what} ${whyUnread(cause)}`,
    at: { file },
    fix:
      (cause instanceof InputFileError ? cause.fix : undefined) ??
      fix ??
      "name it with --matrix or --config, check it out, or write a first one with fanfold init",
    cause,
  });
}

function accept<T>(parsed: Parsed<T>, message: string, code: "unreadable-input" | "bad-rule" = "unreadable-input"): T {
  if (parsed.kind === "ok") return parsed.value;
  throw new WorkflowsError({ code, message, problems: parsed.problems });
}
