import type { Problem } from "@fanfold-internal/edge/fanfold-error";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/edge/matrix-file";
import { didYouMean } from "@fanfold-internal/edge/nearest";
import type { ChangeRequest } from "./change-request.ts";
import { ChangedBackendsError } from "./changed-backends-error.ts";
import { changedPaths, type Diff, type DiffReason } from "./diff.ts";
import { type BaseFile, type Changes, findChanges } from "./diff-ladder.ts";
import type { Inputs } from "./input-rule.ts";
import {
  backendOf,
  type Selection,
  type SelectionQuestion,
  select,
  selectBackends,
  selectEverything,
  selectNothing,
} from "./selection.ts";

/** What is selected from. Paths start at the repository's root. */
export interface Ground {
  readonly matrix: MatrixFile;
  readonly matrixPath: string;
  readonly inputs: Inputs;
  /** The config or rules file; `sameBuild`: its text at the base (undefined: it had none) builds images the same way. */
  readonly config?: { readonly path: string; readonly sameBuild: (base: string | undefined) => boolean };
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
  const lists = ground.matrix.lists;
  refuseUnknown(request.only, ground.matrix);
  const changes = await findChanges(request.comparison, request.sources);
  try {
    const { selection, overruled } = await choose(request, ground, changes);
    const diff =
      overruled === undefined ? changes.diff : { ...changes.diff, precision: "unknown" as const, reason: overruled };
    return {
      selection: overruled === undefined || overruled === "unmatched" ? selection : selectEverything(lists),
      diff,
      base: changes.base,
      head: changes.head,
      warnings: [
        ...request.warnings,
        ...(await uncommittedWarnings(request, ground)),
        ...warnings(changes, diff, selection),
      ],
    };
  } finally {
    await changes.close();
  }
}

interface Choice {
  readonly selection: Selection;
  /** Why everything is selected although the changed files are known. */
  readonly overruled?: DiffReason;
}

async function choose(request: ChangeRequest, ground: Ground, changes: Changes): Promise<Choice> {
  const { lists } = ground.matrix;
  if (request.only.length > 0) return { selection: selectBackends(lists, request.only) };
  if (request.comparison.kind === "nothing") return { selection: selectNothing(lists) };
  const { precision, files } = changes.diff;
  if (precision === "unknown") return { selection: selectEverything(lists) };

  const paths = new Set(changedPaths(files));
  const everything = (overruled: DiffReason): Choice => ({ selection: selectEverything(lists), overruled });
  if (ground.config !== undefined && paths.has(ground.config.path)) {
    const base = await changes.readBase(ground.config.path);
    if (base.kind === "unreadable") return everything("config-unreadable");
    if (!ground.config.sameBuild(base.kind === "text" ? base.text : undefined)) return everything("config-changed");
  }
  let baseLists: SelectionQuestion["matrix"]["base"];
  if (paths.has(ground.matrixPath)) {
    const base = readBaseMatrix(await changes.readBase(ground.matrixPath), ground.matrixPath);
    if (base === undefined) return everything("matrix-unreadable");
    baseLists = base.lists;
  }
  const selection = select({
    lists,
    inputs: ground.inputs,
    files,
    matrix: { path: ground.matrixPath, base: baseLists },
    ...(ground.config === undefined ? {} : { known: [ground.config.path] }),
    ...(ground.workflow === undefined ? {} : { workflow: ground.workflow }),
  });
  return selection.runAll ? { selection, overruled: "unmatched" } : { selection };
}

function readBaseMatrix(base: BaseFile, path: string): Pick<MatrixFile, "lists"> | undefined {
  if (base.kind === "absent") return { lists: [] };
  if (base.kind === "unreadable") return undefined;
  const parsed = parseMatrixFile(base.text, path);
  return parsed.kind === "ok" ? parsed.value : undefined;
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

function warnings(changes: Changes, diff: Diff, selection: Selection): readonly Problem[] {
  const found: Problem[] = [];
  if (changes.attempts.length > 0) {
    const answer = diff.precision === "unknown" ? "everything is selected" : `${diff.source} answered instead`;
    found.push({ message: `${changes.attempts.join("; ")}: ${answer}` });
  }
  const [first, ...others] = selection.unmatched;
  if (first !== undefined) {
    const rest = others.length === 0 ? "" : ` and ${others.length} more`;
    found.push({ message: `no rule mentions ${first}${rest}`, fix: "add a rule under inputs, or ignore it" });
  }
  return found;
}
