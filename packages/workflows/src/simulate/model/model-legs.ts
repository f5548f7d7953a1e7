import { shardsOf } from "@fanfold/changed-backends/internal";
import { groupEntries, type Leg } from "@fanfold/merge-matrix";
import type { Json } from "@fanfold-internal/kit/read/json";
import { type Identify, imageText } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import {
  SHARD_KINDS,
  type ShardKind,
  type Shards,
  shardClass,
  type WaveOf,
  waveClass,
} from "@fanfold-internal/matrix/shards";
import type { Config } from "../../config/config.ts";
import { BUILT_LIST, handsOverArtifacts } from "../../config/lists.ts";

export type Architecture = "amd64" | "arm64";

/** An entry of the matrix, as the job that builds it. */
export interface ModelLeg {
  readonly list: string;
  /** Its position in the list. */
  readonly index: number;
  /** Equal for legs of one image. */
  readonly image: string;
  /** How people call the image. */
  readonly name: string;
  readonly artifact: string;
  /** In their normal form; none where the builder decides. */
  readonly platforms: readonly string[];
  readonly platformTag: string | undefined;
  readonly runner: Architecture;
  readonly place: LegPlace;
  /** Where nothing is built in waves. */
  readonly placeWithoutWaves: LegPlace;
  /** Whether a merge waits for it. */
  readonly merged: boolean;
  /** Images that its image is built from. */
  readonly bases: readonly string[];
}

/** The job of the workflow whose matrix has the leg. */
export interface LegPlace {
  /** `build-multi-1` */
  readonly job: string;
  readonly kind: ShardKind | "wave";
  readonly wave: number | null;
  /** Sorts jobs as the workflow has them. */
  readonly order: number;
}

/** What a family's jobs follow from. */
export interface LegGround {
  readonly lists: readonly MatrixList[];
  readonly identify: Identify;
  readonly workflow: NonNullable<Config["workflow"]>;
  /** What images are built from; undefined: not from each other. */
  readonly graph: LegGraph | undefined;
}

/** What the model takes of a `FamilyGraph`. */
interface LegGraph {
  readonly list: Pick<MatrixList, "name">;
  readonly waveOf: WaveOf;
  /** Of each entry, the images that it is built from. */
  readonly graph: { readonly edges: readonly (readonly { readonly to: string }[])[] };
}

/** The legs that the generated workflow has jobs for, list by list. */
export function modelLegs({ lists, identify, workflow, graph }: LegGround): readonly ModelLeg[] {
  return lists.flatMap((list, position): readonly ModelLeg[] => {
    const called = workflow.lists?.[list.name];
    if (list.name !== BUILT_LIST && called === undefined) return [];
    const based = graph?.list.name === list.name ? graph : undefined;
    const places = placesOf(list, position, { identify, based });
    const alone = placesOf(list, position, { identify, based: undefined });
    const handedOver = list.name === BUILT_LIST || (called !== undefined && handsOverArtifacts(called));
    const groups = groupEntries(list.entries, identify);
    const basesOf = new Map(groups.map((group) => [group.identity.id, imageBases(group.legs, based)]));
    return groups
      .flatMap(({ identity, legs }) =>
        legs.flatMap((leg): readonly ModelLeg[] => {
          const [place, placeWithoutWaves] = [places.get(leg.index), alone.get(leg.index)];
          if (place === undefined || placeWithoutWaves === undefined) return [];
          return [
            {
              list: list.name,
              index: leg.index,
              image: `${list.name} ${identity.id}`,
              name: imageText(identity.name),
              artifact: leg.artifact,
              platforms: leg.platforms,
              platformTag: leg.platformTag,
              runner: runnerOf(leg.entry["runs-on"]),
              place,
              placeWithoutWaves,
              // Singles of a hand-written workflow leave no record: nothing waits for them.
              merged: handedOver && (called === undefined || legs.length > 1),
              bases: (basesOf.get(identity.id) ?? []).map((base) => `${list.name} ${base}`),
            },
          ];
        }),
      )
      .toSorted((left, right) => left.index - right.index);
  });
}

function placesOf(
  list: MatrixList,
  position: number,
  { identify, based }: Pick<LegGround, "identify"> & { readonly based: LegGraph | undefined },
): ReadonlyMap<number, LegPlace> {
  const places = new Map<number, LegPlace>();
  const put = (shards: Shards["multi"], name: string, place: Omit<LegPlace, "job">): void => {
    for (const [shard, indexes] of shards.entries()) {
      const job = `build-${name}-${shard + 1}`;
      for (const index of indexes) places.set(index, { ...place, job, order: place.order + shard / SHARDS });
    }
  };
  const shards = shardsOf(list, identify, based?.waveOf);
  for (const [at, kind] of SHARD_KINDS.entries()) {
    const order = position * SHARD_KINDS.length + at - LISTS;
    put(shards[kind], shardClass(list.name, kind), { kind, wave: null, order });
  }
  for (const [before, wave] of shards.waves.entries()) {
    put(wave, waveClass(before + 1), { kind: "wave", wave: before + 1, order: before });
  }
  return places;
}

/** More than there can be, of shards of one kind and of kinds of shards: waves come after all of those, from 0. */
const SHARDS = 1_000;
const LISTS = 1_000_000;

/** What any leg of an image is built from. */
function imageBases(legs: readonly Leg[], based: LegGraph | undefined): readonly string[] {
  const edges = legs.flatMap(({ index }) => based?.graph.edges[index] ?? []);
  return [...new Set(edges.map(({ to }) => to))];
}

/** A machine is amd64, unless its label says otherwise as GitHub's own do. */
function runnerOf(runsOn: Json | undefined): Architecture {
  const labels = Array.isArray(runsOn) ? runsOn : [runsOn];
  return labels.some((label: Json | undefined) => typeof label === "string" && /(?:^|-)arm(?:64)?$/i.test(label))
    ? "arm64"
    : "amd64";
}

/** Whether a platform is none of a machine's own, so that what is built for it is emulated there. */
export function isForeign(platform: string, runner: Architecture): boolean {
  const [, architecture = ""] = platform.split("/");
  const own = runner === "amd64" ? ["amd64", "386"] : ["arm64", "arm"];
  return architecture !== "" && !own.includes(architecture);
}

/** Whether a job builds anything under emulation. */
export function isEmulated({ platforms, runner }: Pick<ModelLeg, "platforms" | "runner">): boolean {
  return platforms.some((platform) => isForeign(platform, runner));
}
