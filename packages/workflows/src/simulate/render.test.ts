import { expect, test } from "vitest";
import { renderCosts, spanText } from "./render.ts";

test.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [60, "1 min"],
  [3569, "59 min"],
  [3570, "1 h 00 min"],
  [11_100, "3 h 05 min"],
  [187_200, "2 d 4 h"],
])("%d seconds are %s", (seconds, text) => {
  expect(spanText(seconds)).toBe(text);
});

test("a table of what pushes cost", () => {
  const total = (jobs: number, minutes: number, wall: number) => ({
    wall: wall * 2,
    waiting: wall,
    minutes,
    jobs,
    walls: { median: wall, ninth: wall * 2, longest: wall * 3 },
    demand: null,
  });
  const table = {
    cap: 20,
    durations: "times\u001b[31m.yml",
    ours: total(12, 90, 300),
    everythingEachTime: total(4600, 55_000, 40_000),
    against: { config: "old\nconfig.yml", total: total(9, 70, 200) },
    comparisons: [
      { kind: "emulated", total: total(9, 300, 3000) },
      { kind: "merge-matrix", total: total(15, 93, 300) },
    ],
  } as const;
  expect(renderCosts(table)).toMatchInlineSnapshot(`
    "minutes and queue, with 20 jobs at a time (durations: times\\u001b[31m.yml):
                                                  jobs  minutes billed      waiting  a push: half within  nine of ten  the longest
    this config                                     12              90        5 min                5 min       10 min       15 min
    everything each time                          4600           55000  11 h 07 min          11 h 07 min  22 h 13 min  33 h 20 min
    old\\nconfig.yml                                  9              70        3 min                3 min        7 min       10 min
    this config, one emulated job for each image     9             300       50 min               50 min   1 h 40 min   2 h 30 min
    this config, a merge job for each image         15              93        5 min                5 min       10 min       15 min
    "
  `);
});
