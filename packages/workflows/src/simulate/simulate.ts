import FlatQueue from "flatqueue";
import type { Run, Stage } from "./model/stages.ts";

interface StageTimes {
  /** When all that it needs was over. */
  readonly ready: number;
  /** When each of its jobs got a runner. */
  readonly starts: Float64Array;
}

export interface RunTimes {
  /** When its last job ends; of a run without jobs, when it was triggered. */
  readonly end: number;
  /** In the order of its stages. */
  readonly stages: readonly StageTimes[];
}

export interface Simulation {
  /** In the order of the runs. */
  readonly runs: readonly RunTimes[];
  /** The most jobs that waited for one concurrency group at the same time. */
  readonly mostPending: number;
}

/**
 * When each job of these runs starts, where at most `cap` jobs run at the same time. A job asks for a runner when its needs are
 * over and neither `max-parallel` nor its concurrency group holds it back. Who asks first is served first; of those that ask
 * at the same time the earlier run, then the earlier in its workflow. A free runner never waits while somebody asks.
 */
export function simulate(runs: readonly Run[], cap: number): Simulation {
  return new Clock(runs, cap).run();
}

interface StageState {
  readonly stage: Stage;
  readonly run: RunState;
  readonly starts: Float64Array;
  /** Those that need it. */
  readonly dependents: StageState[];
  /** How many of its needs are not over. */
  needs: number;
  ready: number;
  /** Jobs that have been let ask, and jobs that are over. */
  asked: number;
  over: number;
  /** Position of its first job among all jobs. */
  readonly first: number;
}

interface RunState {
  readonly at: number;
  readonly stages: StageState[];
  end: number;
}

interface Job {
  readonly stage: StageState;
  readonly index: number;
  /** Among all jobs: earlier runs first, then the workflow's order. */
  readonly order: number;
}

const byOrder = (left: Job, right: Job): number => left.order - right.order;

class Clock {
  readonly #runs: readonly RunState[];
  /** The runs by the time they are triggered. */
  readonly #arrivals: readonly RunState[];
  /** Jobs that run, by the time they end. */
  readonly #running = new FlatQueue<Job>();
  /** Jobs that wait for a runner; those before `#served` have got one. */
  #queue: Job[] = [];
  #served = 0;
  /** A group that is taken, and who waits for it. */
  readonly #groups = new Map<string, Job[]>();
  /** Of this moment: jobs whose needs and `max-parallel` let them go on, and those whose group does, too. */
  #asking: Job[] = [];
  #admitted: Job[] = [];
  #free: number;
  #mostPending = 0;

  constructor(runs: readonly Run[], cap: number) {
    this.#free = cap;
    const arrivals = [...runs.keys()].toSorted((left, right) => (runs[left]?.at ?? 0) - (runs[right]?.at ?? 0));
    let jobs = 0;
    const states = new Map<number, RunState>();
    for (const index of arrivals) {
      const run = runs[index];
      if (run === undefined) continue;
      const state = stateOf(run, jobs);
      jobs += run.stages.reduce((sum, { seconds }) => sum + seconds.length, 0);
      states.set(index, state);
    }
    this.#arrivals = [...states.values()];
    this.#runs = [...runs.keys()].flatMap((index) => states.get(index) ?? []);
  }

  run(): Simulation {
    for (let next = 0; ; ) {
      const now = Math.min(this.#running.peekValue() ?? Infinity, this.#arrivals[next]?.at ?? Infinity);
      // Also where a time is not a number.
      if (!(now < Infinity)) break;
      for (const job of this.#ended(now)) this.#finish(job, now);
      for (let run = this.#arrivals[next]; run?.at === now; run = this.#arrivals[next]) {
        next += 1;
        for (const stage of run.stages) if (stage.stage.needs.length === 0) this.#ready(stage, now);
      }
      this.#admit();
      this.#start(now);
    }
    return { runs: this.#runs.map(timesOf), mostPending: this.#mostPending };
  }

  #ended(now: number): readonly Job[] {
    const ended: Job[] = [];
    while (this.#running.length > 0 && this.#running.peekValue() === now) {
      const job = this.#running.pop();
      if (job !== undefined) ended.push(job);
    }
    return ended;
  }

  #finish({ stage, index }: Job, now: number): void {
    this.#free += 1;
    stage.run.end = Math.max(stage.run.end, now);
    const group = stage.stage.groups?.[index];
    if (group !== undefined) this.#release(group);
    stage.over += 1;
    this.#ask(stage);
    if (stage.over === stage.stage.seconds.length) this.#over(stage, now);
  }

  /** Who waits for a group longest has it next, whatever asks for it now. */
  #release(group: string): void {
    const next = this.#groups.get(group)?.shift();
    if (next === undefined) this.#groups.delete(group);
    else this.#admitted.push(next);
  }

  #ready(stage: StageState, now: number): void {
    stage.ready = now;
    if (stage.stage.seconds.length === 0) this.#over(stage, now);
    else this.#ask(stage);
  }

  #over({ dependents }: StageState, now: number): void {
    for (const dependent of dependents) {
      dependent.needs -= 1;
      if (dependent.needs === 0) this.#ready(dependent, now);
    }
  }

  /** Lets as many jobs of a matrix go on as may be under way together. */
  #ask(stage: StageState): void {
    const { seconds, atOnce } = stage.stage;
    while (stage.asked < seconds.length && stage.asked - stage.over < (atOnce ?? Infinity)) {
      this.#asking.push({ stage, index: stage.asked, order: stage.first + stage.asked });
      stage.asked += 1;
    }
  }

  #admit(): void {
    for (const job of this.#asking.sort(byOrder)) {
      const group = job.stage.stage.groups?.[job.index];
      const waiting = group === undefined ? undefined : this.#groups.get(group);
      if (waiting === undefined) {
        if (group !== undefined) this.#groups.set(group, []);
        this.#admitted.push(job);
      } else {
        waiting.push(job);
        this.#mostPending = Math.max(this.#mostPending, waiting.length);
      }
    }
    for (const job of this.#admitted.sort(byOrder)) this.#queue.push(job);
    this.#asking = [];
    this.#admitted = [];
  }

  #start(now: number): void {
    while (this.#free > 0) {
      const job = this.#queue[this.#served];
      if (job === undefined) break;
      this.#served += 1;
      this.#free -= 1;
      job.stage.starts[job.index] = now;
      this.#running.push(job, now + (job.stage.stage.seconds[job.index] ?? 0));
    }
    // Half of it is past: what has been served is let go, at a cost that each job pays once.
    if (this.#served > 1024 && this.#served * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#served);
      this.#served = 0;
    }
  }
}

function stateOf({ at, stages }: Run, before: number): RunState {
  const run: RunState = { at, stages: [], end: at };
  let first = before;
  for (const stage of stages) {
    const { length } = stage.seconds;
    const starts = new Float64Array(length).fill(Number.NaN);
    const needs = new Set(stage.needs);
    const state: StageState = {
      stage,
      run,
      starts,
      dependents: [],
      needs: needs.size,
      ready: Number.NaN,
      asked: 0,
      over: 0,
      first,
    };
    for (const position of needs) {
      const need = run.stages[position];
      if (need === undefined) throw new Error(`stage ${stage.id} needs stage ${position}, which is not before it`);
      need.dependents.push(state);
    }
    run.stages.push(state);
    first += length;
  }
  return run;
}

function timesOf({ end, stages }: RunState): RunTimes {
  return { end, stages: stages.map(({ ready, starts }) => ({ ready, starts })) };
}
