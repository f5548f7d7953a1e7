import { formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { expect, test } from "vitest";
import { parseDurations } from "./durations-file.ts";

test("reads seconds in YAML, and fills in what a file leaves out", () => {
  const text = `# measured in March
plan: 18
build: 600
builds:
  digests-x--amd64: 900
  -gpu linux/arm64: 1200
  radarr: 240.5
`;
  expect(parseDurations(text, "d.yml")).toEqual({
    kind: "ok",
    value: {
      source: "d.yml",
      other: { plan: 18, merge: 20, "merge-image": 1, ok: 5 },
      build: 600,
      emulated: 5,
      builds: new Map([
        ["digests-x--amd64", 900],
        ["-gpu linux/arm64", 1200],
        ["radarr", 240.5],
      ]),
    },
  });
  expect(parseDurations('{"builds":{"a":1},"emulated":8,"ok":2,"merge-image":0}', "d.json")).toMatchObject({
    value: { build: null, emulated: 8, other: { ok: 2, "merge-image": 0 } },
  });
});

test.each([
  ["", "d.yml: expected build or builds, found no duration of any build; "],
  ["plan: 5", "d.yml: expected build or builds, found no duration of any build; "],
  ["[1]", "d.yml:1:1: the file: expected a mapping, found [1]"],
  ["build: 10m", 'd.yml:1:8: build: expected a number, found "10m"'],
  ["build: -1", "d.yml:1:8: build: must be >= 0, found -1"],
  ["build: .inf", "d.yml:1:8: "],
  ["build: 1e9", "d.yml:1:8: build: must be <= 604800, found 1000000000"],
  ["build: 5\nemulated: 0.5", "d.yml:2:11: emulated: must be >= 1, found 0.5"],
  ["builds:\n  a: 3\n  b: fast", 'd.yml:3:6: builds.b: expected a number, found "fast"'],
  ["build: 5\nbilds: {}", 'd.yml:2:1: unknown key "bilds" (did you mean "builds"?)'],
  ["builds: { a: 1, a: 2 }", "d.yml:1:17: "],
  ["builds: { a: 1, b: }", "d.yml:1:17: "],
])("refuses %j with its place", (text, expected) => {
  const parsed = parseDurations(text, "d.yml");
  expect(parsed.kind === "invalid" ? parsed.problems.map(formatDiagnostic).join("\n") : "").toContain(expected);
});
