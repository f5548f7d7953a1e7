import type { MatrixEntry, MatrixFile } from "@fanfold/changed-backends";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { backendOf, tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { WorkflowsError } from "../base/error.ts";

/** An entry, and where it stands. */
export interface EntryRef {
  readonly list: string;
  /** Position in the list. */
  readonly index: number;
  readonly entry: MatrixEntry;
}

/** What is asked about. */
export type Subject =
  | { readonly kind: "image" | "backend"; readonly name: string; readonly entries: readonly EntryRef[] }
  | { readonly kind: "path"; readonly name: string };

/** All entries of all lists, in file order. */
export function entryRefs({ lists }: Pick<MatrixFile, "lists">): readonly EntryRef[] {
  return lists.flatMap(({ name, entries }) => entries.map((entry, index) => ({ list: name, index, entry })));
}

/**
 * A tag-suffix, else a backend, else a path. `path` is the text as a path from the repository's root.
 * @throws WorkflowsError `not-found`, when it can only be a suffix, and no entry has it
 */
export function findSubject(text: string, path: string, matrix: MatrixFile): Subject {
  const refs = entryRefs(matrix);
  const image = refs.filter(({ entry }) => tagSuffixOf(entry) === text);
  if (image.length > 0) return { kind: "image", name: text, entries: image };
  const backend = refs.filter(({ entry }) => backendOf(entry) === text);
  if (backend.length > 0) return { kind: "backend", name: text, entries: backend };
  if (text !== "" && !text.startsWith("-")) return { kind: "path", name: path };
  throw new WorkflowsError({
    code: "not-found",
    message: `no entry has the tag-suffix ${JSON.stringify(text)}${didYouMean(text, suffixes(refs))}`,
    at: { file: matrix.file },
    fix: "name a path, a backend or a tag-suffix as the matrix file does",
  });
}

/** ` (did you mean "x"?)` for a path that may have been meant as a backend or a suffix, or nothing. */
export function guessSubject(text: string, matrix: MatrixFile): string {
  const refs = entryRefs(matrix);
  return didYouMean(text, [...refs.flatMap(({ entry }) => backendOf(entry) ?? []), ...suffixes(refs)]);
}

function suffixes(refs: readonly EntryRef[]): readonly string[] {
  return refs.map(({ entry }) => tagSuffixOf(entry));
}
