import fc from "fast-check";
import type { Run, Stage } from "../model/stages.ts";

interface Bounds {
  /** At least so many seconds a job. */
  readonly least?: number;
  /** Whether `max-parallel` and concurrency groups hold jobs back. */
  readonly limited: boolean;
}

/** Runs of any shape: every stage needs any of those before it. */
export function anyRuns(bounds: Bounds, most = 4): fc.Arbitrary<readonly Run[]> {
  return fc.array(anyRun(bounds), { minLength: 1, maxLength: most });
}

export function anyRun({ least = 0, limited }: Bounds): fc.Arbitrary<Run> {
  const seconds = fc.array(fc.integer({ min: least, max: 8 }), { maxLength: 5 });
  const stage = seconds.chain((each) =>
    fc.record({
      seconds: fc.constant(each),
      needs: fc.array(fc.nat(5), { maxLength: 3 }),
      atOnce: limited ? fc.option(fc.integer({ min: 1, max: 3 })) : fc.constant(null),
      groups: limited
        ? fc.option(fc.array(fc.constantFrom("a", "b", "c"), { minLength: each.length, maxLength: each.length }))
        : fc.constant(null),
    }),
  );
  return fc.record({ at: fc.nat(20), stages: fc.array(stage, { maxLength: 6 }) }).map(({ at, stages }) => ({
    at,
    stages: stages.map(
      ({ needs, ...rest }, position): Stage => ({
        ...rest,
        id: `stage-${position}`,
        kind: "build",
        needs: needs.filter((need) => need < position),
      }),
    ),
  }));
}
