import fc from "fast-check";
import { expect, test } from "vitest";
import type { Run, Stage } from "./model/stages.ts";
import { type RunTimes, simulate } from "./simulate.ts";
import { anyRun, anyRuns } from "./testing/random-runs.ts";
import { startsByTicking } from "./testing/ticking-clock.ts";

const CAP = fc.integer({ min: 1, max: 6 });
const ANY = anyRuns({ limited: true });
const UNLIMITED = anyRuns({ limited: false });

interface TimedJob {
  readonly ready: number;
  readonly start: number;
  readonly end: number;
  /** Seconds. */
  readonly work: number;
  readonly group: string | undefined;
}

function jobsOf({ stages }: Run, times: RunTimes): readonly (readonly TimedJob[])[] {
  return stages.map(({ seconds, groups }, stage) =>
    seconds.map((work, index) => {
      const start = times.stages[stage]?.starts[index] ?? Number.NaN;
      return {
        ready: times.stages[stage]?.ready ?? Number.NaN,
        start,
        end: start + work,
        work,
        group: groups?.[index],
      };
    }),
  );
}

/** By runs, then stages. */
function simulated(runs: readonly Run[], cap: number): readonly (readonly (readonly TimedJob[])[])[] {
  const { runs: times } = simulate(runs, cap);
  return runs.map((run, index) => jobsOf(run, times[index] ?? { end: Number.NaN, stages: [] }));
}

/** How many of the jobs run at a moment: one that ends then does not. */
function runningAt(jobs: readonly TimedJob[], moment: number): number {
  return jobs.filter(({ start, end }) => start <= moment && moment < end).length;
}

/** The longest way through the needs of a run. */
function criticalPath({ stages }: Run): number {
  const ends: number[] = [];
  for (const { needs, seconds } of stages) {
    const begin = Math.max(0, ...needs.map((need) => ends[need] ?? Number.NaN));
    ends.push(begin + Math.max(0, ...seconds));
  }
  return Math.max(0, ...ends);
}

const work = (jobs: readonly TimedJob[]): number => jobs.reduce((sum, each) => sum + each.work, 0);

test("is what looking at every job in every second gives", () => {
  fc.assert(
    fc.property(anyRuns({ limited: true, least: 1 }, 3), CAP, (runs, cap) => {
      const starts = simulate(runs, cap).runs.map(({ stages }) => stages.map(({ starts }) => [...starts]));
      expect(starts).toEqual(startsByTicking(runs, cap));
    }),
  );
});

test("never more jobs run than may, of all, of a matrix or of a group", () => {
  fc.assert(
    fc.property(ANY, CAP, (runs, cap) => {
      const stages = simulated(runs, cap);
      const all = stages.flat(2);
      const groups = Map.groupBy(
        all.filter(({ group }) => group !== undefined),
        ({ group }) => group,
      );
      for (const { start } of all) {
        expect(runningAt(all, start)).toBeLessThanOrEqual(cap);
        for (const own of groups.values()) expect(runningAt(own, start)).toBeLessThanOrEqual(1);
        for (const [run, { stages: given }] of runs.entries()) {
          for (const [stage, { atOnce }] of given.entries()) {
            const own = stages[run]?.[stage] ?? [];
            expect(runningAt(own, start)).toBeLessThanOrEqual(atOnce ?? Infinity);
          }
        }
      }
    }),
  );
});

test("every job runs, once, for as long as it takes, and after all that it needs", () => {
  fc.assert(
    fc.property(ANY, CAP, (runs, cap) => {
      const { runs: times } = simulate(runs, cap);
      for (const [index, run] of runs.entries()) {
        const own = times[index] ?? { end: Number.NaN, stages: [] };
        const jobs = jobsOf(run, own);
        expect(work(jobs.flat())).toBe(run.stages.flatMap(({ seconds }) => seconds).reduce((a, b) => a + b, 0));
        expect(own.end).toBe(Math.max(run.at, ...jobs.flat().map(({ end }) => end)));
        for (const [stage, { needs }] of run.stages.entries()) {
          for (const { start, ready } of jobs[stage] ?? []) {
            expect(ready).toBeGreaterThanOrEqual(run.at);
            expect(start).toBeGreaterThanOrEqual(ready);
            for (const need of needs) {
              for (const { end } of jobs[need] ?? []) expect(ready).toBeGreaterThanOrEqual(end);
            }
          }
        }
      }
    }),
  );
});

test("no run is faster than its critical path, nor all together than the work on as many runners as there are", () => {
  fc.assert(
    fc.property(ANY, CAP, (runs, cap) => {
      const { runs: times } = simulate(runs, cap);
      for (const [index, run] of runs.entries()) {
        expect((times[index]?.end ?? Number.NaN) - run.at).toBeGreaterThanOrEqual(criticalPath(run));
      }
      const all = simulated(runs, cap).flat(2);
      const begin = Math.min(...runs.map(({ at }) => at));
      expect(Math.max(...times.map(({ end }) => end)) - begin).toBeGreaterThanOrEqual(work(all) / cap);
    }),
  );
});

test("with a runner for everybody a run takes its critical path, and nobody waits", () => {
  fc.assert(
    fc.property(UNLIMITED, (runs) => {
      const { runs: times } = simulate(runs, Infinity);
      for (const [index, run] of runs.entries()) {
        expect((times[index]?.end ?? Number.NaN) - run.at).toBe(criticalPath(run));
      }
      for (const { start, ready } of simulated(runs, Infinity).flat(2)) expect(start).toBe(ready);
    }),
  );
});

test("no runner is free while a job waits for one, and who waits longer is served first", () => {
  fc.assert(
    fc.property(UNLIMITED, CAP, (runs, cap) => {
      const all = simulated(runs, cap).flat(2);
      const moments = all.flatMap(({ ready, start, end }) => [ready, start, end]);
      for (const { ready, start } of all) {
        for (const moment of moments) {
          if (ready <= moment && moment < start) expect(runningAt(all, moment)).toBe(cap);
        }
        for (const other of all) if (other.ready < ready) expect(other.start).toBeLessThanOrEqual(start);
      }
    }),
  );
});

// Graham, Bounds on multiprocessing timing anomalies, 1969: https://doi.org/10.1137/0117039. His example, too.
test("a run whose jobs need others can take longer with one runner more", () => {
  const stage = (seconds: readonly number[], needs: readonly number[] = []): Stage => ({
    id: "",
    kind: "build",
    needs,
    seconds,
    atOnce: null,
    groups: null,
  });
  const run = { at: 0, stages: [stage([3]), stage([2, 2]), stage([2]), stage([4, 4, 4, 4], [2]), stage([9], [0])] };
  expect([3, 4].map((cap) => simulate([run], cap).runs[0]?.end)).toEqual([12, 15]);
});

test("a run alone takes at most the work shared by all runners, and what is left of its critical path", () => {
  fc.assert(
    fc.property(anyRun({ limited: false }), CAP, (run, cap) => {
      const [times] = simulate([run], cap).runs;
      const all = simulated([run], cap).flat(2);
      const most = work(all) / cap + criticalPath(run) * (1 - 1 / cap);
      expect((times?.end ?? Number.NaN) - run.at).toBeLessThanOrEqual(most + 1e-9);
    }),
  );
});

test("where no job needs another, none starts later with one runner more", () => {
  const apart = UNLIMITED.map((runs) =>
    runs.map((run) => ({ ...run, stages: run.stages.map((stage) => ({ ...stage, needs: [] })) })),
  );
  fc.assert(
    fc.property(apart, CAP, (runs, cap) => {
      const more = simulated(runs, cap + 1).flat(2);
      for (const [index, { start }] of simulated(runs, cap).flat(2).entries()) {
        expect(more[index]?.start).toBeLessThanOrEqual(start);
      }
    }),
  );
});
