import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Checkout, findPath, RepositoryTree } from "@fanfold/changed-backends/internal";

/**
 * What git tracks, as it lies in the work tree: also what is not committed yet. `wanted`: files whose text counts, where
 * they are there.
 */
export async function workTree(
  checkout: Pick<Checkout, "root" | "indexedPaths">,
  wanted: Iterable<string>,
): Promise<RepositoryTree> {
  const paths = await checkout.indexedPaths();
  const texts = new Map<string, string>();
  const read = (path: string, how: (path: string) => string): void => {
    try {
      texts.set(path, how(join(checkout.root, path)));
    } catch {
      // It is tracked and gone, or may not be read: its text is not known.
    }
  };
  for (const { path, kind } of paths) if (kind === "link") read(path, (file) => readlinkSync(file, "utf8"));
  const tree = new RepositoryTree(paths, texts);
  const found = new Set([...wanted].map((path) => findPath(path, tree)));
  for (const file of found) if (file?.kind === "file") read(file.path, (path) => readFileSync(path, "utf8"));
  return tree;
}
