import { cutShards, MAX_JOBS_PER_MATRIX, type Shards } from "@fanfold-internal/matrix/shard-cut";
import type { MatrixEntry } from "./group.ts";
import { MergeMatrixError } from "./merge-matrix-error.ts";

/**
 * Cuts entries into matrices of at most `size` jobs, in two classes, so that merges never wait for singles. A group is
 * never cut. Shards are filled in file order and never reopened: an image added at the end of the file moves no other.
 * @throws MergeMatrixError `group-too-large`, when one group alone has more than `size` entries
 */
export function shardEntries(entries: readonly MatrixEntry[], size: number = MAX_JOBS_PER_MATRIX): Shards {
  const cut = cutShards(
    entries.map((entry) => entry["tag-suffix"]),
    size,
  );
  if (cut.kind === "shards") return cut.shards;
  throw new MergeMatrixError({
    code: "group-too-large",
    message: `image ${JSON.stringify(cut.tagSuffix)} has ${cut.legs} entries; one matrix takes ${size} jobs, and a group is never cut`,
    fix: "give some of its entries a tag-suffix of their own",
  });
}
