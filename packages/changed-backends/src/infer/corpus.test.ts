import { describe, expect, test } from "vitest";
import { CORPUS_FOLDER, corpus, corpusAnswers } from "../testing/corpus.ts";
import { inferred, matching, patternsOf } from "../testing/inferred-files.ts";

// What BuildKit answered to each case; `corpus.itg.test.ts` asks it again where Go is, and writes the table with `vitest -u`.
const answers = corpusAnswers();
const cases = corpus();

test("there are at least 150 Dockerfiles, each with BuildKit's answer", () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(cases.map(({ name }) => name).toSorted()).toEqual([...answers.keys()].toSorted());
});

describe("what is inferred is what BuildKit asks for", () => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", (name, { question }) => {
    const { reads, sent } = answers.get(name) ?? expect.unreachable();
    const paths = question.files.map(([path]) => path);
    const answer = inferred(question);
    const ours = matching(patternsOf(answer), paths);
    expect(sent.filter((path) => !ours.includes(path))).toEqual([]);
    const wide = answer.context !== undefined || answer.repository !== undefined;
    if (reads === "refused" || reads === "everything") expect(wide).toBe(true);
    if (wide || reads === "refused") return;
    // A file that a Dockerfile names counts although its ignore file takes it away: the build fails by it.
    const named = answer.exact.filter((input) => input.named).map(({ pattern }) => pattern);
    const more = ours.filter((path) => !sent.includes(path));
    expect(more).toEqual(matching(named, more));
  });

  test("and what is said of it, for reviewing", async () => {
    const text = cases.map(({ name, question }) => {
      const { exact, context, repository } = inferred(question);
      const named = exact.filter(({ label }) => label.startsWith("Dockerfile:"));
      const lines = [
        ...named.map(({ label, pattern }) => `  ${label}: ${pattern.text}`),
        ...[context, repository].flatMap((input) => (input === undefined ? [] : [`  ${input.label}`])),
      ];
      return [name, ...lines, ""].join("\n");
    });
    await expect(text.join("\n")).toMatchFileSnapshot(`${CORPUS_FOLDER}/inferred.txt`);
  });
});
