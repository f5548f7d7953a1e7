import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { Diff } from "../base/diff.ts";
import type { Cause } from "../rules/selection.ts";

/** An image that is selected, as a person wants to see it. */
export interface ImageLine {
  readonly tagSuffix: string;
  /** `amd64 + arm64`, `linux/amd64`, or what the entry says of where it runs. */
  readonly legs: string;
  readonly entries: number;
  /** Its first cause, and how many others there are. */
  readonly why: string;
}

/** One list of a selection, for people. */
export interface ListLines {
  readonly name: string;
  /** `2 of 271 entries` */
  readonly summary: string;
  /** What is selected, one line per image, in file order. */
  readonly images: readonly ImageLine[];
  /** Suffixes of the images that are not. */
  readonly leftOut: readonly string[];
}

/** What a selection and a plan have in common: selected entries by list, and causes by their positions in it. */
export interface SelectedEntries {
  readonly matrices: Readonly<Record<string, { readonly total: number; readonly entries: readonly MatrixEntry[] }>>;
  readonly causes: readonly Cause[];
}

export function listLines(selected: SelectedEntries, lists: readonly MatrixList[]): readonly ListLines[] {
  return lists.map(({ name, entries: all }) => {
    const entries = selected.matrices[name]?.entries ?? [];
    const built = new Set(entries.map((entry) => entry["tag-suffix"]));
    const suffixes = new Set(all.map((entry) => entry["tag-suffix"]));
    return {
      name,
      summary: `${entries.length} of ${all.length} entries`,
      images: imageLines(
        entries,
        selected.causes.filter(({ matrix }) => matrix === name),
      ),
      leftOut: [...suffixes].filter((suffix) => !built.has(suffix)),
    };
  });
}

function imageLines(entries: readonly MatrixEntry[], causes: readonly Cause[]): readonly ImageLine[] {
  const causesOf = Map.groupBy(causes, ({ entry }) => entries[entry]?.["tag-suffix"]);
  return [...Map.groupBy(entries, (entry) => entry["tag-suffix"])].map(([tagSuffix, legs]) => ({
    tagSuffix,
    legs: legs
      .map((leg) => String(leg["platform-tag"] || leg["platforms"] || leg["runs-on"] || ""))
      .filter(Boolean)
      .join(" + "),
    entries: legs.length,
    why: whyLine(causesOf.get(tagSuffix) ?? []),
  }));
}

function whyLine(causes: readonly Cause[]): string {
  // What another leg was selected for says less than what the image was.
  const distinct = [...new Set(causes.filter(({ rule }) => rule !== "group").map(causeLine))];
  const [first, ...others] = distinct;
  if (first === undefined) return "";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** `backend/python/x/run.py (inputs[1])`, or the rule alone. */
export function causeLine({ rule, path }: Cause): string {
  return path === null ? rule : `${path} (${rule})`;
}

/** `12 changed files, exact, by trees (truncated)`. */
export function diffLine({ files, precision, source, reason }: Diff): string {
  if (source === "none") return `${precision === "unknown" ? "not compared" : "nothing to compare"} (${reason})`;
  const count = files.length === 1 ? "1 changed file" : `${files.length} changed files`;
  return `${count}, ${precision}, by ${source}${reason === null ? "" : ` (${reason})`}`;
}

/** A suffix as text that is never empty. */
export function suffixText(tagSuffix: string): string {
  return tagSuffix === "" ? '""' : tagSuffix;
}
