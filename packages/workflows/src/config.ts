import { compileInputs, DEFAULT_INPUTS, type Inputs, type InputsConfig } from "@fanfold/changed-backends";
import type { Place, Problem } from "@fanfold-internal/edge/fanfold-error";
import { checkShape } from "@fanfold-internal/edge/json-shape";
import type { MatrixFile } from "@fanfold-internal/edge/matrix-file";
import { type Parsed, type PathStep, parseYaml } from "@fanfold-internal/edge/yaml-source";
import { configSchema } from "./config-schema.ts";

export const DEFAULT_CONFIG: string = ".github/fanfold.yml";
export const DEFAULT_MATRIX: string = ".github/backend-matrix.yml";

/** A login of the build jobs, by the names of its secrets. */
export interface RegistryLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** What the generated workflows are made of; DESIGN section 8. */
export interface WorkflowConfig {
  /** Names the files: `<name>.yml`, `<name>_pr.yml`, … Default `backend`. */
  readonly name?: string;
  readonly branches?: readonly string[];
  readonly cron?: string;
  /** Jobs at once, per shard. */
  readonly "max-parallel"?: number;
  readonly "timeout-minutes"?: number;
  /** Of records and plan. */
  readonly "retention-days"?: number;
  /** `60GB` */
  readonly "need-disk"?: string;
  /** Build argument to text with `{key}` placeholders of the entry. */
  readonly "build-args"?: Readonly<Record<string, string>>;
  readonly cache?: { readonly ref: string; readonly mode?: "min" | "max" };
  readonly registries?: readonly RegistryLogin[];
  readonly merge?: "batch" | "matrix";
  /** Whether the generated build workflow is an input of every entry it builds. Default true. */
  readonly "rebuild-on-change"?: boolean;
  /** Hand-written reusable workflows for lists other than `include`. */
  readonly lists?: Readonly<
    Record<string, { readonly uses: string; readonly with?: Readonly<Record<string, string | number | boolean>> }>
  >;
}

/** One family of images and workflows. */
export interface Config extends InputsConfig {
  readonly matrix?: string;
  /** Repositories that every group is published to. */
  readonly images?: readonly string[];
  readonly workflow?: WorkflowConfig;
}

/** A config that has been read; `file: null`: there is none, and the defaults hold. */
export interface LoadedConfig {
  readonly file: string | null;
  readonly config: Config;
  place(path: readonly PathStep[]): Place;
}

/** Without a config: the rules that need none, and images that nobody named. */
export const NO_CONFIG: LoadedConfig = { file: null, config: DEFAULT_INPUTS, place: () => ({ file: DEFAULT_CONFIG }) };

export function parseConfig(text: string, file: string): Parsed<LoadedConfig> {
  const source = parseYaml(text, file);
  if (source.kind === "invalid") return source;
  const shape = checkShape<Config>(configSchema, source.value);
  if (shape.kind === "invalid") return shape;
  return {
    kind: "ok",
    value: {
      file,
      config: { ...shape.value, inputs: shape.value.inputs ?? DEFAULT_INPUTS.inputs },
      place: source.value.place,
    },
  };
}

/** The rules of a config, checked against the keys and lists of its matrix. */
export function configInputs({ config, place, file }: LoadedConfig, matrix: MatrixFile): Parsed<Inputs> {
  const keys = new Set(matrix.lists.flatMap(({ entries }) => entries.flatMap(Object.keys)));
  // The default rules are right for a matrix without these keys, too: they then apply to nothing.
  if (file === null || config.inputs === DEFAULT_INPUTS.inputs)
    for (const key of ["dockerfile", "context"]) keys.add(key);
  const { inputs, problems } = compileInputs(config, { keys, lists: matrix.lists.map(({ name }) => name) });
  if (problems.length === 0) return { kind: "ok", value: inputs };
  return {
    kind: "invalid",
    problems: problems.map(({ path, ...problem }): Problem => ({ ...problem, at: place(path) })),
  };
}

/** The name that the generated files begin with. */
export function workflowName(config: Config): string {
  return config.workflow?.name ?? "backend";
}

/** The generated reusable build workflow, from the repository's root. */
export function buildWorkflowPath(config: Config): string {
  return `.github/workflows/${workflowName(config)}_build.yml`;
}

/** Whether two configs build and publish the same images from the same entries. */
export function sameBuild(left: Config, right: Config): boolean {
  const built = ({ images, workflow }: Config) =>
    JSON.stringify([images ?? [], Object.entries(workflow?.["build-args"] ?? {}).sort()]);
  return built(left) === built(right);
}
