import { identifyBy } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Durations } from "./durations/durations.ts";
import { type LegGround, type ModelLeg, modelLegs } from "./model/model-legs.ts";
import { historyCosts, type ModelFamily } from "./push-costs.ts";

const pair = (image: string): readonly MatrixEntry[] => [
  { image, "platform-tag": "amd64", platforms: "linux/amd64" },
  { image, "platform-tag": "arm64", platforms: "linux/arm64", "runs-on": "ubuntu-24.04-arm" },
];
const single = (image: string): MatrixEntry => ({ image, platforms: "linux/amd64" });

function familyOf(entries: readonly MatrixEntry[], more: Partial<LegGround & ModelFamily> = {}): ModelFamily {
  const { maxParallel = null, merge = "batch", ...ground } = more;
  const identify = identifyBy(["image", "tag-suffix"]);
  const lists = [{ name: "include", entries }];
  return { maxParallel, merge, legs: modelLegs({ lists, identify, workflow: {}, graph: undefined, ...ground }) };
}

const only = (legs: readonly ModelLeg[], names: readonly string[]) => legs.filter(({ name }) => names.includes(name));

function durations(builds: Readonly<Record<string, number>>, more: Partial<Durations> = {}): Durations {
  const other = { plan: 20, merge: 30, "merge-image": 0, ok: 5 };
  return { source: "by hand", other, build: null, emulated: 5, builds: new Map(Object.entries(builds)), ...more };
}

// Worked by hand. Two jobs at a time; the first push builds everything, the second one tools.
//
//   0    20                 320   410  420 430  450 455    520   550 555
//   plan |-- app amd64 -----|tools|plan----|tools----------|merge|ok        second push: plan, tools, merge, ok
//        |-- app arm64 ----------------|merge---|ok                         first push
test("two pushes that share two runners", () => {
  const family = familyOf([...pair("app"), single("tools")]);
  const costs = historyCosts(
    {
      at: [0, 60],
      ours: [
        { family, legs: family.legs },
        { family, legs: only(family.legs, ["tools"]) },
      ],
      against: null,
    },
    { cap: 2, durations: durations({ "app amd64": 300, "app linux/arm64": 400, tools: 90 }) },
  );
  expect(costs.ours.pushes).toEqual([
    // plan 1, app 5 and 7, tools 2, merge 1, ok 1
    { wall: 455, waiting: 320 - 20, minutes: 17, jobs: 6 },
    { wall: 555 - 60, waiting: 410 - 60, minutes: 1 + 2 + 1 + 1, jobs: 4 },
  ]);
  expect(costs.ours.total).toEqual({
    wall: 950,
    waiting: 650,
    minutes: 22,
    jobs: 10,
    walls: { median: 455, ninth: 495, longest: 495 },
    // 845 seconds of jobs of the first push and 145 of the second, a minute apart.
    demand: (845 + 145) / 60,
  });
  expect(costs.everythingEachTime.total).toMatchObject({ jobs: 12, minutes: 34 });
});

describe("other ways of doing the same", () => {
  const LONG = { "app amd64": 300, "app arm64": 400, tools: 90 };

  function compared(family: ModelFamily, builds: Readonly<Record<string, number>> = LONG) {
    const pushes = { at: [0], ours: [{ family, legs: family.legs }], against: null };
    const { ours, comparisons } = historyCosts(pushes, { cap: 20, durations: durations(builds) });
    return Object.fromEntries(
      [["ours", ours] as const, ...comparisons.map(({ kind, total }) => [kind, { total }] as const)].map(
        ([kind, { total }]) => [kind, { wall: total.wall, minutes: total.minutes, jobs: total.jobs }],
      ),
    );
  }

  test("one emulated job for each image, and a merge for each", () => {
    expect(compared(familyOf([...pair("app"), single("tools")]))).toEqual({
      ours: { wall: 20 + 400 + 30 + 5, minutes: 17, jobs: 6 },
      // arm64 takes five times 400 seconds.
      emulated: { wall: 20 + 2000 + 30 + 5, minutes: 1 + 34 + 2 + 1 + 1, jobs: 5 },
      "merge-matrix": { wall: 20 + 400 + 30 + 5, minutes: 18, jobs: 7 },
    });
  });

  test("native jobs, where jobs are emulated", () => {
    const entries = [{ image: "app", platforms: "linux/amd64,linux/arm64,linux/riscv64" }, single("tools")];
    expect(compared(familyOf(entries, { merge: "matrix" }), { app: 1000, tools: 90 })).toEqual({
      ours: { wall: 20 + 1000 + 30 + 5, minutes: 1 + 17 + 2 + 1 + 1, jobs: 5 },
      // GitHub has no machine for riscv64. An image of several legs has a merge of its own.
      native: { wall: 20 + 1000 + 30 + 5, minutes: 1 + 4 + 4 + 17 + 2 + 2 + 1, jobs: 8 },
      "merge-batch": { wall: 20 + 1000 + 30 + 5, minutes: 1 + 17 + 2 + 1 + 1, jobs: 5 },
    });
  });

  test("without waves an image builds what it stands on", () => {
    const entries = [single("base"), single("child"), single("apart")];
    const waves = [1, 2];
    const graph = {
      list: { name: "include" },
      waveOf: (index: number) => waves[index],
      graph: { edges: [[], [{ to: JSON.stringify(["", "base"]) }], []] },
    };
    expect(compared(familyOf(entries, { graph }), { base: 100, child: 50, apart: 70 })).toMatchObject({
      ours: { wall: 20 + 100 + 50 + 30 + 5, minutes: 1 + 2 + 1 + 2 + 1 + 1, jobs: 6 },
      "no-waves": { wall: 20 + 150 + 30 + 5, minutes: 1 + 2 + 3 + 2 + 1 + 1, jobs: 6 },
    });
  });

  test("where nothing would come out differently, nothing is compared", () => {
    const family = familyOf([single("tools")]);
    const nothing = { at: [0], ours: [{ family, legs: [] }], against: null };
    const { comparisons, ours } = historyCosts(nothing, { cap: 1, durations: durations({ tools: 1 }) });
    expect(comparisons).toEqual([]);
    // The plan and the check that all is well run in any case.
    expect(ours.total).toMatchObject({ wall: 25, minutes: 2, jobs: 2 });
  });
});

test("legs that durations do not name take what the others do in the middle, and more where they are emulated", () => {
  const entries = [...pair("app"), single("tools"), { image: "far", platforms: "linux/s390x" }];
  const family = familyOf(entries);
  const minutes = (builds: Readonly<Record<string, number>>, build: number | null, names: readonly string[]) =>
    historyCosts(
      { at: [0], ours: [{ family, legs: only(family.legs, names) }], against: null },
      { cap: 9, durations: durations(builds, { build }) },
    ).ours.total.minutes - 3;
  expect(minutes({ app: 120 }, null, ["tools"])).toBe(2);
  expect(minutes({ app: 120 }, 300, ["tools"])).toBe(5);
  expect(minutes({ app: 120 }, null, ["far"])).toBe(10);
  expect(minutes({ "digests-far-core--single": 60, app: 120 }, null, ["far"])).toBe(1);
});

test("what builds less has no more jobs, and no more minutes", () => {
  const family = familyOf([...pair("a"), ...pair("b"), single("c"), single("d")], { maxParallel: 2 });
  const names = ["a", "b", "c", "d"];
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.nat(500), names: fc.subarray(names) }), { minLength: 1, maxLength: 6 }),
      fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 900 })),
      fc.integer({ min: 1, max: 8 }),
      (pushes, builds, cap) => {
        const ours = pushes.map((push) => ({ family, legs: only(family.legs, push.names) }));
        const given = { at: pushes.map(({ at }) => at), ours, against: ours };
        const costs = historyCosts(given, { cap, durations: durations(builds, { build: 60 }) });
        expect(costs.against).toEqual(costs.ours);
        expect(costs.ours.total.jobs).toBeLessThanOrEqual(costs.everythingEachTime.total.jobs);
        expect(costs.ours.total.minutes).toBeLessThanOrEqual(costs.everythingEachTime.total.minutes);
        for (const [index, { wall, jobs }] of costs.ours.pushes.entries()) {
          const builtLegs = ours[index]?.legs.length ?? 0;
          expect(jobs).toBe(2 + builtLegs + (builtLegs > 0 ? 1 : 0));
          expect(wall).toBeGreaterThanOrEqual(25);
        }
      },
    ),
  );
});
