import type { Run } from "./model/stages.ts";
import type { RunTimes } from "./simulate.ts";

/** What a run costs. Times are in seconds. */
export interface RunCost {
  /** From the push to the end of its last job. */
  readonly wall: number;
  /** What its jobs stood around after all that they need was over, together: for `max-parallel`, a group or a runner. */
  readonly waiting: number;
  /** As GitHub bills them: each job's time rounded up to the minute, together. */
  readonly minutes: number;
  readonly jobs: number;
}

/** What many runs cost together. */
export interface TotalCost extends RunCost {
  /** Of half of the runs `wall` is at most this; of nine out of ten; of all. */
  readonly walls: { readonly median: number; readonly ninth: number; readonly longest: number };
  /**
   * How many runners its jobs keep busy from the first push to the last; more than there are means that the queue grows as long
   * as pushes come. Null: all pushes came at once.
   */
  readonly demand: number | null;
}

export function costOf({ at, stages }: Run, times: RunTimes): RunCost {
  let [waiting, minutes, jobs] = [0, 0, 0];
  for (const [index, { seconds }] of stages.entries()) {
    const stage = times.stages[index];
    if (stage === undefined) continue;
    for (const start of stage.starts) waiting += start - stage.ready;
    for (const each of seconds) minutes += billedMinutes(each);
    jobs += seconds.length;
  }
  return { wall: times.end - at, waiting, minutes, jobs };
}

/** https://docs.github.com/actions/monitoring-and-troubleshooting-workflows/viewing-job-execution-time */
function billedMinutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}

export function totalCost(runs: readonly Run[], costs: readonly RunCost[]): TotalCost {
  const walls = costs.map(({ wall }) => wall).toSorted((left, right) => left - right);
  const atMost = (share: number): number => walls[Math.max(0, Math.ceil(walls.length * share) - 1)] ?? 0;
  const sum = (of: (cost: RunCost) => number): number => costs.reduce((total, cost) => total + of(cost), 0);
  return {
    wall: sum(({ wall }) => wall),
    waiting: sum(({ waiting }) => waiting),
    minutes: sum(({ minutes }) => minutes),
    jobs: sum(({ jobs }) => jobs),
    walls: { median: atMost(0.5), ninth: atMost(0.9), longest: atMost(1) },
    demand: demandOf(runs),
  };
}

function demandOf(runs: readonly Run[]): number | null {
  let [first, last, work] = [Infinity, -Infinity, 0];
  for (const { at, stages } of runs) {
    first = Math.min(first, at);
    last = Math.max(last, at);
    for (const { seconds } of stages) for (const each of seconds) work += each;
  }
  return last > first ? work / (last - first) : null;
}
