import type { Cause, Diff, MatrixEntry, MatrixList, PlannedEvent, SelectedChanges } from "@fanfold/changed-backends";
import { emitted, renumbered, selectedIn, shardsOf } from "@fanfold/changed-backends/internal";
import { type Group, groupEntries, type MergeItem, type Shards } from "@fanfold/merge-matrix";
import { mergeItems } from "@fanfold/merge-matrix/internal";
import { selectedShards } from "@fanfold-internal/matrix/shards";

/** An entry as its job gets it. */
export type PlannedEntry = MatrixEntry & { readonly "artifact-name": string };

export interface PlannedList {
  /** Entries in the file. */
  readonly total: number;
  /** Those that are selected, in file order. */
  readonly entries: readonly PlannedEntry[];
  /** Positions in `entries`; as many shards as the file needs, whatever is selected. */
  readonly shards: Shards;
}

export interface PlannedLeg {
  readonly platform: string;
  readonly "platform-tag": string;
  readonly "artifact-name": string;
}

/** An image that is merged from several legs. */
export interface PlannedGroup {
  readonly matrix: string;
  readonly "tag-suffix": string;
  readonly "tag-latest": string;
  readonly legs: readonly PlannedLeg[];
}

/** What `fanfold plan --json` prints and `digest-tools merge-all` reads. */
export interface Plan {
  readonly schema: "fanfold.plan/1";
  readonly event: PlannedEvent & { readonly base: string | null; readonly head: string | null };
  readonly diff: Diff;
  readonly runAll: boolean;
  readonly matrices: Readonly<Record<string, PlannedList>>;
  readonly groups: readonly PlannedGroup[];
  /** `entry` is a position in its matrix' `entries`. */
  readonly causes: readonly Cause[];
  readonly images: readonly string[];
  readonly warnings: readonly string[];
}

export interface PlanInput {
  readonly event: PlannedEvent;
  readonly lists: readonly MatrixList[];
  readonly images: readonly string[];
  readonly changes: SelectedChanges;
  readonly warnings: readonly string[];
}

/** Two entries and more make a merge; a single is tagged by its own build job. */
const MIN_LEGS = 2;

/**
 * The plan of a selection, of lists whose images have been checked.
 *
 * @throws ChangedBackendsError `shards`, when one image has more entries than a matrix takes jobs
 */
export function makePlan({ event, lists, images, changes, warnings }: PlanInput): Plan {
  const { selection, diff, base, head } = changes;
  const { name, ref, sha, defaultBranch } = event;
  const grouped = lists.map((list) => ({
    list,
    groups: groupEntries(list.entries),
    selected: selectedIn(selection, list.name),
  }));
  return {
    schema: "fanfold.plan/1",
    event: { name, ref, sha, base, head, defaultBranch },
    diff,
    runAll: selection.runAll,
    matrices: Object.fromEntries(
      grouped.map(({ list, groups, selected }) => [list.name, plannedList(list, groups, selected)]),
    ),
    groups: grouped.flatMap(({ list, groups, selected }) => plannedGroups(list.name, groups, new Set(selected))),
    causes: renumbered(selection),
    images,
    warnings,
  };
}

/** The merge matrix of a list of the plan. */
export function mergeMatrix(plan: Plan, list: string): readonly MergeItem[] {
  return mergeItems(groupEntries(plan.matrices[list]?.entries ?? []), MIN_LEGS);
}

function plannedList(list: MatrixList, groups: readonly Group[], selected: readonly number[]): PlannedList {
  const { entries } = list;
  const artifacts = new Map(groups.flatMap(({ legs }) => legs.map(({ index, artifact }) => [index, artifact])));
  return {
    total: entries.length,
    entries: selected.flatMap((index) => {
      const entry = entries[index];
      const artifact = artifacts.get(index);
      return entry === undefined || artifact === undefined ? [] : [{ ...emitted(entry), "artifact-name": artifact }];
    }),
    shards: selectedShards(shardsOf(list), selected),
  };
}

function plannedGroups(
  matrix: string,
  groups: readonly Group[],
  selected: ReadonlySet<number>,
): readonly PlannedGroup[] {
  return groups
    .filter(({ legs }) => legs.length >= MIN_LEGS && selected.has(legs[0].index))
    .map(({ tagSuffix, legs }) => ({
      matrix,
      "tag-suffix": tagSuffix,
      "tag-latest": legs[0].tagLatest,
      legs: legs.map(({ platforms, platformTag, artifact }) => ({
        platform: platforms[0] ?? "",
        "platform-tag": platformTag ?? "",
        "artifact-name": artifact,
      })),
    }));
}
