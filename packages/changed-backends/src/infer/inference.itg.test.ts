import { buildkitOracle } from "@fanfold-rigs/testbed";
import { describe, expect, it } from "vitest";
import { inferred, matching, patternsOf } from "../testing/inferred-files.ts";
import { randomBuild } from "../testing/random-build.ts";
import { Random } from "../testing/random-dockerfile.ts";

const oracle = await buildkitOracle();
// `FANFOLD_LONG_TESTS=1` asks for as many as found the last differences.
const CASES = process.env["FANFOLD_LONG_TESTS"] === "1" ? 20_000 : 600;

if ("unavailable" in oracle) console.warn(`skipped, inference is not held against BuildKit: ${oracle.unavailable}`);

const OWN = new Set(["Dockerfile", ".dockerignore"]);

describe.skipIf("unavailable" in oracle)("inference, held against BuildKit's converter and file filter", () => {
  it("misses no file that a build is sent, and adds few", async () => {
    if ("unavailable" in oracle) throw new Error("skipped without one");
    const questions = Array.from({ length: CASES }, (_, seed) => randomBuild(new Random(seed)));
    const answers = await oracle.ask(questions);
    const counts = { narrow: 0, more: 0, noticed: 0 };
    for (const [index, question] of questions.entries()) {
      const { error, reads, sent: all = [] } = answers[index] ?? expect.unreachable();
      if (error !== undefined) continue;
      const paths = (question.files ?? []).map(([path]) => path);
      const sent = all.filter((path) => !OWN.has(path));
      const answer = inferred(question);
      const ours = matching(patternsOf(answer), paths);
      expect({ question, missed: sent.filter((path) => !ours.includes(path)) }).toEqual({ question, missed: [] });
      if (reads !== "paths" || answer.context !== undefined || answer.repository !== undefined) continue;
      counts.narrow += 1;
      // A file that is named counts although its ignore file takes it away.
      const named = answer.exact.filter((input) => input.named).map(({ pattern }) => pattern);
      const more = ours.filter((path) => !sent.includes(path));
      if (more.length > matching(named, more).length) counts.more += 1;
      // The control: mostly one input alone has some file, so that losing it would be seen above.
      const needed = answer.exact.some((dropped) => {
        const rest = answer.exact.filter((input) => input !== dropped).map(({ pattern }) => pattern);
        return matching(rest, sent).length < sent.length;
      });
      if (needed) counts.noticed += 1;
    }
    expect(counts.narrow).toBeGreaterThan(CASES / 10);
    expect(counts.more / counts.narrow).toBeLessThan(0.01);
    expect(counts.noticed).toBeGreaterThan(counts.narrow / 3);
  }, 1_800_000);
});
