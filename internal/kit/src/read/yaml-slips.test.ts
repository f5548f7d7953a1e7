import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyKeyProblems, numberWarnings } from "./yaml-slips.ts";
import { parseYaml, type YamlSource } from "./yaml-source.ts";

function source(text: string): YamlSource {
  const parsed = parseYaml(text, "m.yml");
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe("keys in braces without a value", () => {
  test.each([
    ["the rest of a value with a comma", "a: { platforms: linux/amd64,linux/arm64, x: 1 }", ["linux/arm64"]],
    ["a colon and nothing", "{ a: , b: 1 }", ["a"]],
    ["in a list", "- { a, b }", ["a", "b"]],
    ["over several lines", "{\n  a: x,\n  y\n}", ["y"]],
    ["a pair in brackets", "[a: 1,2]", []],
    ["quoted", '{ platforms: "linux/amd64,linux/arm64" }', []],
    ["empty on purpose", '{ a: "", b: null, c: ~ }', []],
    ["in a block", "on:\n  push:\n  pull_request:\n", []],
    ["an anchor", "{ a: &x , b: *x }", []],
  ])("%s", (_, text, keys) => {
    expect(source(text).emptyKeys.map(({ key }) => key)).toEqual(keys);
  });

  test("stand with their place", () => {
    expect(emptyKeyProblems(source("- { p: linux/amd64,linux/arm64 }"))).toMatchObject([
      { code: "key-without-value", severity: "error", at: { file: "m.yml", line: 1, column: 20 } },
    ]);
  });

  test("law: a text with commas in braces is either read whole or reported", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9/]{0,8}$/).filter((text) => !/^(?:true|false|null)$/.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 2, maxLength: 5 }), fc.boolean(), (words, quoted) => {
        const text = words.join(",");
        const read = source(`{ "p:": ${quoted ? JSON.stringify(text) : text} }`);
        const whole = JSON.stringify(read.value) === JSON.stringify({ "p:": text });
        expect(whole || emptyKeyProblems(read).length === words.length - 1).toBe(true);
        expect(whole).toBe(quoted);
      }),
    );
  });
});

test("numbers that are read as another text", () => {
  expect(numberWarnings(source("v: 1.10\nw: 1.1\nx: '1.10'\n"))).toMatchObject([
    { code: "altered-number", severity: "warning", at: { file: "m.yml", line: 1, column: 4 } },
  ]);
});
