import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/list-output";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { cutShards, MAX_JOBS_PER_MATRIX, type Shards, selectedShards } from "@fanfold-internal/matrix/shard-cut";
import { type ShardLimits, shardLimitProblems, shardOutputs } from "@fanfold-internal/matrix/shard-limit";
import { ChangedBackendsError } from "../base/error.ts";
import { backendOf, type Selection } from "../rules/selection.ts";

/**
 * The outputs of a selection: `run-all`, per list `has-backends`, `matrix-<class>-<n>` and `has-<class>-<n>`, `matrix` (absent
 * when it has more than 256 jobs), and one boolean per backend. None is ever empty: a runner silently drops an output that
 * holds a masked value, and whoever reads `''` must be able to tell.
 * @throws ChangedBackendsError `shards`: jobs of the workflow and shards of the matrix do not fit together
 */
export function selectionOutputs(
  lists: readonly MatrixList[],
  selection: Selection,
  limits: ShardLimits = new Map(),
): OutputPairs {
  const shards = new Map(lists.map((list) => [list.name, shardsOf(list)]));
  const problems = shardLimitProblems(shards, limits);
  if (problems.length > 0) {
    throw new ChangedBackendsError({ code: "shards", message: "the workflow does not fit the matrix", problems });
  }
  const pairs: (readonly [string, string])[] = [["run-all", String(selection.runAll)]];
  const backends = new Map<string, boolean>();
  for (const list of lists) {
    const part = listOutputPart(list.name);
    const indexes = selection.lists.find(({ name }) => name === list.name)?.selected ?? [];
    const include = indexes.flatMap((index) => list.entries[index] ?? []).map(emitted);
    const selected = new Set(indexes);
    pairs.push([withPart("has-backends", part), String(include.length > 0)]);
    const cut = shards.get(list.name);
    if (cut !== undefined) pairs.push(...shardOutputs(list.name, selectedShards(cut, indexes), include, limits));
    if (include.length <= MAX_JOBS_PER_MATRIX) pairs.push([withPart("matrix", part), JSON.stringify({ include })]);
    for (const [index, entry] of list.entries.entries()) {
      const backend = backendOf(entry);
      if (backend !== undefined) backends.set(backend, backends.get(backend) === true || selected.has(index));
    }
  }
  for (const [backend, selected] of backends) pairs.push([backend, String(selected)]);
  return pairs;
}

/** An entry as a job gets it: what it says of its inputs is the plan's business. */
export function emitted({ paths: _, ...entry }: MatrixEntry): MatrixEntry {
  return entry;
}

function shardsOf({ name, entries }: MatrixList): Shards {
  const cut = cutShards(entries.map((entry) => entry["tag-suffix"]));
  if (cut.kind === "shards") return cut.shards;
  throw new ChangedBackendsError({
    code: "shards",
    message: `${name}: image ${JSON.stringify(cut.tagSuffix)} has ${cut.legs} entries; one matrix takes ${MAX_JOBS_PER_MATRIX} jobs`,
    fix: "give some of its entries a tag-suffix of their own",
  });
}
