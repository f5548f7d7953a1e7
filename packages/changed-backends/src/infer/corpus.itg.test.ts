import { buildkitOracle } from "@fanfold-rigs/testbed";
import { expect, test } from "vitest";
import { answerLine, CORPUS_FOLDER, corpus } from "../testing/corpus.ts";

const oracle = await buildkitOracle();
if ("unavailable" in oracle) {
  console.warn(`skipped, the table of BuildKit's answers is taken as it stands: ${oracle.unavailable}`);
}

test.skipIf("unavailable" in oracle)("the table holds what BuildKit answers", async () => {
  if ("unavailable" in oracle) throw new Error("skipped without one");
  const cases = corpus();
  const answers = await oracle.ask(cases.map(({ question }) => question));
  const lines = cases.map((each, index) => {
    const { error, reads = "nothing", sent = [] } = answers[index] ?? expect.unreachable();
    return answerLine(each, { reads: error === undefined ? reads : "refused", sent });
  });
  await expect(lines.join("")).toMatchFileSnapshot(`${CORPUS_FOLDER}/answers.txt`);
});
