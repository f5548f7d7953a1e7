import { findPath } from "../infer/found-path.ts";
import type { RepositoryTree } from "../infer/tree.ts";
import { asWritten } from "../inferred/build-question.ts";
import { type BuiltCommit, type BuiltEntries, commitOf } from "../inferred/infer-inputs.ts";
import { inferredEntries, wantedFiles } from "../inferred/inferred-inputs.ts";
import { readTree } from "../inferred/repository-tree.ts";
import { type InputQuestion, inputHashes } from "./input-hashes.ts";

/**
 * Of each entry, by its list, a hash of the files that it is built from, and null where nobody asked; or why nobody knows
 * them, in a few words.
 */
export type ReadInputHashes =
  | { readonly kind: "hashes"; readonly byList: ReadonlyMap<string, readonly (string | null)[]> }
  | { readonly kind: "unknown"; readonly reason: string };

/** What they are read by, besides the commit. */
export interface HashedEntries
  extends BuiltEntries,
    Pick<InputQuestion, "matrixPath" | "known" | "workflow" | "byValue" | "silent" | "asked"> {}

/**
 * Hashes what entries are built from at the commit that is built, from the list of its files alone. The same commit has the
 * same hashes wherever they are made, so that there are none where a text is missing by which files are found. `head`: as
 * `commitOf` takes it.
 */
export async function readInputHashes(
  request: BuiltCommit,
  { matrix, inputs, buildOf = asWritten, ...ground }: HashedEntries,
  head: string | null,
): Promise<ReadInputHashes> {
  const { lists } = matrix;
  const { root, sources } = request;
  const place = { root, commit: commitOf(request, head), sources };
  const wanted = wantedFiles(lists, buildOf);
  const read = await readTree({ ...place, wanted });
  if (read.kind === "unavailable") return { kind: "unknown", reason: read.reason };
  const { tree, paths } = read;
  const missing = inputs.infer ? missingText(tree, [...linksOf(read), ...wanted]) : undefined;
  if (missing !== undefined) return { kind: "unknown", reason: `${missing} could not be read` };
  const inferred = inputs.infer ? (await inferredEntries(place, lists, buildOf)).inferred : undefined;
  return { kind: "hashes", byList: inputHashes({ ...ground, lists, inputs, inferred, paths }) };
}

function linksOf({ paths }: { readonly paths: InputQuestion["paths"] }): readonly string[] {
  return paths.flatMap(({ path, kind }) => (kind === "link" ? [path] : []));
}

/** The first of these that is there, and of which the text is not known. */
function missingText(tree: RepositoryTree, paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    if (tree.kindOf(path) === "link") return tree.text(path) === undefined;
    const found = findPath(path, tree);
    return found?.kind === "file" && tree.text(found.path) === undefined;
  });
}
