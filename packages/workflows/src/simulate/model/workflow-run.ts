import { listOutputPart, withPart } from "@fanfold-internal/matrix/names";
import type { LegPlace, ModelLeg } from "./model-legs.ts";
import type { Run, Stage } from "./stages.ts";

/** A build job of a run, and how long it takes. */
export interface PlannedJob extends Pick<ModelLeg, "list" | "image" | "merged"> {
  readonly place: LegPlace;
  readonly seconds: number;
}

/** What a push's run is made of besides its builds. */
export interface WorkflowShape {
  /** `batch`: one job merges all images. `matrix`: one for each image of several legs, and one for the others. */
  readonly merge: "batch" | "matrix";
  /** `max-parallel` of each build matrix; null: none. */
  readonly maxParallel: number | null;
  readonly seconds: OtherSeconds;
}

/** What jobs take that build nothing. */
export interface OtherSeconds {
  readonly plan: number;
  /** A job that merges, whatever it merges. */
  readonly merge: number;
  /** Each image of it, besides. */
  readonly "merge-image": number;
  readonly ok: number;
}

/**
 * The run of a push that builds these legs, job by job as the generated workflow has them: plan; builds in their matrices, wave
 * after wave; merges when their builds are over; ok. A matrix without a leg is skipped, and nothing waits for it.
 */
export function workflowRun(at: number, jobs: readonly PlannedJob[], shape: WorkflowShape): Run {
  const stages: Stage[] = [{ ...LONE, id: "plan", kind: "plan", needs: [], seconds: [shape.seconds.plan] }];
  const shards = shardsIn(jobs);
  for (const { job, place, legs } of shards) {
    const needs = place.wave === null ? [] : positions(shards, (each) => isBefore(each.place, place));
    stages.push({
      ...LONE,
      id: job,
      kind: "build",
      needs: [PLAN, ...needs],
      seconds: legs.map(({ seconds }) => seconds),
      atOnce: shape.maxParallel,
    });
  }
  stages.push(...mergeStages(shards, shape));
  stages.push({ ...LONE, id: "ok", kind: "ok", needs: [...stages.keys()], seconds: [shape.seconds.ok] });
  return { at, stages };
}

const PLAN = 0;
const LONE = { atOnce: null, groups: null } as const;

interface Shard {
  readonly job: string;
  readonly place: LegPlace;
  readonly legs: PlannedJob[];
}

function shardsIn(jobs: readonly PlannedJob[]): readonly Shard[] {
  const shards = new Map<string, Shard>();
  for (const leg of jobs) {
    const { place } = leg;
    const shard = shards.get(place.job);
    if (shard === undefined) shards.set(place.job, { job: place.job, place, legs: [leg] });
    else shard.legs.push(leg);
  }
  return [...shards.values()].toSorted((left, right) => left.place.order - right.place.order);
}

function isBefore({ wave }: LegPlace, place: LegPlace): boolean {
  return wave !== null && wave < (place.wave ?? 0);
}

/** Shards stand behind the plan. */
function positions(shards: readonly Shard[], wanted: (shard: Shard) => boolean): readonly number[] {
  return shards.flatMap((shard, index) => (wanted(shard) ? [index + 1] : []));
}

function mergeStages(shards: readonly Shard[], { merge, seconds }: WorkflowShape): readonly Stage[] {
  const merged = shards.flatMap(({ legs }) => legs.filter((leg) => leg.merged));
  if (merged.length === 0) return [];
  const images = [...Map.groupBy(merged, ({ image }) => image).values()];
  const merging = (count: number): number => seconds.merge + seconds["merge-image"] * count;
  const stage = (id: string, legs: readonly PlannedJob[], own: readonly number[], groups: readonly string[]): Stage => {
    const places = new Set(legs.map(({ place }) => place.job));
    const needs = positions(shards, ({ job }) => places.has(job));
    return { id, kind: "merge", needs: [PLAN, ...needs], seconds: own, atOnce: null, groups };
  };
  if (merge === "batch") return [stage("merge", merged, [merging(images.length)], ["merge"])];
  const multi = images.filter(({ length }) => length > 1);
  const single = images.filter(({ length }) => length === 1);
  return [
    ...[...Map.groupBy(multi, ([leg]) => leg?.list ?? "")].map(([list, own]) => {
      const id = withPart("merge", listOutputPart(list));
      const groups = own.map(([leg]) => `${id} ${leg?.image}`);
      return stage(
        id,
        own.flat(),
        own.map(() => merging(1)),
        groups,
      );
    }),
    stage("merge-rest", single.flat(), [merging(single.length)], ["merge-rest"]),
  ];
}
