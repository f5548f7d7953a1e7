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

/** The same, with entries that are built from each other's images set apart. */
export interface WavedShards extends Shards {
  /** Wave by wave, the first one first: whole images, of whatever number of entries. */
  readonly waves: readonly Shards["multi"][];
}

/** The wave of an entry's image, from 1; undefined: it neither has a base nor is one. */
export type WaveOf = (index: number) => number | undefined;

/** More waves than these are refused: each is a row of jobs in the workflow, and waits for the one before. */
export const MAX_WAVES = 8;

export type ShardCut =
  | { readonly kind: "shards"; readonly shards: WavedShards }
  /** One group alone has more entries than a matrix takes jobs. */
  | { readonly kind: "group-too-large"; readonly message: string; readonly fix: string };

/**
 * Cuts the entries of a list, given by the images that they are built for, into matrices of at most `size` jobs: those of
 * waves for themselves, all others in two classes, so that merges never wait for singles. A group is never cut. Shards are
 * filled in file order and never reopened: an image added at the end of the file moves no other.
 */
export function cutShards(
  images: readonly ImageIdentity[],
  { size = MAX_JOBS_PER_MATRIX, waveOf = () => undefined }: { readonly size?: number; readonly waveOf?: WaveOf } = {},
): ShardCut {
  const multi: number[][] = [];
  const single: number[][] = [];
  const waves: number[][][] = [];
  const groups = Map.groupBy(images.keys(), (index) => images[index]?.id);
  for (const legs of groups.values()) {
    const first = legs[0] ?? 0;
    if (legs.length > size) {
      const message = `image ${JSON.stringify(images[first]?.name)} has ${legs.length} entries; one matrix takes ${size} jobs, and a group is never cut`;
      return { kind: "group-too-large", message, fix: "give some of its entries a tag-suffix of their own" };
    }
    const wave = waveOf(first);
    while (wave !== undefined && waves.length < wave) waves.push([]);
    const shards = wave === undefined ? (legs.length > 1 ? multi : single) : (waves[wave - 1] ?? []);
    let last = shards.at(-1);
    if (last === undefined || last.length + legs.length > size) {
      last = [];
      shards.push(last);
    }
    last.push(...legs);
  }
  const inFileOrder = (shards: readonly number[][]): Shards["multi"] =>
    shards.map((shard) => shard.toSorted((a, b) => a - b));
  return {
    kind: "shards",
    shards: { multi: inFileOrder(multi), single: inFileOrder(single), waves: waves.map(inFileOrder) },
  };
}

/**
 * The shards of what is selected, as positions in that selection: cut by the whole file, so that what else is selected never
 * moves an entry to another job. There is at least one of each class, and as many waves as the file has.
 */
export function selectedShards({ multi, single, waves }: WavedShards, selected: readonly number[]): WavedShards {
  const positions = new Map(selected.map((index, position) => [index, position]));
  const choose = (shards: Shards["multi"]): Shards["multi"] =>
    shards.length === 0 ? [[]] : shards.map((shard) => shard.flatMap((index) => positions.get(index) ?? []));
  return { multi: choose(multi), single: choose(single), waves: waves.map(choose) };
}

/** How many shards a workflow has jobs for, by class: `multi`, `single`, `wave1`, …, and `darwin-multi`, … of other lists. */
export type ShardLimits = ReadonlyMap<string, number>;

export const SHARD_KINDS = ["multi", "single"] as const;
export type ShardKind = (typeof SHARD_KINDS)[number];

/** Reads `multi=2,single=3,wave1=1`; no limits without it. @throws UsageError */
export function parseShardLimits(text: string | undefined): ShardLimits {
  const limits = new Map<string, number>();
  if (text === undefined) return limits;
  for (const part of text.split(",")) {
    const [, name, count] = /^\s*((?:[a-z0-9-]+-)?(?:multi|single)|wave[1-8])=([1-9][0-9]{0,2})\s*$/.exec(part) ?? [];
    if (name === undefined || count === undefined) {
      throw new UsageError(
        `--shards: expected multi=<n>,single=<n>,wave1=<n>,… (of a list includeX: x-multi=<n>, …), n from 1 to 999, found ${JSON.stringify(text)}`,
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

/** The class of a wave, as in the outputs `matrix-wave1-<n>`. Only the list that Fanfold builds itself has waves. */
export function waveClass(wave: number): string {
  return `wave${wave}`;
}

/** The classes that a list's shards may have, and the shards of each: waves too, where it has any. */
function classesOf(list: string, shards: WavedShards): readonly (readonly [name: string, shards: Shards["multi"]])[] {
  const waves = listOutputPart(list) === "" ? MAX_WAVES : 0;
  return [
    ...SHARD_KINDS.map((kind) => [shardClass(list, kind), shards[kind]] as const),
    ...Array.from({ length: waves }, (_, index) => [waveClass(index + 1), shards.waves[index] ?? []] as const),
  ];
}

/** Where the jobs of the workflow and the shards of the matrix do not fit together. */
export function shardLimitProblems(
  lists: Iterable<readonly [list: string, shards: WavedShards]>,
  limits: ShardLimits,
): readonly Diagnostic<keyof typeof SHARD_CODES>[] {
  const needed = new Map<string, number>();
  for (const [list, shards] of lists) {
    for (const [name, { length }] of classesOf(list, shards)) needed.set(name, length);
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
export function shardOutputs(
  list: string,
  shards: WavedShards,
  entries: readonly Json[],
  limits: ShardLimits,
): OutputPairs {
  return classesOf(list, shards).flatMap(([name, own]) => {
    const count = Math.max(own.length, limits.get(name) ?? 0);
    return Array.from({ length: count }, (_, shard) => {
      const include = (own[shard] ?? []).map((position) => entries[position]);
      return [
        [`matrix-${name}-${shard + 1}`, JSON.stringify({ include })],
        [`has-${name}-${shard + 1}`, String(include.length > 0)],
      ] as const;
    }).flat();
  });
}
