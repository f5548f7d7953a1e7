import { groupEntries, type MatrixEntry } from "./group.ts";
import { MergeMatrixError } from "./merge-matrix-error.ts";

/**
 * GitHub refuses a matrix of more than 256 jobs
 * (https://docs.github.com/actions/reference/limits).
 */
export const MAX_JOBS_PER_MATRIX: number = 256;

/** Indexes of entries, one list per matrix. */
export interface Shards {
  /** Legs of groups with two entries and more. */
  readonly multi: readonly (readonly number[])[];
  /** All other entries. */
  readonly single: readonly (readonly number[])[];
}

/**
 * Cuts entries into matrices of at most `size` jobs, in two classes, so that merges never wait for singles. A group is
 * never cut. Shards are filled in file order and never reopened: an image added at the end of the file moves no other.
 * @throws MergeMatrixError `group-too-large`, when one group alone has more than `size` entries
 */
export function shardEntries(entries: readonly MatrixEntry[], size: number = MAX_JOBS_PER_MATRIX): Shards {
  const multi: number[][] = [];
  const single: number[][] = [];
  for (const { tagSuffix, legs } of groupEntries(entries)) {
    if (legs.length > size) {
      throw new MergeMatrixError({
        code: "group-too-large",
        message: `image ${JSON.stringify(tagSuffix)} has ${legs.length} entries; one matrix takes ${size} jobs, and a group is never cut`,
        fix: "give some of its entries a tag-suffix of their own",
      });
    }
    const shards = legs.length > 1 ? multi : single;
    let last = shards.at(-1);
    if (last === undefined || last.length + legs.length > size) {
      last = [];
      shards.push(last);
    }
    last.push(...legs.map(({ index }) => index));
  }
  const inFileOrder = (shard: readonly number[]): readonly number[] => shard.toSorted((a, b) => a - b);
  return { multi: multi.map(inFileOrder), single: single.map(inFileOrder) };
}
