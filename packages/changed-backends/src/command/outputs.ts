import type { OutputPairs } from "@fanfold-internal/kit/process/outputs";
import type { Json } from "@fanfold-internal/kit/read/json";
import { backendOf } from "@fanfold-internal/matrix/entry-values";
import { bySuffix, type Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { listOutputPart, withPart } from "@fanfold-internal/matrix/names";
import {
  cutShards,
  MAX_JOBS_PER_MATRIX,
  type ShardLimits,
  selectedShards,
  shardLimitProblems,
  shardOutputs,
  type WavedShards,
  type WaveOf,
} from "@fanfold-internal/matrix/shards";
import { ChangedBackendsError } from "../base/error.ts";
import type { Selection } from "../rules/selection.ts";

/** What jobs are made of. */
export interface SelectedJobs {
  readonly runAll: boolean;
  readonly lists: readonly {
    readonly name: string;
    /** Selected entries as their jobs get them, in file order. */
    readonly entries: readonly Json[];
    /** Positions in `entries`; as many shards as the file needs, whatever is selected. */
    readonly shards: WavedShards;
  }[];
  /** Every backend of the file, and whether any list builds it. */
  readonly backends: ReadonlyMap<string, boolean>;
}

/** The outputs of a selection. @throws ChangedBackendsError `shards` */
export function selectionOutputs(
  lists: readonly MatrixList[],
  selection: Selection,
  limits: ShardLimits = new Map(),
  identify: Identify = bySuffix,
): OutputPairs {
  const jobs = lists.map((list) => {
    const selected = selectedIn(selection, list.name);
    const entries = selectedEntries(selection, list).map(emitted);
    return { name: list.name, entries, shards: selectedShards(shardsOf(list, identify), selected) };
  });
  const built = lists.flatMap((list) => selectedEntries(selection, list));
  return jobOutputs({ runAll: selection.runAll, lists: jobs, backends: backendFlags(lists, built) }, limits);
}

/**
 * `run-all`, per list `has-backends`, `matrix-<class>-<n>` and `has-<class>-<n>`, `matrix` (absent when it has more than 256
 * jobs), and one boolean per backend. None is ever empty: a runner silently drops an output that holds a masked value, and
 * whoever reads `''` must be able to tell.
 *
 * @throws ChangedBackendsError `shards`, when jobs of the workflow and shards of the matrix do not fit together
 */
export function jobOutputs({ runAll, lists, backends }: SelectedJobs, limits: ShardLimits = new Map()): OutputPairs {
  const problems = shardLimitProblems(
    lists.map(({ name, shards }) => [name, shards] as const),
    limits,
  );
  if (problems.length > 0) {
    throw new ChangedBackendsError({ code: "shards", message: "the workflow does not fit the matrix", problems });
  }
  return [
    ["run-all", String(runAll)],
    ...lists.flatMap(({ name, entries, shards }): OutputPairs => {
      const part = listOutputPart(name);
      const whole = [withPart("matrix", part), JSON.stringify({ include: entries })] as const;
      return [
        [withPart("has-backends", part), String(entries.length > 0)],
        ...shardOutputs(name, shards, entries, limits),
        ...(entries.length > MAX_JOBS_PER_MATRIX ? [] : [whole]),
      ];
    }),
    ...[...backends].map(([backend, selected]) => [backend, String(selected)] as const),
  ];
}

/** Every backend of the lists, and whether one of the entries builds it. */
export function backendFlags(
  lists: readonly MatrixList[],
  built: readonly MatrixEntry[],
): ReadonlyMap<string, boolean> {
  const flags = new Map<string, boolean>();
  for (const entry of lists.flatMap(({ entries }) => entries)) flags.set(backendOf(entry) ?? "", false);
  for (const entry of built) flags.set(backendOf(entry) ?? "", true);
  // Entries that name no backend.
  flags.delete("");
  return flags;
}

/** An entry as a job gets it: what it says of its inputs is the plan's business. */
export function emitted({ paths: _, ...entry }: MatrixEntry): MatrixEntry {
  return entry;
}

/** Indexes of the entries of a list that are selected. */
export function selectedIn({ lists }: Selection, list: string): readonly number[] {
  return lists.find(({ name }) => name === list)?.selected ?? [];
}

/** The entries of a list that are selected, in file order. */
export function selectedEntries(selection: Selection, { name, entries }: MatrixList): readonly MatrixEntry[] {
  const selected = new Set(selectedIn(selection, name));
  return entries.filter((_, index) => selected.has(index));
}

/** The shards of a whole list. @throws ChangedBackendsError `shards`, when one image has more entries than a matrix takes jobs */
export function shardsOf(
  { name, entries }: MatrixList,
  identify: Identify = bySuffix,
  waveOf: WaveOf = () => undefined,
): WavedShards {
  const cut = cutShards(entries.map(identify), { waveOf });
  if (cut.kind === "shards") return cut.shards;
  throw new ChangedBackendsError({ code: "shards", message: `${name}: ${cut.message}`, fix: cut.fix });
}
