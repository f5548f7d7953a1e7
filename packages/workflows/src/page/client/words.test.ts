import { describe, expect, test } from "vitest";
import { age, count, day, duration, moment, number, share } from "./words.ts";

test("numbers are short, and exact where they are small", () => {
  expect([0, 1.25, 9.96, 12.4, 1234.5, 457_000].map(number)).toEqual(["0", "1.3", "10", "12", "1,235", "457,000"]);
  expect([count(0, "push", "pushes"), count(1, "push", "pushes"), count(1000, "image")]).toEqual([
    "0 pushes",
    "1 push",
    "1,000 images",
  ]);
});

describe("a share", () => {
  test.each([
    [0, 10, "0 %"],
    [0, 0, "0 %"],
    [10, 10, "100 %"],
    [1, 3, "33.3 %"],
    // Something is never shown as nothing, nor less than all as all.
    [1, 100_000, "under 0.1 %"],
    [99_999, 100_000, "over 99.9 %"],
  ])("%d of %d is %s", (part, whole, text) => {
    expect(share(part, whole)).toBe(text);
  });
});

test("durations are in the unit that people would use", () => {
  expect([0, 41, 99, 100, 720, 5999, 6000, 3_600_000].map(duration)).toEqual([
    "0 s",
    "41 s",
    "99 s",
    "1.7 min",
    "12 min",
    "100 min",
    "1.7 h",
    "1,000 h",
  ]);
});

test("times are in UTC, and what is no time is shown as it is", () => {
  expect(day("2026-01-31T23:30:00-02:00")).toBe("2026-02-01");
  expect(moment("2026-11-27T05:54:59Z")).toBe("2026-11-27 05:54");
  expect(moment("yesterday")).toBe("yesterday");
});

test.each([
  ["2026-11-27T05:59:00Z", "1 min"],
  ["2026-11-27T05:00:00Z", "60 min"],
  ["2026-11-26T05:00:00Z", "25 h"],
  ["2023-11-26T05:00:00Z", "1,097 days"],
  // A clock that is ahead.
  ["2026-11-28T05:00:00Z", "0 min"],
])("from %s it is %s", (from, text) => {
  expect(age(from, "2026-11-27T06:00:00Z")).toBe(text);
});
