import { expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

test("the nearest known word, when it is near enough", () => {
  const known = ["inputs", "ignore", "unmatched"];
  expect([nearest("input", known), nearest("Unmatchd", known), nearest("workflow", known), nearest("x", [])]).toEqual([
    "inputs",
    "unmatched",
    undefined,
    undefined,
  ]);
});

test("what only looks alike is shown by its characters", () => {
  expect(didYouMean("caf\u00e9", ["cafe\u0301"])).toBe(
    ' (did you mean "cafe\\u0301"? It looks like "caf\\u00e9", in other characters)',
  );
  expect(didYouMean("cafe", ["café"])).toBe(' (did you mean "café"?)');
});
