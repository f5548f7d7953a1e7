import { computeMergeMatrix, groupEntries, identifyBy, MergeMatrixError, shardEntries } from "@fanfold/merge-matrix";
import { expect, test } from "vitest";

const pair = [
  { "tag-suffix": "-x", platforms: "linux/amd64", "platform-tag": "amd64", "tag-latest": "true" },
  { "tag-suffix": "-y", platforms: "linux/amd64" },
  { "tag-suffix": "-x", platforms: "linux/arm64", "platform-tag": "arm64", "tag-latest": "auto" },
];

test("one item per image of several legs, the first leg's tag-latest wins", () => {
  expect(computeMergeMatrix(pair)).toEqual([
    {
      "tag-suffix": "-x",
      "tag-latest": "true",
      platforms: ["linux/amd64", "linux/arm64"],
      legs: 2,
      artifacts: ["digests-x--amd64", "digests-x--arm64"],
    },
  ]);
});

test("keys tell images apart, and a tag-suffix may be left out", () => {
  const legs = ["amd64", "arm64"].flatMap((tag) =>
    ["3.12", "3.13"].map((version) => ({ backend: "python", version, "platform-tag": tag })),
  );
  const by = ["tag-suffix", "image", "version"];
  expect(computeMergeMatrix(legs, { by })[1]).toEqual({
    "tag-suffix": "",
    image: "python",
    version: "3.13",
    "tag-latest": "auto",
    platforms: ["linux/amd64", "linux/arm64"],
    legs: 2,
    artifacts: ["digests-python-3.13-core--amd64", "digests-python-3.13-core--arm64"],
  });
  const identify = identifyBy(by);
  expect(groupEntries(legs, identify).map(({ identity }) => identity.name)).toEqual(["python:3.12", "python:3.13"]);
  expect(shardEntries(legs, 2, identify).multi).toEqual([
    [0, 2],
    [1, 3],
  ]);
  expect(() => computeMergeMatrix(legs, { by: ["version"] })).toThrow(expect.objectContaining({ code: "bad-key" }));
});

test("minLegs 1 merges singles too", () => {
  const items = computeMergeMatrix(pair, { minLegs: 1 });
  expect(items.map((item) => item.artifacts)).toEqual([
    ["digests-x--amd64", "digests-x--arm64"],
    ["digests-y--single"],
  ]);
});

test("strict refuses what is a warning otherwise", () => {
  expect(() => computeMergeMatrix(pair, { strict: true })).toThrow(MergeMatrixError);
  expect(() => computeMergeMatrix(pair, { strict: true })).toThrow(
    expect.objectContaining({ name: "MergeMatrixError", code: "bad-group" }),
  );
});

test.each([
  [["linux/arm64"], "amd64", ["linux/arm64"]],
  ["linux/amd64,linux/amd64/v1", "x", ["linux/amd64"]],
  [undefined, "linux-amd64", ["linux/amd64"]],
  [undefined, "linux-arm-v7", ["linux/arm/v7"]],
  ["linux/constructor", "x", ["linux/constructor"]],
])("platforms %j and platform-tag %j", (platforms, tag, expected) => {
  const entry = { "tag-suffix": "-a", "platform-tag": tag, ...(platforms === undefined ? {} : { platforms }) };
  expect(computeMergeMatrix([entry], { minLegs: 1 })[0]?.platforms).toEqual(expected);
});

test("what is no entry is refused as such", () => {
  const entries = JSON.parse('[{"tag-suffix":"-a"},{"tag-suffix":1}]');
  expect(() => computeMergeMatrix(entries)).toThrow('entry 1: expected an object, and its "tag-suffix" a text');
});
