import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import type { Json } from "@fanfold-internal/kit/read/json";
import { listOutputPart } from "./list-output.ts";
import type { Shards } from "./shard-cut.ts";

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

/** Where jobs of the workflow and shards of the matrix do not fit together. */
export function shardLimitProblems(
  lists: Iterable<readonly [list: string, shards: Shards]>,
  limits: ShardLimits,
): readonly Problem[] {
  const needed = new Map<string, number>();
  for (const [list, shards] of lists) {
    for (const kind of SHARD_KINDS) needed.set(shardClass(list, kind), shards[kind].length);
  }
  const fix = "run fanfold generate and commit what it writes";
  return [...limits].flatMap(([name, limit]) => {
    const count = needed.get(name);
    if (count !== undefined && count <= limit) return [];
    const message =
      count === undefined
        ? `the workflow has jobs for shards of class ${name}, the matrix file has no such list`
        : `the matrix needs ${count} shards of class ${name}, the workflow has jobs for ${limit}`;
    return [{ message, fix }];
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
