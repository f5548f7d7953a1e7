import { fewNames } from "@fanfold-internal/kit/text/words";
import type { Identify } from "@fanfold-internal/matrix/identity";
import { type MatrixFile, type MatrixList, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { ChangeDiagnostic } from "../base/codes.ts";
import { type ChangedFile, changedPaths, type Diff } from "../base/diff.ts";
import type { Changes } from "../diff/ladder.ts";
import type { CommittedFile } from "../git/git-diff.ts";
import type { BuildOf } from "../inferred/build-question.ts";
import type { Inputs } from "../rules/input-rule.ts";
import type { SelectionQuestion } from "../rules/selection.ts";
import type { ComparisonRequest } from "./comparison-request.ts";
import type { FileState } from "./input-files.ts";

/** Files that lists are made of. */
interface MatrixSource {
  /** `matrixPath` among them. */
  readonly paths: readonly string[];
  /** What they are with the texts that another commit has; undefined: it has no such file. */
  listsOf(texts: ReadonlyMap<string, string | undefined>): Promise<ReadLists>;
}

type ReadLists =
  | { readonly kind: "lists"; readonly lists: readonly MatrixList[] }
  | { readonly kind: "unreadable"; readonly message: string };

/** What is selected from. Paths start at the repository's root. */
export interface SelectionInput {
  readonly matrix: MatrixFile;
  readonly matrixPath: string;
  /** How lists are read, where it is not the one matrix file at `matrixPath`. */
  readonly matrixSource?: MatrixSource;
  readonly inputs: Inputs;
  /** How an entry is built; default: as it says itself. */
  readonly buildOf?: BuildOf;
  /** Which image an entry is built for; default: that of its `tag-suffix`. */
  readonly identify?: Identify;
  /** The config or rules file; `sameBuild`: its text at the base (undefined: it had none) builds images the same way. */
  readonly config?: { readonly path: string; readonly sameBuild: (base: string | undefined) => boolean };
  /** Other files that are accounted for, and no cause by themselves. */
  readonly known?: readonly string[];
  /** Files that are generated and select nothing, whatever rules say. */
  readonly generated?: readonly string[];
  /** The generated build workflow, and the lists it builds; `sameBuild`: two texts of it build images the same way. */
  readonly workflow?: NonNullable<SelectionQuestion["workflow"]> & {
    readonly sameBuild?: (left: string, right: string) => boolean;
  };
}

/** Why everything is selected although the changed files are known. */
export type Overruled = Pick<Diff, "precision" | "reason">;

/** What changes of the files that say what is built mean. */
export type ComparedInputs = {
  /** Those of the diff, and those that count as changed because they differ from what is committed. */
  readonly files: readonly ChangedFile[];
  readonly warnings: readonly ChangeDiagnostic[];
  /** The config's text at the base, where it has changed; undefined: it has not, or there was none. */
  readonly formerConfig?: string | undefined;
} & (
  | { readonly kind: "everything"; readonly overruled: Overruled }
  | {
      readonly kind: "by-value";
      /** The lists that entries must differ from, each of them; none when the matrix file has not changed. */
      readonly baseLists: readonly (readonly MatrixList[])[];
      /** The build workflow changed in what it does, not only in its pins. */
      readonly workflowCounts: boolean;
    }
);

/**
 * Matrix, config and build workflow are compared by value: with the base and, of a pull request, with its target too,
 * since what that got meanwhile is not the pull request's change.
 */
export async function compareInputs(
  request: ComparedCommit,
  input: SelectionInput,
  changes: BaseFiles,
): Promise<ComparedInputs> {
  const { matrixPath, config, workflow } = input;
  const matrixPaths = pathsOf(input);
  const { precision } = changes.diff;
  const states = inputStates(request, input);
  const files = [...changes.diff.files, ...uncommittedFiles(states.uncommitted, changes.diff.files)];
  const paths = new Set(changedPaths(files));
  let formerConfig: string | undefined;
  const everything = (overruled: Overruled, ...warnings: readonly ChangeDiagnostic[]): ComparedInputs => ({
    kind: "everything",
    overruled,
    files,
    formerConfig,
    warnings: [...states.warnings, ...warnings],
  });
  const unreadable = (reason: "matrix-unreadable" | "config-unreadable", file: string, message: string) =>
    everything(
      { precision: "unknown", reason },
      {
        code: "base-unreadable",
        severity: "warning",
        message: `unreadable at the base (${message}): everything is selected`,
        at: { file },
      },
    );

  if (states.foreign) return everything({ precision: "unknown", reason: "foreign-files" });
  if (matrixPath.startsWith("../") && request.comparison.kind !== "files") {
    return unreadable("matrix-unreadable", matrixPath, `it is not in the repository at ${request.root}`);
  }
  if (request.event.name === "pull_request_target") {
    const own = [...matrixPaths, config?.path].find((path) => path !== undefined && paths.has(path));
    if (own !== undefined) {
      return everything(
        { precision: "unknown", reason: "foreign-files" },
        {
          code: "foreign-file",
          severity: "warning",
          message:
            "the pull request changes it, and under pull_request_target it is not read from there: everything is selected",
          at: { file: own },
        },
      );
    }
  }
  if (config !== undefined && paths.has(config.path)) {
    const texts = await basesOf(config.path, changes);
    if (texts.kind === "unreadable") return unreadable("config-unreadable", config.path, texts.message);
    [formerConfig] = texts.values;
    if (!texts.values.some((text) => config.sameBuild(text))) {
      const isNew = texts.values.every((text) => text === undefined);
      return everything(
        { precision, reason: "config-changed" },
        {
          code: "config-changed",
          severity: "warning",
          message: `${isNew ? "it is new" : "what it says of the build has changed"}: everything is selected`,
          at: { file: config.path },
        },
      );
    }
  }
  let baseLists: readonly (readonly MatrixList[])[] = [];
  if (matrixPaths.some((path) => paths.has(path))) {
    const parsed = await listsAtBases(input, changes);
    const [base] = parsed;
    if (base?.kind === "unreadable") return unreadable("matrix-unreadable", matrixPath, base.message);
    // A target that cannot be read proves nothing: then more is selected.
    baseLists = parsed.flatMap((each) => (each.kind === "lists" ? [each.lists] : []));
  }
  const workflowCounts =
    workflow !== undefined && paths.has(workflow.path) && !(await samePipeline(request, input, changes));
  return { kind: "by-value", files, warnings: states.warnings, baseLists, workflowCounts, formerConfig };
}

/** What is built, and how it was read. */
export type ComparedCommit = Pick<ComparisonRequest, "comparison" | "event" | "readInput" | "root" | "stateOf">;

/** What changed, and the files as they were. */
export type BaseFiles = Pick<Changes, "readBase" | "readTarget"> & {
  readonly diff: Pick<Diff, "files" | "precision">;
};

interface InputStates {
  readonly warnings: readonly ChangeDiagnostic[];
  readonly uncommitted: readonly string[];
  readonly foreign: boolean;
}

function inputStates({ stateOf, event }: ComparedCommit, input: SelectionInput): InputStates {
  const { config } = input;
  const inputs = [...pathsOf(input), ...(config === undefined ? [] : [config.path])];
  const inState = (state: FileState) => inputs.filter((path) => stateOf(path) === state);
  const foreign = inState("foreign");
  const uncommitted = inState("uncommitted");
  const commit = event.sha?.slice(0, 12) ?? "the event";
  const warnings: ChangeDiagnostic[] = inState("replaced").map((file) => ({
    code: "replaced-file",
    severity: "warning",
    message: `differs in the work tree from commit ${commit}, and is read from the commit`,
    at: { file },
    fix: "check out the commit of the event, and write no inputs in steps before",
  }));
  for (const file of foreign) {
    warnings.push({
      code: "foreign-file",
      severity: "warning",
      message: `is not that of commit ${commit}, from which it cannot be read: everything is selected`,
      at: { file },
      fix: "commit it, and check out the commit of the event",
    });
  }
  if (uncommitted.length > 0) {
    warnings.push({
      code: "uncommitted-file",
      severity: "notice",
      message: `${fewNames(uncommitted)}: uncommitted changes count as changed`,
    });
  }
  return { warnings, uncommitted, foreign: foreign.length > 0 };
}

function uncommittedFiles(paths: readonly string[], files: readonly ChangedFile[]): readonly ChangedFile[] {
  const known = new Set(changedPaths(files));
  return paths.filter((path) => !known.has(path)).map((path) => ({ path, previousPath: null, status: "modified" }));
}

/** A file at the base, and where the target of a pull request is another commit, there too; undefined: it had none. */
async function basesOf(
  path: string,
  changes: BaseFiles,
): Promise<
  | { readonly kind: "texts"; readonly values: readonly [string | undefined, ...(string | undefined)[]] }
  | Extract<CommittedFile, { readonly kind: "unreadable" }>
> {
  const base = await changes.readBase(path);
  if (base.kind === "unreadable") return base;
  const target = await changes.readTarget(path);
  const others = target === undefined || target.kind === "unreadable" ? [] : [textOf(target)];
  return { kind: "texts", values: [textOf(base), ...others] };
}

function textOf(file: Exclude<CommittedFile, { readonly kind: "unreadable" }>): string | undefined {
  return file.kind === "text" ? file.text : undefined;
}

/** The files that say what the lists are. */
export function pathsOf({
  matrixPath,
  matrixSource,
}: Pick<SelectionInput, "matrixPath" | "matrixSource">): readonly string[] {
  return matrixSource?.paths ?? [matrixPath];
}

/** The lists at the base and, where the target of a pull request is another commit, there. */
async function listsAtBases(
  { matrixPath, matrixSource }: SelectionInput,
  changes: BaseFiles,
): Promise<readonly ReadLists[]> {
  if (matrixSource === undefined) {
    const texts = await basesOf(matrixPath, changes);
    return texts.kind === "unreadable" ? [texts] : texts.values.map((text) => listsOf(text, matrixPath));
  }
  const read = await Promise.all(matrixSource.paths.map(async (path) => [path, await basesOf(path, changes)] as const));
  const found: ReadLists[] = [];
  for (const side of [0, 1] as const) {
    const texts = new Map<string, string | undefined>();
    let unread: string | undefined;
    for (const [path, each] of read) {
      if (each.kind === "unreadable") unread ??= each.message;
      // Where the target is the base, or cannot be read, there is one side alone.
      else if (side < each.values.length) texts.set(path, each.values[side]);
    }
    if (unread !== undefined) return [{ kind: "unreadable", message: unread }];
    if (texts.size === read.length) found.push(await matrixSource.listsOf(texts));
  }
  return found;
}

function listsOf(text: string | undefined, path: string): ReadLists {
  if (text === undefined) return { kind: "lists", lists: [] };
  const parsed = parseMatrixFile(text, path);
  if (parsed.kind === "ok") return { kind: "lists", lists: parsed.value.lists };
  return { kind: "unreadable", message: parsed.problems[0]?.message ?? "it is not a matrix file" };
}

async function samePipeline(
  { readInput, stateOf }: ComparedCommit,
  { workflow }: SelectionInput,
  changes: BaseFiles,
): Promise<boolean> {
  if (workflow?.sameBuild === undefined) return false;
  const base = await changes.readBase(workflow.path);
  if (base.kind !== "text") return false;
  const here = await readInput(workflow.path).catch(() => undefined);
  return here !== undefined && stateOf(workflow.path) !== "foreign" && workflow.sameBuild(base.text, here);
}
