import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { metadataCase } from "../testing/metadata-cases.ts";
import { ourAnswer, theirAnswers } from "../testing/metadata-program.ts";

// docker/metadata-action is published as a GitHub Action alone, so no package registry has its program: dist/index.cjs of a
// checkout. Without one, the recorded answers are tested (metadata-action.test.ts).
const program = process.env["METADATA_ACTION"] ?? "";
const recording = new URL("../../testdata/metadata/answers.jsonl", import.meta.url);

test("1,000 random events, rules and flavors, against the program itself", { timeout: 2_400_000 }, ({ skip }) => {
  if (program === "") skip("METADATA_ACTION does not name docker/metadata-action's dist/index.cjs");
  const cases = fc.sample(metadataCase, { numRuns: 1_000 });
  for (const [index, answer] of theirAnswers(program, cases).entries()) {
    const given = cases[index];
    if (given !== undefined) expect(ourAnswer(given), JSON.stringify(given)).toEqual(answer);
  }
});

// METADATA_RECORD=1 writes the recorded answers anew.
if (process.env["METADATA_RECORD"] === "1") {
  test("records answers", { timeout: 2_400_000 }, () => {
    const cases = fc.sample(metadataCase, { seed: 20_261_126, numRuns: 330 });
    const lines = theirAnswers(program, cases).map((answer, index) =>
      JSON.stringify({ case: cases[index], answer: answer ?? null }),
    );
    mkdirSync(new URL(".", recording), { recursive: true });
    writeFileSync(recording, `${lines.join("\n")}\n`);
  });
}
