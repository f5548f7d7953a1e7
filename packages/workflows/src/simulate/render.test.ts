import { expect, test } from "vitest";
import { costLines, spanText } from "./render.ts";

test.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [60, "1 min"],
  [5940, "99 min"],
  [6000, "1.7 h"],
  [120_000, "33.3 h"],
  [187_200, "2.2 d"],
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
    against: { config: "old\nconfig, the one that was there before.yml", total: total(9, 70, 200) },
    comparisons: [
      { kind: "emulated", total: total(9, 300, 3000) },
      { kind: "merge-matrix", total: total(15, 93, 300) },
    ],
  } as const;
  expect(costLines(table).join("\n")).toMatchInlineSnapshot(`
    "minutes and queue: 20 jobs at a time, durations by times\\u001b[31m.yml
                                      jobs  minutes  waiting  half in  9 of 10 in
    built                               12       90    5 min    5 min      10 min
    everything each time              4600    55000   11.1 h   11.1 h      22.2 h
    with old\\nconfig, the one that …     9       70    3 min    3 min       7 min
    an emulated job for each image       9      300   50 min   50 min       1.7 h
    a merge job for each image          15       93    5 min    5 min      10 min"
  `);
});
