import { posix } from "node:path";
import { asWritten, buildQuestion, type Checkout, type RepositoryTree } from "@fanfold/changed-backends/internal";
import type { Family } from "../../config/family.ts";
import { workTree } from "./work-tree.ts";

/** What a clone knows that generated workflows depend on. */
export interface Clone {
  /** What git tracks, with the texts of the ignore files that entries have. */
  readonly tree: RepositoryTree;
  readonly submodules: readonly string[];
  readonly lfsFiles: readonly string[];
  /** The repository's branches; undefined: not all are known. */
  readonly branches: ReadonlySet<string> | undefined;
}

/** Reads that of a checkout, for the entries of families. */
export async function readClone(checkout: Checkout, families: readonly Family[]): Promise<Clone> {
  const [tree, submodules, lfsFiles, branches] = await Promise.all([
    workTree(checkout, families.flatMap(ignoreFilesOf)),
    checkout.submodules(),
    checkout.lfsFiles(),
    checkout.branches(),
  ]);
  return { tree, submodules, lfsFiles, branches };
}

function ignoreFilesOf({ matrix, ground }: Family): readonly string[] {
  const { buildOf = asWritten } = ground;
  const paths = matrix.lists.flatMap(({ name, entries }) =>
    entries.flatMap((entry) => {
      const question = buildQuestion(entry, name, buildOf);
      if (question === undefined) return [];
      return [`${question.dockerfile}.dockerignore`, posix.join(question.context, ".dockerignore")];
    }),
  );
  return [...new Set(paths)];
}
