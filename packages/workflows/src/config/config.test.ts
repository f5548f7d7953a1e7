import { describe, expect, test } from "vitest";
import { parseConfig } from "./config.ts";

function problems(text: string): readonly string[] {
  const parsed = parseConfig(text, "fanfold.yml");
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ message, fix }) => `${message}; ${fix}`);
}

describe("what others call a key of build", () => {
  test.each([
    ["build-args: { A: b }", 'build: the key "build-args" has no meaning here; write args, a mapping'],
    ["build_args: { A: b }", 'build: the key "build_args" has no meaning here; write args, a mapping'],
    ["secrets: [id=x]", 'build: the key "secrets" has no meaning here; write secret'],
    ["file: Dockerfile", 'build: the key "file" has no meaning here; the Dockerfile is named by dockerfile'],
    ["platforms: [linux/amd64]", 'build: the key "platforms" has no meaning here; each entry names its platforms'],
  ])("%s", (key, expected) => {
    expect(problems(`build: { ${key}, target: prod }`)).toEqual([expected]);
  });
});

test("a value of the wrong type is told in the words of YAML", () => {
  expect(problems("images: x\nmetadata: []\nbuild: { target: 5, no-cache: yes please, args: { A: [b] } }")).toEqual([
    'images: expected a list, found "x"; undefined',
    "metadata: expected a mapping, found []; undefined",
    "build.target: expected a text, found 5; undefined",
    'build.args.A: expected a text or a number or true or false or nothing, found ["b"]; undefined',
    'build.no-cache: expected true or false, found "yes please"; undefined',
  ]);
});
