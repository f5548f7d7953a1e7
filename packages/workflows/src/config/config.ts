import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { compileInputs, DEFAULT_INPUTS, type InputRuleConfig, type Inputs } from "@fanfold/changed-backends/internal";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { checkShape } from "@fanfold-internal/kit/read/json-shape";
import { emptyKeyProblems, numberWarnings } from "@fanfold-internal/kit/read/yaml-slips";
import { type Parsed, type PathStep, parseYaml, type YamlSource } from "@fanfold-internal/kit/read/yaml-source";
import { templateKeysOf } from "@fanfold-internal/matrix/entry-values";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { type BakeSpec, isBakePath, variableFault } from "../bake/bake-spec.ts";
import type { Config } from "../keys/config-data.ts";
import { validateConfig } from "../keys/config-validator.ts";
import { foreignKeyFix } from "../keys/foreign-keys.ts";
import { buildOf } from "../keys/key-table.ts";
import { TOP_KEYS, WORKFLOW_KEYS } from "../keys/keys.ts";

export type { Config, RegistryLogin, WorkflowConfig } from "../keys/config-data.ts";

export const DEFAULT_CONFIG: string = ".github/fanfold.yml";
export const DEFAULT_MATRIX: string = TOP_KEYS.matrix.default;

/** A config that has been read; `file: null`: there is none, and the defaults hold. */
export interface LoadedConfig {
  readonly file: string | null;
  readonly config: Config;
  readonly warnings: readonly Diagnostic[];
  /** Where the config says what stands at a path of keys and positions; the file alone for what it does not say. */
  place(path: readonly PathStep[]): Place;
}

/** Without a config: the rules that need none, and images that nobody named. */
export const NO_CONFIG: LoadedConfig = {
  file: null,
  config: DEFAULT_INPUTS,
  warnings: [],
  place: () => ({ file: DEFAULT_CONFIG }),
};

/** What reading a config finds, besides what its schema says. */
export const CONFIG_CODES = {
  "matrix-outside": "`matrix` does not name a file below the repository's root.",
  "withheld-variable":
    "`bake.variables` names a variable that bake files never see: tokens, and those of buildx itself.",
  "moved-key": "A key stands where it used to stand, under `workflow`; it belongs under `build`.",
} as const;

type ConfigCode = keyof typeof CONFIG_CODES;

/** Reads a config's text; all that is wrong with it is reported at once. */
export function parseConfig(text: string, file: string): Parsed<LoadedConfig> {
  const parsed = parseYaml(text, file);
  if (parsed.kind === "invalid") return parsed;
  const source = parsed.value;
  // A file of comments alone sets nothing.
  const moved = [...movedKeys(source), ...foreignBuildKeys(source)];
  const shape = checkShape(validateConfig, { ...source, value: withoutMoved(source.value ?? {}) });
  const slips = [...emptyKeyProblems(source), ...moved];
  if (shape.kind === "invalid" || slips.length > 0) {
    return { kind: "invalid", problems: [...slips, ...(shape.kind === "invalid" ? shape.problems : [])] };
  }
  const { matrix } = shape.value;
  const problems = [...outsideProblems(matrix, source), ...variableProblems(shape.value, source)];
  if (problems.length > 0) return { kind: "invalid", problems };
  return {
    kind: "ok",
    value: {
      file,
      config: {
        ...shape.value,
        ...(matrix === undefined ? {} : { matrix: inRepository(matrix) }),
        inputs: shape.value.inputs ?? DEFAULT_INPUTS.inputs,
      },
      warnings: numberWarnings(source),
      place: source.place,
    },
  };
}

type MatrixValue = NonNullable<Config["matrix"]>;

function filesOf(matrix: MatrixValue): readonly string[] {
  return typeof matrix === "string" ? [matrix] : matrix.files;
}

function inRepository(matrix: MatrixValue): MatrixValue {
  const path = (text: string): string => pathInRepository(text) ?? text;
  return typeof matrix === "string" ? path(matrix) : { ...matrix, files: matrix.files.map(path) };
}

function outsideProblems(matrix: MatrixValue | undefined, { place }: YamlSource): readonly Diagnostic<ConfigCode>[] {
  if (matrix === undefined) return [];
  return filesOf(matrix).flatMap((file, index): readonly Diagnostic<ConfigCode>[] => {
    if (pathInRepository(file) !== undefined) return [];
    return [
      {
        code: "matrix-outside",
        severity: "error",
        message: `matrix: expected a file below the repository's root, found ${JSON.stringify(file)}`,
        at: place(typeof matrix === "string" ? ["matrix"] : ["matrix", "files", index]),
        fix: `write its path from the root, such as ${DEFAULT_MATRIX}`,
      },
    ];
  });
}

function variableProblems({ bake }: Config, { place }: YamlSource): readonly Diagnostic<ConfigCode>[] {
  return (bake?.variables ?? []).flatMap((name, index): readonly Diagnostic<ConfigCode>[] => {
    const fault = variableFault(name);
    if (fault === undefined) return [];
    return [
      {
        code: "withheld-variable",
        severity: "error",
        message: `bake.variables: ${name} ${fault}`,
        at: place(["bake", "variables", index]),
        fix: "hand a secret to the build itself: secret of the target, and workflow.secrets",
      },
    ];
  });
}

/** The bake files that a matrix is made of; undefined: it is a matrix file. `path`: one that a flag names. */
export function bakeSpec({ matrix, bake }: Config, path?: string): BakeSpec | undefined {
  const variables = bake?.variables ?? [];
  const named = path ?? matrix;
  if (named === undefined) return undefined;
  if (typeof named === "string") return isBakePath(named) ? { files: [named], targets: [], variables } : undefined;
  const [first, ...others] = named.files;
  return first === undefined ? undefined : { files: [first, ...others], targets: named.targets ?? [], variables };
}

/** Keys of `workflow` that stand under `build`, since they say how an entry is built and not in which jobs. */
const MOVED: Readonly<Record<string, string>> = {
  "build-args": "write build: { args: … }",
  "required-build-args": "write build: { required-args: … }",
  cache: "write build: { cache: { type: registry, ref: …, mode: … } }",
};

function movedKeys({ value, placeOfKey }: YamlSource): readonly Diagnostic<ConfigCode>[] {
  const workflow = isJsonObject(value) ? value["workflow"] : undefined;
  return Object.keys(isJsonObject(workflow) ? workflow : {}).flatMap((key): readonly Diagnostic<ConfigCode>[] => {
    const fix = Object.hasOwn(MOVED, key) ? MOVED[key] : undefined;
    if (fix === undefined) return [];
    const message = `workflow: the key ${JSON.stringify(key)} belongs under build`;
    return [{ code: "moved-key", severity: "error", message, at: placeOfKey(["workflow", key]), fix }];
  });
}

function withoutMoved(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const without = (name: string, refused: (key: string) => boolean): JsonObject => {
    const map = value[name];
    if (!isJsonObject(map)) return {};
    return { [name]: Object.fromEntries(Object.entries(map).filter(([key]) => !refused(key))) };
  };
  return {
    ...value,
    ...without("workflow", (key) => Object.hasOwn(MOVED, key)),
    ...without("build", (key) => foreignInBuild(key) !== undefined),
  };
}

/** What the schema would call unknown, with a name that is near by chance. */
function foreignBuildKeys({ value, placeOfKey }: YamlSource): readonly Diagnostic<"foreign-key">[] {
  const build = isJsonObject(value) ? value["build"] : undefined;
  return Object.keys(isJsonObject(build) ? build : {}).flatMap((key): readonly Diagnostic<"foreign-key">[] => {
    const fix = foreignInBuild(key);
    if (fix === undefined) return [];
    const message = `build: the key ${JSON.stringify(key)} has no meaning here`;
    return [{ code: "foreign-key", severity: "error", message, at: placeOfKey(["build", key]), fix }];
  });
}

function foreignInBuild(key: string): string | undefined {
  return key === "platforms" || key === "platform" ? "each entry names its platforms" : foreignKeyFix(key);
}

/** As git writes it, which is what changed files are compared with; undefined: it leads out of the repository, or to no file. */
function pathInRepository(text: string): string | undefined {
  const path = posix.normalize(text);
  const leadsOut = posix.isAbsolute(path) || path === ".." || path.startsWith("../") || /[\\\p{Cc}]/u.test(path);
  return leadsOut || path === "." || path.endsWith("/") ? undefined : path;
}

/** The rules of a config, checked against the keys and lists of its matrix. */
export function configInputs({ config, place }: LoadedConfig, matrix: MatrixFile): Parsed<Inputs> {
  const { inputs, problems } = compileInputs(config, {
    keys: knownKeys(config, matrix),
    lists: matrix.lists.map(({ name }) => name),
  });
  if (problems.length === 0) return { kind: "ok", value: { ...inputs, rules: [...inputs.rules, ...before(config)] } };
  return {
    kind: "invalid",
    problems: problems.map(({ path, ...problem }) => ({ ...problem, at: place(path) })),
  };
}

/** The id of the rule that `workflow.before` makes. */
export const BEFORE_RULE = "before";

/** What runs ahead of each build of the generated workflow has a say in what comes out. */
function before({ workflow }: Config): Inputs["rules"] {
  if (workflow?.before === undefined) return [];
  const rule = { paths: [`${workflow.before.slice("./".length)}/**`], matrices: ["include"] };
  const { inputs } = compileInputs({ inputs: [rule] }, { keys: new Set(), lists: ["include"] });
  return inputs.rules.map((compiled) => ({ ...compiled, id: BEFORE_RULE }));
}

/** The keys that rules may name in conditions and placeholders. */
export function knownKeys({ inputs }: Config, { lists }: MatrixFile): ReadonlySet<string> {
  const entries = lists.flatMap((list) => list.entries);
  const keys = new Set(templateKeysOf(entries));
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

/** The name that the generated files begin with. */
export function workflowName(config: Config): string {
  return config.workflow?.name ?? WORKFLOW_KEYS.name.default;
}

/** Whether digests of images from elsewhere count. */
export function watchesBases({ reuse }: Config): boolean {
  return typeof reuse === "object" && reuse.bases === "watch";
}

/** The generated reusable build workflow, from the repository's root. */
export function buildWorkflowPath(config: Config): string {
  return `.github/workflows/${workflowName(config)}_build.yml`;
}

/** The generated files that say when and in which jobs is built, and not what: their changes select nothing. */
export function generatedPaths(config: Config): readonly string[] {
  const name = workflowName(config);
  const kinds = ["", "_pr", "_merge", ...(config.workflow?.["rebuild-on-change"] === false ? ["_build"] : [])];
  // With the name where somebody's own action has the plain one.
  const disk = ["free-disk-space", "setup-build-disk"].flatMap((action) => [action, `${name}-${action}`]);
  const actions = config.workflow?.["need-disk"] === undefined ? [] : disk;
  return [
    ...kinds.map((kind) => `.github/workflows/${name}${kind}.yml`),
    ...actions.map((action) => `.github/actions/${action}/action.yml`),
  ];
}

/** Whether two configs build the same entries in the same way and publish them to the same repositories. */
export function sameBuild(left: Config, right: Config): boolean {
  return isDeepStrictEqual(buildOf(left), buildOf(right));
}
