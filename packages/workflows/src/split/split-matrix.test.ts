import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatDiagnostic } from "@fanfold-internal/kit/process/errors";
import { bySuffix, identifyBy } from "@fanfold-internal/matrix/identity";
import { type MatrixEntry, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Split, splitMatrix } from "./split-matrix.ts";

const TESTDATA = join(import.meta.dirname, "../../testdata/split");

function split(text: string, runners: Readonly<Record<string, string>> = {}): Split {
  return splitMatrix(text, matrixOf(text), { runners, identify: bySuffix });
}

function matrixOf(text: string) {
  const parsed = parseMatrixFile(text, "matrix.yml");
  if (parsed.kind === "invalid") throw new Error(parsed.problems.map(formatDiagnostic).join("\n"));
  return parsed.value;
}

const entriesOf = (text: string): readonly MatrixEntry[] => matrixOf(text).lists[0]?.entries ?? [];

describe("what becomes of a matrix file", () => {
  test.each(readdirSync(TESTDATA))("%s", async (name) => {
    const directory = join(TESTDATA, name);
    const runners = join(directory, "runners.json");
    const before = readFileSync(join(directory, "before.yml"), "utf8");
    const { text, left } = split(before, existsSync(runners) ? JSON.parse(readFileSync(runners, "utf8")) : {});
    await expect(text).toMatchFileSnapshot(join(directory, "after.yml"));
    await expect(left.map((problem) => `${formatDiagnostic(problem)}\n`).join("")).toMatchFileSnapshot(
      join(directory, "left.txt"),
    );
    // What has been split is not split again; what was left may have lost what it shared.
    if (left.length === 0) expect(split(text)).toEqual({ text, entries: 0, legs: 0, left: [] });
  });
});

test("the line ends of the file are those of its new lines, and the last line may have none", () => {
  const before = "include:\r\n  - tag-suffix: -a # one\r\n    # two\r\n    platforms: linux/amd64,linux/arm64";
  expect(split(before).text).toBe(
    [
      "include:",
      "  - tag-suffix: -a # one",
      "    # two",
      "    platforms: linux/amd64",
      "    platform-tag: amd64",
      "  - tag-suffix: -a",
      "    platforms: linux/arm64",
      "    platform-tag: arm64",
      "    runs-on: ubuntu-24.04-arm",
      "",
    ].join("\r\n"),
  );
});

test("a line that is not about platforms keeps every byte", () => {
  const before = readFileSync(join(TESTDATA, "comments-and-quotes/before.yml"), "utf8");
  const after = new Set(split(before).text.split("\n"));
  for (const line of before.split("\n")) {
    if (!line.includes("platforms") && !line.includes("platform-tag")) expect(after).toContain(line);
  }
});

// However platforms are written, they are the same two.
const SPELLINGS = ["linux/amd64,linux/arm64", "linux/amd64 linux/arm64", "linux/amd64, linux/arm64"];

test.each([
  ["with commas", "linux/amd64,linux/arm64"],
  ["with spaces", "linux/amd64 linux/arm64"],
  ["as a list", "[linux/amd64, linux/arm64]"],
  ["as a list of texts with commas", '["linux/amd64,linux/arm64"]'],
])("platforms %s are split, or it is said why not", (_, written) => {
  const before = `include:\n  - tag-suffix: -a\n    platforms: ${written}\n`;
  const { text, left } = split(before);
  expect(left).toEqual([]);
  expect(entriesOf(text).map(({ platforms }) => platforms)).toEqual(["linux/amd64", "linux/arm64"]);
});

test.each([
  ["lines", "|\n      linux/amd64\n      linux/arm64"],
  ["a list in lines", "\n      - linux/amd64\n      - linux/arm64"],
])("platforms in %s are left, with a word", (_, written) => {
  const { entries, left } = split(`include:\n  - tag-suffix: -a\n    platforms: ${written}\n`);
  expect(entries).toBe(0);
  expect(left).toMatchObject([{ code: "not-split", fix: "write it in one line" }]);
});

test("whatever an entry holds, its legs hold the same", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom("on", "yes", "1.10", "0o7", "1e3", "a: b", "# x", "*x", "${{ x }}", "a\nb\n", " x", "'", '"'),
  );
  const value = fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null), fc.array(text, { maxLength: 3 }));
  const key = fc
    .stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
    .filter((name) => !/^platform|^tag|^runs|^artifact|^paths$/.test(name));
  const entry = fc.tuple(
    fc.dictionary(key, value, { maxKeys: 5 }),
    fc.nat(6),
    fc.boolean(),
    fc.option(fc.constantFrom("x", "ubuntu-24.04")),
  );
  const style = fc.record({
    defaultStringType: fc.constantFrom("PLAIN" as const, "QUOTE_SINGLE" as const, "QUOTE_DOUBLE" as const),
    indent: fc.integer({ min: 2, max: 5 }),
    indentSeq: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), style, (drawn, layout) => {
      const include = drawn.map(([keys, at, multi, runsOn], index) => {
        const pairs = Object.entries(keys);
        const platforms = (multi ? SPELLINGS[index % SPELLINGS.length] : undefined) ?? "linux/amd64";
        pairs.splice(at % (pairs.length + 1), 0, ["platforms", platforms], ["tag-suffix", `-${index}`]);
        return Object.fromEntries(runsOn === null ? pairs : [...pairs, ["runs-on", runsOn]]);
      });
      const before = stringify({ include }, { ...layout, lineWidth: 0 });
      const { text: after, left } = split(before);
      expect(left).toEqual([]);
      const expected = entriesOf(before).flatMap((each) => {
        if (each["platforms"] === "linux/amd64") return [each];
        const amd64 = { ...each, platforms: "linux/amd64", "platform-tag": "amd64" };
        return [amd64, { ...amd64, platforms: "linux/arm64", "platform-tag": "arm64", "runs-on": "ubuntu-24.04-arm" }];
      });
      expect(entriesOf(after)).toEqual(expected);
    }),
  );
});

test("entries of one suffix are split each by itself where other keys tell their images apart, and keep those keys", () => {
  const entry = (image: string, version: string): string =>
    `  - image: ${image}\n    version: "${version}"\n    platforms: linux/amd64,linux/arm64\n`;
  const text = `include:\n${entry("a", "1")}${entry("a", "2")}${entry("b", "1")}`;
  expect(split(text).entries).toBe(0);
  const made = splitMatrix(text, matrixOf(text), {
    runners: {},
    identify: identifyBy(["image", "version", "tag-suffix"]),
  });
  expect({ entries: made.entries, left: made.left }).toEqual({ entries: 3, left: [] });
  expect(matrixOf(made.text).lists[0]?.entries.map(({ image, version }) => `${image}:${version}`)).toEqual([
    "a:1",
    "a:1",
    "a:2",
    "a:2",
    "b:1",
    "b:1",
  ]);
});
