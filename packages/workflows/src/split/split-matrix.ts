import { isDeepStrictEqual } from "node:util";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Identify } from "@fanfold-internal/matrix/identity";
import { type MatrixEntry, type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { isMap, isSeq, parseDocument, visit } from "yaml";
import { WorkflowsError } from "../base/error.ts";
import { type EntrySource, endOfLine, legText, lineStart, obstacle } from "./entry-source.ts";
import { type Decision, decideSplit, type NativeLeg, type Runners } from "./native-legs.ts";

/** What `split` finds in a matrix file. */
export const SPLIT_CODES = {
  "not-split": "An entry for several platforms stays as it is, because no native legs can be made of it.",
} as const;

type SplitCode = keyof typeof SPLIT_CODES;

export interface Split {
  readonly text: string;
  /** Entries that became legs. */
  readonly entries: number;
  readonly legs: number;
  /** Entries for several platforms that stay as they are, and why. */
  readonly left: readonly Diagnostic<SplitCode>[];
}

export interface SplitRules {
  readonly runners: Runners;
  readonly identify: Identify;
}

/**
 * Turns the entries of a matrix file that are built for several platforms on one machine into native legs, in its text:
 * what is not such an entry keeps every byte.
 * @throws WorkflowsError `unsafe-split`, when that would change anything else
 */
export function splitMatrix(text: string, matrix: MatrixFile, { runners, identify }: SplitRules): Split {
  const document = parseDocument(text, { keepSourceTokens: true, merge: true });
  const aliases = new Set<string>();
  visit(document, {
    Alias(_, { source }) {
      aliases.add(source);
    },
  });
  const left: Diagnostic<SplitCode>[] = [];
  const splits: { readonly source: EntrySource; readonly legs: readonly NativeLeg[] }[] = [];
  const expected: Record<string, readonly MatrixEntry[]> = {};
  for (const { name, entries } of matrix.lists) {
    const list = document.get(name, true);
    expected[name] = entries.flatMap((entry, index) => {
      const decision = inText(
        decideSplit(entry, imageOf(entries, entry, identify), runners),
        text,
        list,
        index,
        aliases,
      );
      if (decision.kind === "native") return [entry];
      if (decision.kind === "left") {
        const message = `${name}[${index}] stays as it is: ${decision.reason}`;
        left.push({
          code: "not-split",
          severity: "warning",
          message,
          at: matrix.place(name, index, "platforms"),
          fix: decision.fix,
        });
        return [entry];
      }
      splits.push(decision);
      return decision.legs.map((leg) => asEntry(entry, leg));
    });
  }
  const result = replaced(text, splits);
  assertExpected(result, matrix, expected);
  return { text: result, entries: splits.length, legs: splits.flatMap(({ legs }) => legs).length, left };
}

type Found =
  | Exclude<Decision, { readonly kind: "split" }>
  | (Extract<Decision, { readonly kind: "split" }> & { readonly source: EntrySource });

/** Whether what was decided can be done in the text. */
function inText(decision: Decision, text: string, list: unknown, index: number, aliases: ReadonlySet<string>): Found {
  if (decision.kind !== "split") return decision;
  const left = (reason: string, fix: string): Found => ({ kind: "left", reason, fix });
  const source = sourceOf(text, list, index);
  if (source === undefined) {
    return left(
      "it is not written as an item of its own, with a dash on a line",
      "write the list with a dash for each entry",
    );
  }
  const found = obstacle(source.node, aliases);
  return found === undefined ? { ...decision, source } : { kind: "left", ...found };
}

function sourceOf(text: string, list: unknown, index: number): EntrySource | undefined {
  if (!isSeq(list) || list.flow === true) return undefined;
  const node = list.items[index];
  const token = list.srcToken?.type === "block-seq" ? list.srcToken.items[index] : undefined;
  const dash = token?.start.find(({ type }) => type === "seq-item-ind");
  if (!isMap(node) || !node.range || token === undefined || dash === undefined) return undefined;
  const start = lineStart(text, dash.offset);
  if (text.slice(start, dash.offset).trim() !== "") return undefined;
  return { start, end: endOfLine(text, node.range[1]), node, token };
}

function imageOf(
  entries: readonly MatrixEntry[],
  entry: MatrixEntry,
  identify: Identify,
): Parameters<typeof decideSplit>[1] {
  const { id, name } = identify(entry);
  return { name, entries: entries.filter((other) => identify(other).id === id).length };
}

/** The entry that a leg is to be read as. */
function asEntry(entry: MatrixEntry, { platform, platformTag, runsOn }: NativeLeg): MatrixEntry {
  return {
    ...entry,
    platforms: platform,
    "platform-tag": platformTag,
    ...(runsOn === undefined ? {} : { "runs-on": runsOn }),
  };
}

function replaced(
  text: string,
  splits: readonly { readonly source: EntrySource; readonly legs: readonly NativeLeg[] }[],
): string {
  let result = "";
  let at = 0;
  for (const { source, legs } of splits.toSorted((a, b) => a.source.start - b.source.start)) {
    result += text.slice(at, source.start);
    result += legs.map((leg, index) => legText(text, source, leg, index > 0)).join("");
    at = source.end;
  }
  return result + text.slice(at);
}

/** A layout that nobody thought of changes nothing but the diff that was not made. */
function assertExpected(
  text: string,
  { file }: MatrixFile,
  expected: Readonly<Record<string, readonly MatrixEntry[]>>,
): void {
  const read = parseMatrixFile(text, file);
  const unsafe = (message: string, at: Diagnostic["at"]): WorkflowsError =>
    new WorkflowsError({
      code: "unsafe-split",
      message,
      at,
      fix: "split this entry by hand, then run fanfold split again",
    });
  if (read.kind === "invalid") {
    const [first] = read.problems;
    throw unsafe(`splitting would make it unreadable: ${first?.message ?? ""}`, first?.at ?? { file });
  }
  for (const { name, entries } of read.value.lists) {
    const wanted = expected[name] ?? [];
    const index = wanted.findIndex((entry, at) => !isDeepStrictEqual(entry, entries[at]));
    if (index === -1 && wanted.length === entries.length) continue;
    throw unsafe(
      "splitting would change more than platforms, platform-tag and runs-on",
      read.value.place(name, Math.max(0, index)),
    );
  }
}
