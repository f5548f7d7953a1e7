import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { backendOf } from "@fanfold-internal/matrix/entry-values";
import { type EntryRef, entryRefs, findImage } from "@fanfold-internal/matrix/find-image";
import { WorkflowsError } from "../base/error.ts";
import type { Family } from "../config/family.ts";

/** What is asked about. */
export type Subject =
  | { readonly kind: "image" | "backend"; readonly name: string; readonly entries: readonly EntryRef[] }
  | { readonly kind: "path"; readonly name: string };

type Named = Pick<Family, "matrix" | "identity">;

/**
 * What a name of images or a backend stands for, as `--only` takes them, else a path. `path` is the text as a path from the
 * repository's root.
 * @throws WorkflowsError `not-found`, when several images are called so, or none, and it cannot be a path
 */
export function findSubject(text: string, path: string, { matrix, identity }: Named): Subject {
  const found = findImage(text, matrix.lists, identity.identify);
  switch (found.kind) {
    case "image":
    case "backend":
      return found;
    case "unknown":
      if (text !== "" && !text.startsWith("-")) return { kind: "path", name: path };
  }
  const { message, fix } = found;
  throw new WorkflowsError({ code: "not-found", message, at: { file: matrix.file }, fix });
}

/** ` (did you mean "x"?)` for a path that may have been meant as a name, or nothing. */
export function guessSubject(text: string, { matrix, identity }: Named): string {
  const names = entryRefs(matrix.lists).flatMap(({ entry }) => [
    identity.identify(entry).name,
    ...[backendOf(entry) ?? []].flat(),
  ]);
  return didYouMean(text, names);
}
