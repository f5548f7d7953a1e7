import { bySuffix, type Identify, imageText } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { Diff } from "../base/diff.ts";
import type { Cause } from "../rules/selection.ts";

/** An image that is selected, as a person wants to see it. */
export interface ImageLine {
  readonly image: string;
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
  /** Names of the images that are not. */
  readonly leftOut: readonly string[];
}

/** What a selection and a plan have in common: selected entries by list, and causes by their positions in it. */
export interface SelectedEntries {
  readonly matrices: Readonly<Record<string, { readonly total: number; readonly entries: readonly MatrixEntry[] }>>;
  readonly causes: readonly Cause[];
}

export function listLines(
  selected: SelectedEntries,
  lists: readonly MatrixList[],
  identify: Identify = bySuffix,
): readonly ListLines[] {
  return lists.map(({ name, entries: all }) => {
    const entries = selected.matrices[name]?.entries ?? [];
    const built = new Set(entries.map((entry) => identify(entry).id));
    const names = new Map(all.map(identify).map(({ id, name: image }) => [id, image]));
    return {
      name,
      summary: `${entries.length} of ${all.length} entries`,
      images: imageLines(
        entries,
        selected.causes.filter(({ matrix }) => matrix === name),
        identify,
      ),
      leftOut: [...names].flatMap(([id, image]) => (built.has(id) ? [] : [image])),
    };
  });
}

function imageLines(
  entries: readonly MatrixEntry[],
  causes: readonly Cause[],
  identify: Identify,
): readonly ImageLine[] {
  const built = entries.map((entry) => ({ entry, identity: identify(entry) }));
  const causesOf = Map.groupBy(causes, ({ entry }) => built[entry]?.identity.id);
  return [...Map.groupBy(built, ({ identity }) => identity.id)].map(([id, legs]) => ({
    image: legs[0]?.identity.name ?? "",
    legs: legs
      .map(({ entry: leg }) => String(leg["platform-tag"] || leg["platforms"] || leg["runs-on"] || ""))
      .filter(Boolean)
      .join(" + "),
    entries: legs.length,
    why: whyLine(causesOf.get(id) ?? []),
  }));
}

function whyLine(causes: readonly Cause[]): string {
  // What another leg was selected for says less than what the image was.
  const distinct = [...new Set(causes.filter(({ rule }) => rule !== "group").map(causeLine))];
  const [first, ...others] = distinct;
  if (first === undefined) return "";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/**
 * `backend/python/x/run.py (inputs[1])`, `… (Dockerfile:12 COPY src)`, `base x is built (Dockerfile:1 FROM x)`,
 * `not published: ghcr.io/example/x:main does not exist`, or the rule.
 */
export function causeLine({ rule, inferred, base, stale, path }: Cause): string {
  if (stale !== undefined) return `not published: ${stale}`;
  if (base !== undefined) return `base ${imageText(base)} is built (${inferred ?? rule})`;
  return path === null ? rule : `${path} (${inferred ?? rule})`;
}

/** `12 changed files, exact, by trees (truncated)`. */
export function diffLine({ files, precision, source, reason }: Diff): string {
  if (source === "none") return `${precision === "unknown" ? "not compared" : "nothing to compare"} (${reason})`;
  const count = files.length === 1 ? "1 changed file" : `${files.length} changed files`;
  return `${count}, ${precision}, by ${source}${reason === null ? "" : ` (${reason})`}`;
}
