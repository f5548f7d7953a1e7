import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import { UsageError } from "@fanfold-internal/kit/process/usage-error";
import type { Json } from "@fanfold-internal/kit/read/json";
import type { ImageIdentity } from "./identity.ts";
import { listOutputPart } from "./names.ts";

/** What cutting a matrix into shards finds, and what it means. */
export const SHARD_CODES = {
  "group-too-large": "One image has more entries than a matrix takes jobs.",
  "unknown-shard-class": "The workflow has jobs for shards of a list that the matrix file does not have.",
  "too-many-shards": "The matrix needs more shards than the workflow has jobs for.",
} as const;

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
  /** One group alone has more entries than a matrix takes jobs. */
  | { readonly kind: "group-too-large"; readonly message: string; readonly fix: string };

/**
 * Cuts the entries of a list, given by the images that they are built for, into matrices of at most `size` jobs, in two classes, so that
 * merges never wait for singles. A group is never cut. Shards are filled in file order and never reopened: an image added
 * at the end of the file moves no other.
 */
export function cutShards(images: readonly ImageIdentity[], size: number = MAX_JOBS_PER_MATRIX): ShardCut {
  const multi: number[][] = [];
  const single: number[][] = [];
  const groups = Map.groupBy(images.keys(), (index) => images[index]?.id);
  for (const legs of groups.values()) {
    if (legs.length > size) {
      const message = `image ${JSON.stringify(images[legs[0] ?? 0]?.name)} has ${legs.length} entries; one matrix takes ${size} jobs, and a group is never cut`;
      return { kind: "group-too-large", message, fix: "give some of its entries a tag-suffix of their own" };
    }
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

/** How many shards a workflow has jobs for, by class: `multi`, `single`, and `darwin-multi`, … of other lists. */
export type ShardLimits = ReadonlyMap<string, number>;

export const SHARD_KINDS = ["multi", "single"] as const;
export type ShardKind = (typeof SHARD_KINDS)[number];

/** Reads `multi=2,single=3`; no limits without it. @throws UsageError */
export function parseShardLimits(text: string | undefined): ShardLimits {
  const limits = new Map<string, number>();
  if (text === undefined) return limits;
  for (const part of text.split(",")) {
    const [, name, count] = /^\s*((?:[a-z0-9-]+-)?(?:multi|single))=([1-9][0-9]{0,2})\s*$/.exec(part) ?? [];
    if (name === undefined || count === undefined) {
      throw new UsageError(
        `--shards: expected multi=<n>,single=<n> (of a list includeX: x-multi=<n>, …), n from 1 to 999, found ${JSON.stringify(text)}`,
      );
    }
    if (limits.has(name)) throw new UsageError(`--shards: ${name} stands twice in ${JSON.stringify(text)}`);
    limits.set(name, Number(count));
  }
  return limits;
}

/** The name of a list's class of shards, as in the outputs `matrix-<class>-<n>`. */
export function shardClass(list: string, kind: ShardKind): string {
  const part = listOutputPart(list);
  return part === "" ? kind : `${part}-${kind}`;
}

/** Where the jobs of the workflow and the shards of the matrix do not fit together. */
export function shardLimitProblems(
  lists: Iterable<readonly [list: string, shards: Shards]>,
  limits: ShardLimits,
): readonly Diagnostic<keyof typeof SHARD_CODES>[] {
  const needed = new Map<string, number>();
  for (const [list, shards] of lists) {
    for (const kind of SHARD_KINDS) needed.set(shardClass(list, kind), shards[kind].length);
  }
  const fix = "run fanfold generate and commit what it writes";
  return [...limits].flatMap(([name, limit]): readonly Diagnostic<keyof typeof SHARD_CODES>[] => {
    const count = needed.get(name);
    if (count === undefined) {
      const message = `the workflow has jobs for shards of class ${name}, and the matrix file has no such list`;
      return [{ code: "unknown-shard-class", severity: "error", message, fix }];
    }
    if (count <= limit) return [];
    const message = `the matrix needs ${count} shards of class ${name}, and the workflow has jobs for ${limit}`;
    return [{ code: "too-many-shards", severity: "error", message, fix }];
  });
}

/**
 * `matrix-<class>-<n>` and `has-<class>-<n>` of a list. Where the workflow has jobs for more shards than the file needs, the
 * others are there and hold nothing: no output that a job reads is ever empty or missing.
 */
export function shardOutputs(list: string, shards: Shards, entries: readonly Json[], limits: ShardLimits): OutputPairs {
  return SHARD_KINDS.flatMap((kind) => {
    const name = shardClass(list, kind);
    const count = Math.max(shards[kind].length, limits.get(name) ?? 0);
    return Array.from({ length: count }, (_, shard) => {
      const include = (shards[kind][shard] ?? []).map((position) => entries[position]);
      return [
        [`matrix-${name}-${shard + 1}`, JSON.stringify({ include })],
        [`has-${name}-${shard + 1}`, String(include.length > 0)],
      ] as const;
    }).flat();
  });
}
