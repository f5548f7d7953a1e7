import { nearest } from "@fanfold-internal/kit/read/nearest";
import { expect, test } from "vitest";
import { listOutputPart, withPart } from "./list-output.ts";
import { formatPlatformName, parsePlatformName } from "./platform.ts";

test.each([
  ["include", ""],
  ["includeDarwin", "darwin"],
  ["includeFooBar", "foo-bar"],
  ["includeGPUImages", "gpu-images"],
  ["include_arm64", "arm64"],
])("the list %s is %j in outputs", (list, part) => {
  expect(listOutputPart(list)).toBe(part);
});

test("a part follows the name", () => {
  expect([withPart("matrix", ""), withPart("matrix", "darwin")]).toEqual(["matrix", "matrix-darwin"]);
});

test.each([
  ["linux/amd64", "linux/amd64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["Linux/AArch64", "linux/arm64"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v6"],
  [" windows/amd64 ", "windows/amd64"],
  ["linux", undefined],
  ["linux/", undefined],
  ["linux/a/b/c", undefined],
  ["::stop", undefined],
])("platform %j is %j", (text, normal) => {
  const platform = parsePlatformName(text);
  expect(platform && formatPlatformName(platform)).toBe(normal);
});

test("the nearest known word, when it is near enough", () => {
  const known = ["inputs", "ignore", "unmatched"];
  expect([nearest("input", known), nearest("Unmatchd", known), nearest("workflow", known), nearest("x", [])]).toEqual([
    "inputs",
    "unmatched",
    undefined,
    undefined,
  ]);
});
