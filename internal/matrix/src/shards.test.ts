import { UsageError } from "@fanfold-internal/kit/process/usage-error";
import { expect, test } from "vitest";
import { parseShardLimits, shardClass } from "./shards.ts";

test("limits by class", () => {
  expect([...parseShardLimits("multi=2, single=13,darwin-multi=1,foo-bar-single=999,wave1=2,wave8=1")]).toEqual([
    ["multi", 2],
    ["single", 13],
    ["darwin-multi", 1],
    ["foo-bar-single", 999],
    ["wave1", 2],
    ["wave8", 1],
  ]);
  expect(parseShardLimits(undefined).size).toBe(0);
});

test.each([
  "",
  "multi",
  "multi=",
  "multi=x",
  "multi=1000",
  "multi=-1",
  "multi=1,",
  "other=1",
  "multi=1=2",
  "wave0=1",
  "wave9=1",
  "darwin-wave1=1",
  "wave1=1,wave1=1",
])("%j is refused", (text) => {
  expect(() => parseShardLimits(text)).toThrow(UsageError);
});

test.each([
  ["include", "multi"],
  ["includeDarwin", "darwin-multi"],
  ["includeFooBar", "foo-bar-multi"],
])("%s has the class %s", (list, name) => {
  expect(shardClass(list, "multi")).toBe(name);
});
