import { expect, test } from "vitest";
import { MAX_OUTPUT_BYTES, outputProblems } from "./outputs.ts";

test("names that collide, cannot be names, or are too large together", () => {
  expect(
    outputProblems([
      ["run-all", "true"],
      ["Whisper", "true"],
      ["whisper", "true"],
    ]),
  ).toMatchObject([
    { code: "output-twice", message: 'two outputs are named "whisper" and "Whisper"; GitHub ignores case' },
  ]);
  for (const name of ["a=b", "a<<b", "a\nb", ""]) {
    expect(outputProblems([[name, "x"]])).toMatchObject([{ code: "output-name" }]);
  }
  const half = "x".repeat(MAX_OUTPUT_BYTES / 2 - 1);
  expect(outputProblems([["a", half]])).toEqual([]);
  expect(outputProblems([["a", `${half}x`]])).toMatchObject([
    {
      code: "outputs-too-large",
      message: `the outputs have ${MAX_OUTPUT_BYTES + 2} bytes (UTF-16), and GitHub takes ${MAX_OUTPUT_BYTES} per job`,
    },
  ]);
});
