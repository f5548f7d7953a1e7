import { formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { Diff } from "../base/diff.ts";
import type { Cause, Selection } from "../rules/selection.ts";
import type { PlannedEvent } from "./comparison-request.ts";
import { diffLine, listLines, type SelectedEntries } from "./list-lines.ts";
import { emitted, selectedEntries } from "./outputs.ts";
import { renderLists, summarizeLists, summarizeWarnings, summaryCode } from "./render-lists.ts";
import type { SelectedChanges } from "./select-changes.ts";

/** What `--json` prints: the selection part of a plan. */
export interface SelectionDocument extends SelectedEntries {
  readonly schema: "fanfold.selection/1";
  readonly event: PlannedEvent & { readonly base: string | null; readonly head: string | null };
  readonly diff: Diff;
  readonly runAll: boolean;
  /** `entry` is a position in its matrix' `entries`. */
  readonly causes: readonly Cause[];
  readonly warnings: readonly string[];
}

/** What `changed-backends --json` prints: event, diff, matrices, causes and warnings. */
export function selectionDocument(
  lists: readonly MatrixList[],
  event: PlannedEvent,
  { selection, diff, base, head, warnings }: SelectedChanges,
): SelectionDocument {
  const matrices = lists.map((list) => {
    const { name, entries } = list;
    return [name, { total: entries.length, entries: selectedEntries(selection, list).map(emitted) }] as const;
  });
  return {
    schema: "fanfold.selection/1",
    event: { ...event, base, head },
    diff,
    runAll: selection.runAll,
    matrices: Object.fromEntries(matrices),
    causes: renumbered(selection),
    warnings: warnings.map(formatDiagnostic),
  };
}

/** Causes by the position of their entry among those that are selected, which is what the document lists. */
export function renumbered({ lists, causes }: Selection): readonly Cause[] {
  const positions = new Map(
    lists.map(({ name, selected }) => [name, new Map(selected.map((entry, position) => [entry, position]))]),
  );
  return causes.map((cause) => ({ ...cause, entry: positions.get(cause.matrix)?.get(cause.entry) ?? -1 }));
}

/** For a terminal: one line per selected image, with its first cause. */
export function renderSelection(document: SelectionDocument, lists: readonly MatrixList[]): string {
  return `${diffLine(document.diff)}\n\n${renderLists(listLines(document, lists))}`;
}

/** For the step summary. */
export function selectionSummary(document: SelectionDocument, lists: readonly MatrixList[]): string {
  const lines = [
    "### Changed backends",
    "",
    summaryCode(diffLine(document.diff)),
    "",
    ...summarizeLists(listLines(document, lists)),
    ...summarizeWarnings(document.warnings),
  ];
  return `${lines.join("\n")}\n`;
}
