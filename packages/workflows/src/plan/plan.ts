import type { Cause, Diff, MatrixEntry, MatrixList, PlannedEvent, SelectedChanges } from "@fanfold/changed-backends";
import { emitted, renumbered, selectedIn, shardsOf } from "@fanfold/changed-backends/internal";
import { groupEntries, type MergeItem } from "@fanfold/merge-matrix";
import { mergeItems } from "@fanfold/merge-matrix/internal";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import type { Identify } from "@fanfold-internal/matrix/identity";
import { selectedShards, type WavedShards } from "@fanfold-internal/matrix/shards";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { PlannedTest } from "../build/smoke-test.ts";
import type { LinkedTargets } from "../build/targets.ts";
import type { KnownKeys } from "../content/image-content.ts";
import type { PublishedImage } from "../published/published-images.ts";
import type { PlannedReuse } from "../reuse/plan-reuse.ts";
import type { PlannedSigning } from "../sign/planned-signing.ts";
import { basesPattern, type PlannedBases, plannedBases } from "./planned-bases.ts";
import { type PlannedGroup, plannedGroup } from "./planned-group.ts";

export type { PlannedBase, PlannedBases } from "./planned-bases.ts";
export type { PlannedGroup, PlannedLeg } from "./planned-group.ts";

/** An entry as its job gets it. */
export type PlannedEntry = MatrixEntry & { readonly "artifact-name": string; readonly "bases-pattern"?: string };

/** The selected entries of one list of the matrix file. */
export interface PlannedList {
  /** Entries in the file. */
  readonly total: number;
  /** Those that are selected, in file order. */
  readonly entries: readonly PlannedEntry[];
  /** Positions in `entries`; as many shards as the file needs, whatever is selected. */
  readonly shards: WavedShards;
}

/** What `fanfold plan --json` prints, and what build jobs and `digest-tools merge-all` read. */
export interface Plan {
  readonly schema: "fanfold.plan/1";
  readonly event: PlannedEvent & { readonly base: string | null; readonly head: string | null };
  readonly diff: Diff;
  readonly runAll: boolean;
  readonly matrices: Readonly<Record<string, PlannedList>>;
  /** Images that the merge publishes: those that are built, and those that are published again without that. */
  readonly groups: readonly PlannedGroup[];
  /** By artifact name, what buildx bake takes of a selected entry of `include`: the attributes of its target. */
  readonly targets: Readonly<Record<string, JsonObject>>;
  /**
   * By artifact name, targets that one of `targets` is linked to: `target:NAME` in `contexts` is the one of that name. Absent:
   * there are none.
   */
  readonly linked?: LinkedTargets;
  readonly bases: PlannedBases;
  /** Registries where legs are tagged, because they delete untagged images. */
  readonly "anchor-hosts": readonly string[];
  /** The test of every image; null: there is none. */
  readonly test: PlannedTest | null;
  /** By whom images are signed before they are tagged; null: they are not. */
  readonly sign: PlannedSigning | null;
  /** `entry` is a position in its matrix' `entries`. */
  readonly causes: readonly Cause[];
  readonly warnings: readonly string[];
}

/** What a plan is made of: the event, the selection, and what the files of the family say. */
export interface PlanInput {
  readonly event: PlannedEvent;
  readonly lists: readonly MatrixList[];
  readonly identify: Identify;
  /** All images of the lists, as the event publishes them. */
  readonly images: readonly PublishedImage[];
  /** By artifact name; of selected entries alone. */
  readonly targets: Readonly<Record<string, JsonObject>>;
  readonly linked?: LinkedTargets;
  /** What a job gets of an entry; default: all of it but its inputs. */
  readonly jobKeys?: readonly string[] | undefined;
  /** Registries that delete untagged images, besides those that are known. */
  readonly anchorHosts: readonly string[];
  readonly test: PlannedTest | null;
  /** Default: nobody signs. */
  readonly sign?: PlannedSigning | null;
  /** What images are built from; default: nothing that the family builds itself. */
  readonly bases?: PlanBases;
  /** What images are built from, by their ids; default: not known. */
  readonly contentKeys?: KnownKeys;
  readonly changes: SelectedChanges;
  /** What is published already; default: nobody asked. */
  readonly reuse?: Pick<PlannedReuse, "states" | "from" | "handed"> | undefined;
  readonly warnings: readonly string[];
}

/** Which images of a family are built from which. */
export interface PlanBases {
  readonly graph: FamilyGraph;
  /** Whether bases are built before, and published together with what stands on them; a build does it all otherwise. */
  readonly inWaves: boolean;
}

/** Two entries and more make a merge matrix' item. */
const MIN_LEGS = 2;

/**
 * The plan of a selection, of lists whose images have been checked.
 *
 * @throws ChangedBackendsError `shards`, when one image has more entries than a matrix takes jobs
 */
export function makePlan(input: PlanInput): Plan {
  const {
    event,
    lists,
    identify,
    images,
    targets,
    linked = {},
    anchorHosts,
    test,
    sign = null,
    bases,
    contentKeys,
    changes,
    warnings,
  } = input;
  const { reuse } = input;
  const { selection, diff, base, head } = changes;
  const { name, ref, sha, defaultBranch } = event;
  const chosen = selectedImages(images, changes);
  const onBases = bases === undefined ? {} : plannedBases(bases.graph, chosen, { targets, linked }, reuse?.handed);
  const built = new Set(chosen);
  const groups = images
    .filter((image) => image.merged && (built.has(image) || reuse?.from.has(image.group.identity.id) === true))
    .map((image) => {
      const { id } = image.group.identity;
      return plannedGroup(image, {
        key: contentKeys?.get(id) ?? null,
        state: reuse?.states.get(id)?.state ?? null,
        from: built.has(image) ? null : (reuse?.from.get(id) ?? null),
        wrapped: reuse !== undefined && image.group.legs.length === 1,
      });
    });
  return {
    schema: "fanfold.plan/1",
    event: { name, ref, sha, base, head, defaultBranch },
    diff,
    runAll: selection.runAll,
    matrices: Object.fromEntries(
      lists.map((list) => {
        const graph = bases?.inWaves === true && bases.graph.list.name === list.name ? bases.graph : undefined;
        const shards = shardsOf(list, identify, graph?.waveOf);
        const selected = selectedIn(selection, list.name);
        const ground = { selected, images, shards, bases: graph === undefined ? {} : onBases, jobKeys: input.jobKeys };
        return [list.name, plannedList(list, ground)];
      }),
    ),
    groups,
    targets,
    ...(Object.keys(linked).length === 0 ? {} : { linked }),
    bases: onBases,
    "anchor-hosts": anchorHosts,
    test,
    sign,
    causes: renumbered(selection),
    warnings,
  };
}

/** Those of the images that a change selects: an image is selected whole or not at all. */
export function selectedImages(
  images: readonly PublishedImage[],
  { selection }: SelectedChanges,
): readonly PublishedImage[] {
  const selected = new Map(selection.lists.map((list) => [list.name, new Set(list.selected)]));
  return images.filter(({ list, group }) => selected.get(list)?.has(group.legs[0].index) === true);
}

/** The merge matrix of a list of the plan. */
export function mergeMatrix(plan: Plan, list: string, identify: Identify): readonly MergeItem[] {
  return mergeItems(groupEntries(plan.matrices[list]?.entries ?? [], identify), MIN_LEGS);
}

interface ListPlan extends Pick<PlanInput, "jobKeys"> {
  /** Indexes of entries. */
  readonly selected: readonly number[];
  readonly images: readonly PublishedImage[];
  /** Of the whole list. */
  readonly shards: WavedShards;
  /** Of entries whose bases leave records for them. */
  readonly bases: PlannedBases;
}

function plannedList(list: MatrixList, { selected, images, shards, bases, jobKeys }: ListPlan): PlannedList {
  const { entries } = list;
  const legs = images.filter((image) => image.list === list.name).flatMap(({ group }) => group.legs);
  const artifacts = new Map(legs.map(({ index, artifact }) => [index, artifact]));
  return {
    total: entries.length,
    entries: selected.flatMap((index): readonly PlannedEntry[] => {
      const entry = entries[index];
      const artifact = artifacts.get(index);
      if (entry === undefined || artifact === undefined) return [];
      const pattern = basesPattern(bases[artifact] ?? []);
      const more = pattern === undefined ? {} : { "bases-pattern": pattern };
      return [{ ...jobEntry(entry, jobKeys), "artifact-name": artifact, ...more }];
    }),
    shards: selectedShards(shards, selected),
  };
}

function jobEntry(entry: MatrixEntry, keys: readonly string[] | undefined): MatrixEntry {
  if (keys === undefined) return emitted(entry);
  return Object.fromEntries(Object.entries(entry).filter(([key]) => keys.includes(key)));
}
