import { countOf } from "@fanfold-internal/kit/text/words";
import type { Durations, LegSeconds } from "./durations/durations.ts";
import { isEmulated, type ModelLeg } from "./model/model-legs.ts";
import type { Costs } from "./push-costs.ts";
import { spanText } from "./render.ts";

/** What a model of costs takes for granted. */
export interface AssumedGround {
  readonly cap: number;
  readonly durations: Durations;
  /** Of today's matrix. */
  readonly legs: readonly ModelLeg[];
  readonly seconds: LegSeconds;
  /** Whether it is known when pushes came, or only when their commits were made. */
  readonly pushTimes: boolean;
}

/** Sentences for people, in the order of what they change most. */
export function assumptions({ cap, durations, legs, seconds, pushTimes }: AssumedGround): readonly string[] {
  const { unnamed, assumed } = seconds;
  return [
    ...(unnamed.length === 0
      ? []
      : [
          `${countOf(unnamed.length, "entry", "entries")} of ${legs.length} ${unnamed.length === 1 ? "is" : "are"} not in the durations: ${spanText(assumed)} each`,
        ]),
    ...(legs.some(isEmulated) || legs.some(({ platformTag }) => platformTag !== undefined)
      ? [`what is emulated takes ${durations.emulated} times as long as on a machine of its architecture`]
      : []),
    `${cap} jobs run at the same time, whatever their machines, and the job that asks first gets a runner first`,
    pushTimes
      ? "pushes came when the file or the reflog says, and where it does not, when their commits were made"
      : "each commit was pushed when it was made",
    "every job succeeds, at the first attempt, and takes as long with a cache as without",
    "pull requests, schedules and other workflows, which share the runners, are left out",
    "each job's time is billed rounded up to the minute, as GitHub does in private repositories",
  ];
}

/** GitHub drops jobs of a group that has more than these waiting. https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency */
const MAX_PENDING = 100;

/** Of fewer pushes an average says nothing. */
const MANY = 20;

/** Where a simulation is not what would have been: runs come faster than they can be served. */
export function pressure(name: string, { pushes, total, mostPending }: Costs, cap: number): readonly string[] {
  const { demand } = total;
  const busy =
    demand === null || demand <= cap || pushes.length < MANY
      ? []
      : [
          `${name} would keep ${Math.ceil(demand)} runners busy, and there are ${cap}: the queue grows as long as pushes come, and its times say no more than that`,
        ];
  const pending =
    mostPending <= MAX_PENDING
      ? []
      : [
          `${name} would have ${mostPending} merges waiting for one another at a time, of which GitHub keeps ${MAX_PENDING} and cancels the others`,
        ];
  return [...busy, ...pending];
}
