import type { Run, Stage } from "../model/stages.ts";

interface Job {
  readonly run: number;
  readonly stage: number;
  readonly seconds: number;
  readonly group: string | undefined;
  asked: number;
  admitted: number;
  start: number;
}

/**
 * The same rules by other means: every second, every job is looked at. For whole seconds, of which each job takes one at
 * least. Starts, by runs, stages and jobs.
 */
export function startsByTicking(runs: readonly Run[], cap: number): readonly (readonly (readonly number[])[])[] {
  const byArrival = [...runs.entries()].toSorted(([, left], [, right]) => left.at - right.at);
  const jobs = byArrival.flatMap(([run, { stages }]) =>
    stages.flatMap(({ seconds, groups }, stage) =>
      seconds.map(
        (each, index): Job => ({
          run,
          stage,
          seconds: each,
          group: groups?.[index],
          asked: Infinity,
          admitted: Infinity,
          start: Infinity,
        }),
      ),
    ),
  );
  const of = (run: number, stage: number): readonly Job[] =>
    jobs.filter((job) => job.run === run && job.stage === stage);
  for (let now = 0; jobs.some(({ start }) => start === Infinity); now += 1) {
    if (now > 100_000) throw new Error("jobs never start");
    const isOver = ({ start, seconds }: Job): boolean => start + seconds <= now;
    const mayBegin = (run: number, { needs }: Stage): boolean =>
      needs.every((need) => {
        const stage = runs[run]?.stages[need];
        return stage !== undefined && mayBegin(run, stage) && of(run, need).every(isOver);
      });
    const held = (group: string): boolean =>
      jobs.some((job) => job.group === group && job.admitted <= now && !isOver(job));
    for (const [run, { at, stages }] of byArrival) {
      if (at > now) continue;
      for (const [position, stage] of stages.entries()) {
        if (!mayBegin(run, stage)) continue;
        const own = of(run, position);
        for (const job of own) {
          const underWay = own.filter((each) => each.asked <= now && !isOver(each)).length;
          if (job.asked === Infinity && underWay < (stage.atOnce ?? Infinity)) job.asked = now;
        }
      }
    }
    // Who asked earlier comes first, and the sort keeps the order of the others.
    for (const job of jobs.filter(({ asked }) => asked <= now).toSorted((left, right) => left.asked - right.asked)) {
      if (job.admitted === Infinity && (job.group === undefined || !held(job.group))) job.admitted = now;
    }
    const waiting = jobs.filter(({ admitted, start }) => admitted <= now && start === Infinity);
    const running = jobs.filter((job) => job.start <= now && !isOver(job)).length;
    const served = waiting
      .toSorted((left, right) => left.admitted - right.admitted)
      .slice(0, Math.max(0, cap - running));
    for (const job of served) job.start = now;
  }
  return runs.map(({ stages }, run) => stages.map((_, stage) => of(run, stage).map(({ start }) => start)));
}
