import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { type EntryRef, type FoundImage, findImage } from "@fanfold-internal/matrix/find-image";
import { bySuffix, type Identify } from "@fanfold-internal/matrix/identity";
import { imagesInTwoLists } from "@fanfold-internal/matrix/image-lists";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { ChangeDiagnostic } from "../base/codes.ts";
import type { Diff } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";
import { type Changes, findChanges } from "../diff/ladder.ts";
import { inferInputs } from "../inferred/infer-inputs.ts";
import { differingEntries } from "../rules/entry-changes.ts";
import type { InferredInputs } from "../rules/entry-rules.ts";
import { checkValues } from "../rules/input-rule.ts";
import type { SelectionGround } from "../rules/rule-sets.ts";
import {
  type Selection,
  type SelectionChange,
  selectEverything,
  selectNamed,
  selectNothing,
  selector,
} from "../rules/selection.ts";
import { type ComparedInputs, compareInputs, type Overruled, pathsOf, type SelectionInput } from "./compare-inputs.ts";
import type { ComparisonRequest } from "./comparison-request.ts";
import { ladderWarnings, unmatchedWarnings } from "./warnings.ts";

/** What is selected, and by what comparison. */
export interface SelectedChanges {
  readonly selection: Selection;
  readonly diff: Diff;
  readonly base: string | null;
  readonly head: string | null;
  readonly warnings: readonly Diagnostic[];
  /** The config as it was, where it is among the files that changed; undefined: it is not, or there was none. */
  readonly formerConfig?: string | undefined;
}

/** Finds what changed and selects by it; whatever cannot be known selects everything. */
export async function selectChanges(request: ComparisonRequest, input: SelectionInput): Promise<SelectedChanges> {
  refuseUnusable(input);
  const named = namedEntries(request.only, input.matrix, input.identify ?? bySuffix);
  const changes = await findChanges(request.comparison, request.sources);
  try {
    const choice = await choose(request, input, changes, named);
    const { selection, files, overruled = {}, warnings = [], formerConfig } = choice;
    return {
      selection,
      diff: { ...changes.diff, ...(files === undefined ? {} : { files }), ...overruled },
      base: changes.base,
      head: changes.head,
      warnings: [...request.warnings, ...ladderWarnings(changes), ...warnings, ...unmatchedWarnings(selection)],
      ...(formerConfig === undefined ? {} : { formerConfig }),
    };
  } finally {
    changes.close();
  }
}

interface Choice {
  readonly selection: Selection;
  /** Those of the diff, and input files that are changed by other means. */
  readonly files?: Diff["files"];
  /** Why everything is selected although the changed files are known. */
  readonly overruled?: Overruled;
  readonly warnings?: readonly ChangeDiagnostic[];
  readonly formerConfig?: string | undefined;
}

async function choose(
  request: ComparisonRequest,
  input: SelectionInput,
  changes: Changes,
  named: readonly EntryRef[],
): Promise<Choice> {
  const { lists } = input.matrix;
  const { identify = bySuffix } = input;
  if (request.only.length > 0) return { selection: selectNamed(lists, named, identify) };
  if (request.comparison.kind === "nothing") return { selection: selectNothing(lists) };
  if (changes.diff.precision === "unknown") return { selection: selectEverything(lists) };

  const compared = await compareInputs(request, input, changes);
  const { files, warnings, formerConfig } = compared;
  if (compared.kind === "everything") {
    return { selection: selectEverything(lists), files, overruled: compared.overruled, warnings, formerConfig };
  }
  const { inferred, findings } = await inferInputs(request, input, changes.head);
  const selection = selector(selectionGround(input, inferred))(changeByValue(input, compared));
  const { precision } = changes.diff;
  const more = [...warnings, ...findings];
  return {
    selection,
    files,
    warnings: more,
    formerConfig,
    ...(selection.runAll ? { overruled: { precision, reason: "unmatched" } } : {}),
  };
}

/** What is selected from, whatever changed. */
export function selectionGround(input: SelectionInput, inferred: InferredInputs | undefined): SelectionGround {
  const { matrix, matrixPath, identify, inputs, config, known = [], workflow } = input;
  return {
    lists: matrix.lists,
    ...(identify === undefined ? {} : { identify }),
    inputs,
    inferred,
    matrixPath,
    known: [...pathsOf(input), ...(config === undefined ? [] : [config.path]), ...known],
    ...(workflow === undefined ? {} : { workflow }),
  };
}

/** What files changed that are no inputs by value, and which entries the matrix file itself changed. */
export function changeByValue(
  { generated = [], identify = bySuffix, workflow }: SelectionInput,
  { files, baseLists, workflowCounts }: Extract<ComparedInputs, { readonly kind: "by-value" }>,
): SelectionChange {
  return {
    files,
    silent: [...generated, ...(workflow === undefined || workflowCounts ? [] : [workflow.path])],
    matrixEntries: (list, ids) => differingEntries(list, ids, { bases: baseLists, identify }),
  };
}

/** @throws ChangedBackendsError `unreadable-input`, `bad-rule`: matrix and rules from which nothing can be selected */
export function refuseUnusable(input: SelectionInput): void {
  refuseSplitImages(input);
  refuseValues(input);
}

function refuseSplitImages({ matrix, identify = bySuffix }: SelectionInput): void {
  const problems = imagesInTwoLists(matrix, identify);
  if (problems.length === 0) return;
  throw new ChangedBackendsError({ code: "unreadable-input", message: "the matrix file is not usable", problems });
}

function refuseValues({ matrix, inputs }: SelectionInput): void {
  const problems = checkValues(matrix.lists, inputs).map(({ path: [list = "", entry, key = ""], ...problem }) => ({
    ...problem,
    at: matrix.place(String(list), Number(entry), String(key)),
  }));
  if (problems.length === 0) return;
  throw new ChangedBackendsError({ code: "bad-rule", message: "rules ask for values that are not text", problems });
}

/** The entries that `--only` names. @throws ChangedBackendsError `unknown-name` */
function namedEntries(only: readonly string[], matrix: MatrixFile, identify: Identify): readonly EntryRef[] {
  if (only.length === 0) return [];
  const find = (name: string): FoundImage => findImage(name, matrix.lists, identify);
  // A value of a key may hold a comma, and be part of a name.
  const whole = find(only.join(","));
  const found = only.length > 1 && whole.kind === "unknown" ? only.map(find) : [whole];
  const problems = found.flatMap((one): readonly Diagnostic[] =>
    "entries" in one
      ? []
      : [
          {
            code: one.kind === "unknown" ? "unknown-name" : "ambiguous-name",
            severity: "error",
            message: `--only: ${one.message}`,
            at: { file: matrix.file },
            fix: one.fix,
          },
        ],
  );
  if (problems.length === 0) return found.flatMap((one) => ("entries" in one ? one.entries : []));
  const message = "--only must name images, backends or tag-suffixes of the matrix file";
  throw new ChangedBackendsError({ code: "unknown-name", message, problems });
}
