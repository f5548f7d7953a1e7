import { expect, test } from "vitest";
import { didYouMean, isSlipOf, nearest } from "./nearest.ts";

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

test.each([
  ["runs_on", "runs-on", true],
  ["tagSuffix", "tag-suffix", true],
  ["tag-sufix", "tag-suffix", true],
  ["tga-suffix", "tag-suffix", true],
  ["tag-latest", "tag-suffix", false],
  ["suffix", "tag-suffix", false],
  ["image-suffix", "tag-suffix", false],
])("%s as a slip of %s: %j", (word, known, expected) => {
  expect(isSlipOf(word, known)).toBe(expected);
});
