import { costOf, type RunCost, type TotalCost, totalCost } from "./cost.ts";
import { type Durations, type LegSeconds, legSeconds } from "./durations/durations.ts";
import { isEmulated, type ModelLeg } from "./model/model-legs.ts";
import { type WorkflowShape, workflowRun } from "./model/workflow-run.ts";
import type { ComparisonKind } from "./other-ways.ts";
import { simulate } from "./simulate.ts";
import { asPlanned, emulatedInOneJob, nativeJobs, type Variant, withoutWaves } from "./variants.ts";

/** A family as the model sees it; one object for all pushes that have the same. */
export interface ModelFamily extends Pick<WorkflowShape, "merge" | "maxParallel"> {
  /** Of its whole matrix. */
  readonly legs: readonly ModelLeg[];
}

/** What a push builds. */
export interface ModelPush {
  readonly family: ModelFamily;
  readonly legs: readonly ModelLeg[];
}

/** Pushes, one after the other as they came. */
export interface PushedHistory {
  /** When, in seconds. */
  readonly at: readonly number[];
  readonly ours: readonly ModelPush[];
  /** By a second config; null: there is none. */
  readonly against: readonly ModelPush[] | null;
}

export interface Pace {
  readonly durations: Durations;
  /** How many jobs run at the same time, at most. */
  readonly cap: number;
}

/** What each push costs, and all of them. */
export interface Costs {
  readonly pushes: readonly RunCost[];
  readonly total: TotalCost;
  readonly mostPending: number;
}

/** All pushes, built in another way. */
export interface Comparison {
  readonly kind: ComparisonKind;
  readonly total: TotalCost;
}

export interface HistoryCosts {
  readonly ours: Costs;
  readonly everythingEachTime: Costs;
  readonly against: Costs | null;
  /** Only ways by which any push comes out differently. */
  readonly comparisons: readonly Comparison[];
}

export function historyCosts({ at, ours, against }: PushedHistory, pace: Pace): HistoryCosts {
  const model = new Model(at, pace);
  return {
    ours: model.costs(ours),
    everythingEachTime: model.costs(ours.map(({ family }) => ({ family, legs: family.legs }))),
    against: against === null ? null : model.costs(against),
    comparisons: otherWays(ours).map(({ kind, ...way }) => ({ kind, total: model.costs(ours, way).total })),
  };
}

interface Way {
  readonly variant?: Variant;
  readonly merge?: WorkflowShape["merge"];
}

function otherWays(pushes: readonly ModelPush[]): readonly (Way & { readonly kind: ComparisonKind })[] {
  const legs = new Set(pushes.flatMap((push) => push.legs));
  const several = pushes.some(({ legs: own }) => own.length > new Set(own.map(({ image }) => image)).size);
  const merges = new Set(pushes.flatMap((push) => (push.legs.some(({ merged }) => merged) ? push.family.merge : [])));
  const some = (holds: (leg: ModelLeg) => boolean): boolean => [...legs].some(holds);
  return [
    ...(several ? [{ kind: "emulated", variant: emulatedInOneJob } as const] : []),
    ...(some(isEmulated) ? [{ kind: "native", variant: nativeJobs } as const] : []),
    ...(merges.has("batch") ? [{ kind: "merge-matrix", merge: "matrix" } as const] : []),
    ...(merges.has("matrix") ? [{ kind: "merge-batch", merge: "batch" } as const] : []),
    ...(some(({ place }) => place.wave !== null) ? [{ kind: "no-waves", variant: withoutWaves } as const] : []),
  ];
}

class Model {
  readonly #at: readonly number[];
  readonly #pace: Pace;
  readonly #seconds = new Map<ModelFamily, LegSeconds>();

  constructor(at: readonly number[], pace: Pace) {
    this.#at = at;
    this.#pace = pace;
  }

  costs(pushes: readonly ModelPush[], { variant = asPlanned, merge }: Way = {}): Costs {
    const { durations, cap } = this.#pace;
    const runs = pushes.map(({ family, legs }, index) => {
      const ground = { secondsOf: this.#secondsIn(family).of, emulated: durations.emulated };
      return workflowRun(this.#at[index] ?? 0, variant(legs, ground), {
        merge: merge ?? family.merge,
        maxParallel: family.maxParallel,
        seconds: durations.other,
      });
    });
    const { runs: times, mostPending } = simulate(runs, cap);
    const costs = runs.flatMap((run, index) => {
      const own = times[index];
      return own === undefined ? [] : [costOf(run, own)];
    });
    return { pushes: costs, total: totalCost(runs, costs), mostPending };
  }

  #secondsIn(family: ModelFamily): LegSeconds {
    const known = this.#seconds.get(family) ?? legSeconds(this.#pace.durations, family.legs);
    this.#seconds.set(family, known);
    return known;
  }
}
