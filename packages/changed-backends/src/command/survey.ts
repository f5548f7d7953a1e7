import type { Problem } from "@fanfold-internal/kit/process/errors";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { changedPaths, type Diff, type DiffReason } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";
import { type BaseFile, type Changes, findChanges } from "../diff/ladder.ts";
import { checkValues, type Inputs } from "../rules/input-rule.ts";
import {
  backendOf,
  type Selection,
  type SelectionQuestion,
  select,
  selectBackends,
  selectEverything,
  selectNothing,
} from "../rules/selection.ts";
import type { ChangeRequest } from "./change-request.ts";

/** What is selected from. Paths start at the repository's root. */
export interface Ground {
  readonly matrix: MatrixFile;
  readonly matrixPath: string;
  readonly inputs: Inputs;
  /** The config or rules file; `sameBuild`: its text at the base (undefined: it had none) builds images the same way. */
  readonly config?: { readonly path: string; readonly sameBuild: (base: string | undefined) => boolean };
  /** Other files that are accounted for, and no cause by themselves. */
  readonly known?: readonly string[];
  readonly workflow?: SelectionQuestion["workflow"];
}

export interface Survey {
  readonly selection: Selection;
  readonly diff: Diff;
  readonly base: string | null;
  readonly head: string | null;
  readonly warnings: readonly Problem[];
}

/** Finds what changed and selects by it; whatever cannot be known selects everything. */
export async function survey(request: ChangeRequest, ground: Ground): Promise<Survey> {
  refuseUnknown(request.only, ground.matrix);
  refuseValues(ground);
  const changes = await findChanges(request.comparison, request.sources);
  try {
    const { selection, overruled = {}, why = [] } = await choose(request, ground, changes);
    return {
      selection,
      diff: { ...changes.diff, ...overruled },
      base: changes.base,
      head: changes.head,
      warnings: [
        ...request.warnings,
        ...(await uncommittedWarnings(request, ground)),
        ...ladderWarnings(changes),
        ...why,
        ...unmatchedWarnings(selection),
      ],
    };
  } finally {
    await changes.close();
  }
}

type Overruled = Pick<Diff, "precision" | "reason">;

interface Choice {
  readonly selection: Selection;
  /** Why everything is selected although the changed files are known. */
  readonly overruled?: Overruled;
  readonly why?: readonly Problem[];
}

async function choose(request: ChangeRequest, ground: Ground, changes: Changes): Promise<Choice> {
  const { lists } = ground.matrix;
  if (request.only.length > 0) return { selection: selectBackends(lists, request.only) };
  if (request.comparison.kind === "nothing") return { selection: selectNothing(lists) };
  const { precision, files } = changes.diff;
  if (precision === "unknown") return { selection: selectEverything(lists) };

  const paths = new Set(changedPaths(files));
  const everything = (overruled: Overruled, file: string, what: string): Choice => ({
    selection: selectEverything(lists),
    overruled,
    why: [{ message: `${what}: everything is selected`, at: { file } }],
  });
  const unreadable = (reason: DiffReason, file: string, message: string): Choice =>
    everything({ precision: "unknown", reason }, file, `unreadable at the base (${message})`);
  if (ground.matrixPath.startsWith("../") && request.comparison.kind !== "files") {
    return unreadable("matrix-unreadable", ground.matrixPath, `it is not in the repository at ${request.root}`);
  }
  if (ground.config !== undefined && paths.has(ground.config.path)) {
    const { path, sameBuild } = ground.config;
    const base = await changes.readBase(path);
    if (base.kind === "unreadable") return unreadable("config-unreadable", path, base.message);
    if (!sameBuild(base.kind === "text" ? base.text : undefined)) {
      return everything({ precision, reason: "config-changed" }, path, "what it says of the build has changed");
    }
  }
  let baseLists: SelectionQuestion["matrix"]["base"];
  if (paths.has(ground.matrixPath)) {
    const base = readBaseMatrix(await changes.readBase(ground.matrixPath), ground.matrixPath);
    if (base.kind === "unreadable") return unreadable("matrix-unreadable", ground.matrixPath, base.message);
    baseLists = base.lists;
  }
  const selection = select({
    lists,
    inputs: ground.inputs,
    files,
    matrix: { path: ground.matrixPath, base: baseLists },
    known: [...(ground.config === undefined ? [] : [ground.config.path]), ...(ground.known ?? [])],
    ...(ground.workflow === undefined ? {} : { workflow: ground.workflow }),
  });
  return selection.runAll ? { selection, overruled: { precision, reason: "unmatched" } } : { selection };
}

function readBaseMatrix(
  base: BaseFile,
  path: string,
):
  | { readonly kind: "lists"; readonly lists: MatrixFile["lists"] }
  | Extract<BaseFile, { readonly kind: "unreadable" }> {
  if (base.kind === "absent") return { kind: "lists", lists: [] };
  if (base.kind === "unreadable") return base;
  const parsed = parseMatrixFile(base.text, path);
  if (parsed.kind === "ok") return { kind: "lists", lists: parsed.value.lists };
  return { kind: "unreadable", message: parsed.problems[0]?.message ?? "no matrix" };
}

function refuseValues({ matrix, inputs }: Ground): void {
  const problems = checkValues(matrix.lists, inputs).map(({ path: [list = "", entry, key = ""], ...problem }) => ({
    ...problem,
    at: matrix.place(String(list), Number(entry), String(key)),
  }));
  if (problems.length === 0) return;
  throw new ChangedBackendsError({ code: "bad-rule", message: "rules ask for what is no text", problems });
}

function refuseUnknown(only: readonly string[], matrix: MatrixFile): void {
  const known = new Set(matrix.lists.flatMap(({ entries }) => entries.flatMap((entry) => backendOf(entry) ?? [])));
  const problems = only
    .filter((backend) => !known.has(backend))
    .map((backend) => ({
      message: `--only: no entry of ${matrix.file} has the backend "${backend}"${didYouMean(backend, known)}`,
      fix: "name backends as the matrix file does, separated by commas",
    }));
  if (problems.length > 0)
    throw new ChangedBackendsError({
      code: "unknown-backend",
      message: "--only names backends that do not exist",
      problems,
    });
}

async function uncommittedWarnings(request: ChangeRequest, ground: Ground): Promise<readonly Problem[]> {
  const paths = [ground.matrixPath, ...(ground.config === undefined ? [] : [ground.config.path])];
  return (await request.uncommitted(paths)).map((file) => ({
    message: "has uncommitted changes, which are planned with but not compared",
    at: { file },
    fix: "commit them, or name a commit with --head",
  }));
}

const ADVICE: ReadonlyMap<DiffReason, string> = new Map([
  [
    "forbidden",
    "give the job permissions: contents: read and pull-requests: read, and the step GITHUB_TOKEN: ${{ github.token }}",
  ],
  ["rate-limited", "env: GITHUB_TOKEN: ${{ github.token }}, which has a limit of its own"],
  ["network", "see that GITHUB_API_URL can be reached from here"],
  ["no-checkout", "check the repository out, so that git can answer"],
  ["shallow", "check out with fetch-depth: 0"],
]);

function ladderWarnings({ attempts, diff }: Changes): readonly Problem[] {
  if (attempts.length === 0) return [];
  const answer = diff.precision === "unknown" ? "everything is selected" : `${diff.source} answered instead`;
  const fix = diff.reason === null ? undefined : ADVICE.get(diff.reason);
  return [{ message: `${attempts.join("; ")}: ${answer}`, ...(fix === undefined ? {} : { fix }) }];
}

function unmatchedWarnings({ unmatched }: Selection): readonly Problem[] {
  const [first, ...others] = unmatched;
  if (first === undefined) return [];
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  return [{ message: `no rule mentions ${first}${rest}`, fix: "add a rule under inputs, or ignore it" }];
}
