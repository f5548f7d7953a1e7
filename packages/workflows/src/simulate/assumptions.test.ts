import { bySuffix } from "@fanfold-internal/matrix/identity";
import { expect, test } from "vitest";
import { assumptions, pressure } from "./assumptions.ts";
import { legSeconds } from "./durations/durations.ts";
import { modelLegs } from "./model/model-legs.ts";

const DURATIONS = {
  source: "d.yml",
  other: { plan: 20, merge: 20, "merge-image": 1, ok: 5 },
  build: 600,
  emulated: 7,
  builds: new Map([["-a", 60]]),
};

function assumed(entries: readonly { readonly "tag-suffix": string; readonly platforms: string }[]) {
  const lists = [{ name: "include", entries }];
  const legs = modelLegs({ lists, identify: bySuffix, workflow: {}, graph: undefined });
  const seconds = legSeconds(DURATIONS, legs);
  return assumptions({ cap: 8, durations: DURATIONS, legs, seconds, pushTimes: false });
}

test("says what is not known, and of emulation only where there is any", () => {
  const named = { "tag-suffix": "-a", platforms: "linux/amd64" };
  expect(assumed([named]).filter((text) => /entr|emulated/.test(text))).toEqual([]);
  expect(assumed([named, { "tag-suffix": "-b", platforms: "linux/arm64" }])).toEqual(
    expect.arrayContaining([
      "1 entry of 2 is not in the durations: 10 min each",
      "what is emulated takes 7 times as long as on a machine of its architecture",
    ]),
  );
});

test("says where times are of a queue that only grows, and where merges would be lost", () => {
  const total = { wall: 1, waiting: 1, minutes: 1, jobs: 1, walls: { median: 1, ninth: 1, longest: 1 } };
  const costs = (demand: number | null, mostPending: number, count = 20) => {
    const pushes = Array.from({ length: count }, () => total);
    return { pushes, total: { ...total, demand }, mostPending };
  };
  expect(pressure("it", costs(20, 100), 20)).toEqual([]);
  expect(pressure("it", costs(null, 0), 1)).toEqual([]);
  expect(pressure("it", costs(50, 0, 19), 20)).toEqual([]);
  expect(pressure("it", costs(20.1, 101), 20)).toEqual([
    "it would keep 21 runners busy, and there are 20: the queue grows as long as pushes come, and its times say no more than that",
    "it would have 101 merges waiting for one another at a time, of which GitHub keeps 100 and cancels the others",
  ]);
});
