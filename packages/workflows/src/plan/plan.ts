import {
  backendOf,
  type Cause,
  type Diff,
  emitted,
  type MatrixEntry,
  type MatrixList,
  type PlannedEvent,
  renumbered,
  type Survey,
} from "@fanfold/changed-backends";
import { type Group, groupEntries, type MergeItem, mergeItems, type Shards, shardEntries } from "@fanfold/merge-matrix";
import { selectedShards } from "@fanfold-internal/matrix/shard-cut";

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

export interface PlanGround {
  readonly event: PlannedEvent;
  readonly lists: readonly MatrixList[];
  readonly images: readonly string[];
  readonly survey: Survey;
  readonly warnings: readonly string[];
}

/** Two entries and more make a merge; a single is tagged by its own build job. */
const MIN_LEGS = 2;

/**
 * The plan of a selection, of lists whose groups have been judged.
 * @throws MergeMatrixError `group-too-large`, when one image has more entries than a matrix takes jobs
 */
export function makePlan({ event, lists, images, survey, warnings }: PlanGround): Plan {
  const { selection, diff, base, head } = survey;
  const { name, ref, sha, defaultBranch } = event;
  const selectedIn = (list: MatrixList): readonly number[] =>
    selection.lists.find(({ name }) => name === list.name)?.selected ?? [];
  const groups = lists.map((list) => ({ list, groups: groupEntries(list.entries), selected: selectedIn(list) }));
  return {
    schema: "fanfold.plan/1",
    event: { name, ref, sha, base, head, defaultBranch },
    diff,
    runAll: selection.runAll,
    matrices: Object.fromEntries(
      groups.map((each) => [each.list.name, plannedList(each.list, each.groups, each.selected)]),
    ),
    groups: groups.flatMap((each) => plannedGroups(each.list.name, each.groups, new Set(each.selected))),
    causes: renumbered(selection),
    images,
    warnings,
  };
}

/** The merge matrix of a list of the plan. */
export function mergeMatrix(plan: Plan, list: string): readonly MergeItem[] {
  return mergeItems(groupEntries(plan.matrices[list]?.entries ?? []), MIN_LEGS);
}

/** Every backend of the file, and whether any list builds it. */
export function backendFlags(lists: readonly MatrixList[], plan: Plan): ReadonlyMap<string, boolean> {
  const names = (entries: readonly MatrixEntry[]): readonly string[] =>
    entries.flatMap((entry) => backendOf(entry) ?? []);
  const flags = new Map(lists.flatMap(({ entries }) => names(entries)).map((backend) => [backend, false]));
  for (const { entries } of Object.values(plan.matrices))
    for (const backend of names(entries)) flags.set(backend, true);
  return flags;
}

function plannedList({ entries }: MatrixList, groups: readonly Group[], selected: readonly number[]): PlannedList {
  const artifacts = new Map(groups.flatMap(({ legs }) => legs.map(({ index, artifact }) => [index, artifact])));
  return {
    total: entries.length,
    entries: selected.flatMap((index) => {
      const entry = entries[index];
      const artifact = artifacts.get(index);
      return entry === undefined || artifact === undefined ? [] : [{ ...emitted(entry), "artifact-name": artifact }];
    }),
    shards: selectedShards(shardEntries(entries), selected),
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
