import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test("the nearest known word, when it is near enough", () => {
  const known = ["inputs", "ignore", "unmatched"];
  expect([nearest("input", known), nearest("Unmatchd", known), nearest("workflow", known), nearest("x", [])]).toEqual([
    "inputs",
    "unmatched",
    undefined,
    undefined,
  ]);
});
