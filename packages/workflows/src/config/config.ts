import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { compileInputs, DEFAULT_INPUTS, type InputRuleConfig, type Inputs } from "@fanfold/changed-backends";
import type { Place, Problem } from "@fanfold-internal/kit/process/errors";
import { checkShape } from "@fanfold-internal/kit/read/json-shape";
import { type Parsed, type PathStep, parseYaml, type YamlSource } from "@fanfold-internal/kit/read/yaml-source";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { Config } from "./config-data.ts";
import { validateConfig } from "./config-validator.ts";

export type { Config, RegistryLogin, WorkflowConfig } from "./config-data.ts";

export const DEFAULT_CONFIG: string = ".github/fanfold.yml";
export const DEFAULT_MATRIX: string = ".github/backend-matrix.yml";

/** A config that has been read; `file: null`: there is none, and the defaults hold. */
export interface LoadedConfig {
  readonly file: string | null;
  readonly config: Config;
  readonly warnings: readonly Problem[];
  place(path: readonly PathStep[]): Place;
}

/** Without a config: the rules that need none, and images that nobody named. */
export const NO_CONFIG: LoadedConfig = {
  file: null,
  config: DEFAULT_INPUTS,
  warnings: [],
  place: () => ({ file: DEFAULT_CONFIG }),
};

/** Reads a config's text, with all its faults at once. */
export function parseConfig(text: string, file: string): Parsed<LoadedConfig> {
  const source = parseYaml(text, file);
  if (source.kind === "invalid") return source;
  // A file of comments alone sets nothing.
  const shape = checkShape(validateConfig, { ...source.value, value: source.value.value ?? {} });
  if (shape.kind === "invalid") return shape;
  const { matrix } = shape.value;
  const path = matrix === undefined ? undefined : pathInRepository(matrix);
  if (matrix !== undefined && path === undefined) {
    const message = `matrix: expected a file below the repository's root, found ${JSON.stringify(matrix)}`;
    const fix = `write its path from the root, such as ${DEFAULT_MATRIX}`;
    return { kind: "invalid", problems: [{ message, at: source.value.place(["matrix"]), fix }] };
  }
  return {
    kind: "ok",
    value: {
      file,
      config: {
        ...shape.value,
        ...(path === undefined ? {} : { matrix: path }),
        inputs: shape.value.inputs ?? DEFAULT_INPUTS.inputs,
      },
      warnings: numberWarnings(source.value),
      place: source.value.place,
    },
  };
}

/** As git writes it, which is what changed files are compared with; undefined: it leads out of the repository, or to no file. */
function pathInRepository(text: string): string | undefined {
  const path = posix.normalize(text);
  const leadsOut = posix.isAbsolute(path) || path === ".." || path.startsWith("../") || path.includes("\\");
  return leadsOut || path === "." || path.endsWith("/") ? undefined : path;
}

/** The rules of a config, checked against the keys and lists of its matrix. */
export function configInputs({ config, place }: LoadedConfig, matrix: MatrixFile): Parsed<Inputs> {
  const { inputs, problems } = compileInputs(config, {
    keys: knownKeys(config, matrix),
    lists: matrix.lists.map(({ name }) => name),
  });
  if (problems.length === 0) return { kind: "ok", value: inputs };
  return {
    kind: "invalid",
    problems: problems.map(({ path, ...problem }): Problem => ({ ...problem, at: place(path) })),
  };
}

/** The keys that rules may name in conditions and placeholders. */
export function knownKeys({ inputs }: Config, { lists }: MatrixFile): ReadonlySet<string> {
  const entries = lists.flatMap((list) => list.entries);
  const keys = new Set(entries.flatMap(Object.keys));
  // The default rules are right for a matrix without these keys, too: they then apply to nothing.
  if (inputs === DEFAULT_INPUTS.inputs) for (const key of ["dockerfile", "context"]) keys.add(key);
  // A matrix that is still, or again, empty knows no key, and proves none wrong.
  if (entries.length === 0) for (const key of inputs.flatMap(keysNamedBy)) keys.add(key);
  return keys;
}

function keysNamedBy({ paths, except = [], when = {}, unless = {} }: InputRuleConfig): readonly string[] {
  const placeholders = [...paths, ...except].flatMap((glob) => [...glob.matchAll(/\{([A-Za-z_][A-Za-z0-9_-]*)\}/g)]);
  return [...placeholders.map(([, key = ""]) => key), ...Object.keys(when), ...Object.keys(unless)];
}

function numberWarnings({ alteredNumbers }: YamlSource): readonly Problem[] {
  return alteredNumbers.map(({ place, written, read }) => ({
    message: `unquoted ${written} is read as the number ${read}`,
    at: place,
    fix: `quote it to keep it as written: "${written}"`,
  }));
}

/** The name that the generated files begin with. */
export function workflowName(config: Config): string {
  return config.workflow?.name ?? "backend";
}

/** The generated reusable build workflow, from the repository's root. */
export function buildWorkflowPath(config: Config): string {
  return `.github/workflows/${workflowName(config)}_build.yml`;
}

/**
 * Whether two configs build the same entries in the same way and publish them to the same repositories: what a change of
 * anything else means (rules, schedules, timeouts, logins) is not that an image must be built again.
 */
export function sameBuild(left: Config, right: Config): boolean {
  return isDeepStrictEqual(buildOf(left), buildOf(right));
}

function buildOf({ matrix = DEFAULT_MATRIX, images = [], workflow = {} }: Config): unknown {
  const { "build-args": buildArgs = {}, cache, lists = {} } = workflow;
  return { matrix, images: images.toSorted(), buildArgs, cache, lists };
}
