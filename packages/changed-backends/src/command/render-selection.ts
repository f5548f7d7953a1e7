import { formatDiagnostic } from "@fanfold-internal/kit/process/errors";
import { markdownCode, markdownText, printable } from "@fanfold-internal/kit/text/printable";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { Diff } from "../base/diff.ts";
import type { Cause } from "../rules/selection.ts";
import type { PlannedEvent } from "./change-request.ts";
import { emitted } from "./outputs.ts";
import type { Survey } from "./survey.ts";

/** `12 changed files, exact, by trees (truncated)`. */
export function diffLine({ files, precision, source, reason }: Diff): string {
  if (source === "none") return `${precision === "unknown" ? "not compared" : "nothing to compare"} (${reason})`;
  const count = files.length === 1 ? "1 changed file" : `${files.length} changed files`;
  return `${count}, ${precision}, by ${source}${reason === null ? "" : ` (${reason})`}`;
}

/** `backend/python/x/run.py (inputs[1])`, or the rule alone. */
export function causeLine({ rule, path }: Cause): string {
  return path === null ? rule : `${path} (${rule})`;
}

/** For a terminal: one line per selected entry, with its first cause. */
export function renderSelection(lists: readonly MatrixList[], { selection, diff }: Survey): string {
  const lines = [diffLine(diff)];
  for (const { name, total, selected } of selection.lists) {
    lines.push(`${printable(name)}: ${selected.length} of ${total} entries`);
    for (const { suffix, why } of rows(lists, name, selected, selection.causes))
      lines.push(`  ${printable(`- ${suffix}`)}  ${printable(why)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** For the step summary. */
export function selectionSummary(lists: readonly MatrixList[], { selection, diff, warnings }: Survey): string {
  const lines = ["### Changed backends", "", markdownText(diffLine(diff)), ""];
  for (const { name, total, selected } of selection.lists) {
    lines.push(`**${markdownText(name)}**: ${selected.length} of ${total} entries`, "");
    if (selected.length === 0) continue;
    lines.push("| image | because of |", "|---|---|");
    for (const { suffix, why } of rows(lists, name, selected, selection.causes))
      lines.push(`| ${markdownCode(suffix)} | ${markdownText(why)} |`);
    lines.push("");
  }
  for (const warning of warnings) lines.push(`- ⚠ ${markdownText(formatDiagnostic(warning))}`);
  return `${lines.join("\n")}\n`;
}

/** What `--json` prints: the selection part of a plan. */
export interface SelectionDocument {
  readonly schema: "fanfold.selection/1";
  readonly event: PlannedEvent & { readonly base: string | null; readonly head: string | null };
  readonly diff: Diff;
  readonly runAll: boolean;
  readonly matrices: Readonly<Record<string, { readonly total: number; readonly entries: readonly MatrixEntry[] }>>;
  /** `entry` is a position in its matrix' `entries`. */
  readonly causes: readonly Cause[];
  readonly warnings: readonly string[];
}

export function selectionDocument(
  lists: readonly MatrixList[],
  event: PlannedEvent,
  { selection, diff, base, head, warnings }: Survey,
): SelectionDocument {
  const matrices = lists.map((list) => {
    const selected = selection.lists.find(({ name }) => name === list.name)?.selected ?? [];
    return [
      list.name,
      { total: list.entries.length, entries: selected.flatMap((index) => list.entries[index] ?? []).map(emitted) },
    ] as const;
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

/** The document on one line, in which a runner that shows it finds no command: it looks for `##[` anywhere in a line. */
export function selectionJson(...question: Parameters<typeof selectionDocument>): string {
  return `${JSON.stringify(selectionDocument(...question)).replaceAll("##[", "##\\u005b")}\n`;
}

/** Causes by the position of their entry among those that are selected, which is what the document lists. */
export function renumbered({ lists, causes }: Survey["selection"]): readonly Cause[] {
  const positions = new Map(
    lists.map(({ name, selected }) => [name, new Map(selected.map((entry, position) => [entry, position]))]),
  );
  return causes.map((cause) => ({ ...cause, entry: positions.get(cause.matrix)?.get(cause.entry) ?? -1 }));
}

function rows(lists: readonly MatrixList[], name: string, selected: readonly number[], causes: readonly Cause[]) {
  const entries = lists.find((list) => list.name === name)?.entries ?? [];
  const first = new Map(
    causes.flatMap((cause) => (cause.matrix === name ? [[cause.entry, cause] as const] : [])).toReversed(),
  );
  return selected.map((index) => {
    const suffix = entries[index]?.["tag-suffix"] ?? "";
    const cause = first.get(index);
    return { suffix: suffix === "" ? '""' : suffix, why: cause === undefined ? "" : causeLine(cause) };
  });
}
