import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { MetadataCase } from "../testing/metadata-cases.ts";
import { type MetadataAnswer, ourAnswer } from "../testing/metadata-program.ts";

interface Recorded {
  readonly case: MetadataCase;
  /** Null: refused. */
  readonly answer: NonNullable<MetadataAnswer> | null;
}

// What docker/metadata-action v6.2.0 answered to random cases, one a line; metadata-action.itg.test.ts writes it.
const file = new URL("../../testdata/metadata/answers.jsonl", import.meta.url);
const recorded: readonly Recorded[] = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

test(`${recorded.length} answers of docker/metadata-action`, () => {
  expect(recorded.length).toBeGreaterThan(300);
  expect(recorded.filter(({ answer }) => answer !== null && answer.tags.length > 1).length).toBeGreaterThan(100);
  for (const { case: given, answer } of recorded) {
    expect(ourAnswer(given) ?? null, JSON.stringify(given)).toEqual(answer);
  }
});
