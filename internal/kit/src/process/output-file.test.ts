import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendPairs, MAX_OUTPUT_BYTES, outputProblems } from "./output-file.ts";

const file = () => join(mkdtempSync(join(tmpdir(), "edge-output-")), "output");

/** What a runner reads: https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs */
function parse(text: string): Record<string, string> {
  const lines = text.split("\n");
  const pairs: [string, string][] = [];
  for (let index = 0; index < lines.length - 1; index += 1) {
    const [name = "", delimiter = ""] = lines[index]?.split("<<") ?? [];
    const value: string[] = [];
    for (index += 1; lines[index] !== delimiter; index += 1) value.push(lines[index] ?? "");
    pairs.push([name, value.join("\n")]);
  }
  return Object.fromEntries(pairs);
}

test("values with line breaks, and with what looks like a delimiter, are read back as they were", () => {
  const path = file();
  const values = { a: "1", b: "x\ny<<EOF\nEOF\nc=3", "c-d": "" };
  appendPairs(path, Object.entries(values));
  appendPairs(path, [["later", "z"]]);
  expect(parse(readFileSync(path, "utf8"))).toEqual({ ...values, later: "z" });
});

test("the delimiter is another one each time", () => {
  const path = file();
  for (let index = 0; index < 3; index += 1) appendPairs(path, [["a", "1"]]);
  const delimiters = [...readFileSync(path, "utf8").matchAll(/<<(\S+)/g)].map(([, delimiter]) => delimiter);
  expect(new Set(delimiters).size).toBe(3);
});

test("names that collide, cannot be names, or are too large together", () => {
  expect(
    outputProblems([
      ["run-all", "true"],
      ["Whisper", "true"],
      ["whisper", "true"],
    ]),
  ).toEqual([
    { message: 'two outputs are named "whisper" and "Whisper"; GitHub ignores case', fix: expect.any(String) },
  ]);
  for (const name of ["a=b", "a<<b", "a\nb", ""]) expect(outputProblems([[name, "x"]])).toHaveLength(1);
  const half = "x".repeat(MAX_OUTPUT_BYTES / 2 - 1);
  expect(outputProblems([["a", half]])).toEqual([]);
  expect(outputProblems([["a", `${half}x`]])).toEqual([
    {
      message: `the outputs have ${MAX_OUTPUT_BYTES + 2} bytes (UTF-16), GitHub takes ${MAX_OUTPUT_BYTES} a job`,
      fix: expect.any(String),
    },
  ]);
});
