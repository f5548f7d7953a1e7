/** A matrix takes 256 jobs (https://docs.github.com/actions/reference/limits). */
export const MAX_JOBS_PER_MATRIX: number = 256;

/** Indexes of entries, one list per matrix. */
export interface Shards {
  /** Legs of groups with two entries and more. */
  readonly multi: readonly (readonly number[])[];
  /** All other entries. */
  readonly single: readonly (readonly number[])[];
}

export type ShardCut =
  | { readonly kind: "shards"; readonly shards: Shards }
  | { readonly kind: "group-too-large"; readonly tagSuffix: string; readonly legs: number };

/**
 * Cuts the entries of a list, given by their tag-suffixes, into matrices of at most `size` jobs, in two classes, so that
 * merges never wait for singles. A group is never cut. Shards are filled in file order and never reopened: an image added
 * at the end of the file moves no other.
 */
export function cutShards(tagSuffixes: readonly string[], size: number = MAX_JOBS_PER_MATRIX): ShardCut {
  const multi: number[][] = [];
  const single: number[][] = [];
  const groups = Map.groupBy(tagSuffixes.keys(), (index) => tagSuffixes[index] ?? "");
  for (const [tagSuffix, legs] of groups) {
    if (legs.length > size) return { kind: "group-too-large", tagSuffix, legs: legs.length };
    const shards = legs.length > 1 ? multi : single;
    let last = shards.at(-1);
    if (last === undefined || last.length + legs.length > size) {
      last = [];
      shards.push(last);
    }
    last.push(...legs);
  }
  const inFileOrder = (shard: readonly number[]): readonly number[] => shard.toSorted((a, b) => a - b);
  return { kind: "shards", shards: { multi: multi.map(inFileOrder), single: single.map(inFileOrder) } };
}

/**
 * The shards of what is selected, as positions in that selection: cut by the whole file, so that what else is selected never
 * moves an entry to another job. There is at least one of each class.
 */
export function selectedShards({ multi, single }: Shards, selected: readonly number[]): Shards {
  const positions = new Map(selected.map((index, position) => [index, position]));
  const choose = (shards: Shards["multi"]): Shards["multi"] =>
    shards.length === 0 ? [[]] : shards.map((shard) => shard.flatMap((index) => positions.get(index) ?? []));
  return { multi: choose(multi), single: choose(single) };
}
