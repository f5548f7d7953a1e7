import { expect, test } from "vitest";
import { parseYaml, type YamlSource } from "./yaml-source.ts";

function parsed(text: string): YamlSource {
  const source = parseYaml(text, "f.yml");
  if (source.kind === "invalid") throw new Error(JSON.stringify(source.problems));
  return source.value;
}

test("positions of values and keys, through anchors and merge keys", () => {
  const source = parsed("base: &b\n  x: 1\n  y: [a, bc]\nother:\n  <<: *b\n  z: 2\n");
  expect(source.value).toEqual({ base: { x: 1, y: ["a", "bc"] }, other: { x: 1, y: ["a", "bc"], z: 2 } });
  expect(source.place(["base", "y", 1])).toEqual({ file: "f.yml", line: 3, column: 10 });
  expect(source.placeOfKey(["base", "y"])).toEqual({ file: "f.yml", line: 3, column: 3 });
  expect(source.place(["other", "z"])).toEqual({ file: "f.yml", line: 6, column: 6 });
  expect(source.place(["other", "nothing", "here"])).toMatchObject({ line: 5 });
});

test("strings that look like something else stay strings", () => {
  const values = ["on", "yes", "1.10", "0o7", "1e3", "a: b", "# x", "*x", "${{ x }}", "null", "~"];
  expect(parsed(JSON.stringify(values)).value).toEqual(values);
  expect(parsed("[on, yes, no]").value).toEqual(["on", "yes", "no"]);
});

test("numbers that are not read as they are written are told", () => {
  expect(
    parsed("a: 1.10\nb: '1.10'\nc: 12\nd: 0x1f\n").alteredNumbers.map(({ written, read }) => [written, read]),
  ).toEqual([
    ["1.10", 1.1],
    ["0x1f", 31],
  ]);
});

test("one anchor may be used by a thousand entries", () => {
  const source = parsed(`d: &d { a: 1 }\nlist:\n${"  - *d\n".repeat(1000)}`);
  expect(source.value).toMatchObject({ list: expect.arrayContaining([{ a: 1 }]) });
});

test.each([
  ["a: 1\na: 2\n", 2, 1, /stands twice/],
  ["b:\n  1: x\n  '1': y\n", 3, 3, /stands twice/],
  ["a: [\n", 2, 1, /not valid YAML/],
  ["a: *x\n", 1, 4, /no anchor/],
  ["---\na: 1\n---\nb: 1\n", 3, 1, /more than one document/],
  ["? {a: 1}\n: b\n", 1, 3, /plain text/],
  ["a:\n  __proto__: 1\n", 2, 3, /__proto__/],
  ["a: !!js/function x\n", 1, 4, /tag/],
  ["a: .inf\n", undefined, undefined, /JSON has no form/],
])("%j is refused with its place", (text, line, column, message) => {
  const source = parseYaml(text, "f.yml");
  expect(source).toMatchObject({
    kind: "invalid",
    problems: [
      {
        message: expect.stringMatching(message),
        at: line === undefined ? { file: "f.yml" } : { file: "f.yml", line, column },
      },
    ],
  });
});

test("what is nested beyond reason is refused, and quickly", () => {
  expect(parseYaml("[".repeat(100_000), "f.yml").kind).toBe("invalid");
  const bomb = `a: &a [x, x]\n${"bcdefghijklmnopqrstuvwxyz"
    .split("")
    .map((name, index) => `${name}: &${name} [${`*${"abcdefghijklmnopqrstuvwxyz"[index]}, `.repeat(9)}]`)
    .join("\n")}`;
  expect(parseYaml(bomb, "f.yml")).toMatchObject({
    kind: "invalid",
    problems: [{ message: expect.stringContaining("aliases expand") }],
  });
});
