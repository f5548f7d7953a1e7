import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evaluate, runStep, stepOf } from "../testing/run-step.ts";
import { errorsOf, generateSample, sampleMatrix, textOf } from "../testing/sample-project.ts";

const DARWIN = ".github/workflows/darwin.yml";

async function generated(merge: string, record: string) {
  const generation = await generateSample({
    ".github/fanfold.yml": `images: [quay.io/example/backends]
workflow:
  branches: [main]
  merge: ${merge}
  lists: { includeDarwin: { uses: ./${DARWIN}, with: { record: "${record}" } } }
`,
    ".github/backend-matrix.yml": JSON.stringify({
      ...JSON.parse(sampleMatrix({ pairs: 2, singles: 2 })),
      includeDarwin: ["amd64", "arm64"].map((arch) => ({ "tag-suffix": "-mac", "platform-tag": arch, backend: "mac" })),
    }),
    [DARWIN]: "on: { workflow_call: { inputs: { record: { type: string } } } }\njobs: {}\n",
  });
  expect(errorsOf(generation)).toEqual([]);
  return generation;
}

/** The jobs that merge, by their ids. */
async function merges(
  merge: string,
  record: string,
): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>> {
  const { jobs } = parse(textOf(await generated(merge, record), ".github/workflows/backend.yml"));
  return Object.fromEntries(Object.keys(jobs).flatMap((id) => (id.startsWith("merge") ? [[id, jobs[id]]] : [])));
}

const RUNS = (flag: string) =>
  `\${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.${flag} == 'true' }}`;
const OWN = ["build-multi-1", "build-single-1"];

describe("merge: batch", () => {
  test("is one job behind all builds that leave records", async () => {
    expect(await merges("batch", "{artifact-name}")).toMatchObject({
      merge: { needs: ["plan", ...OWN, "build-darwin-multi-1"], if: RUNS("has-publish") },
    });
  });

  test("does not wait for a workflow that is not told under which names to leave records", async () => {
    expect(await merges("batch", "{backend}")).toMatchObject({ merge: { needs: ["plan", ...OWN] } });
  });
});

describe("merge: matrix", () => {
  test("is a job for each image of several legs, by list, and one for the rest", async () => {
    const jobs = await merges("matrix", "{artifact-name}");
    expect(Object.keys(jobs)).toEqual(["merge", "merge-darwin", "merge-rest"]);
    expect(jobs).toMatchObject({
      merge: { needs: ["plan", "build-multi-1"], if: RUNS("has-merges") },
      "merge-darwin": { needs: ["plan", "build-darwin-multi-1"], if: RUNS("has-merges-darwin") },
      "merge-rest": { needs: ["plan", "build-single-1"], if: RUNS("has-publish") },
    });
    expect(Object.keys(await merges("matrix", "{backend}"))).toEqual(["merge", "merge-rest"]);
  });

  test.each([
    ["by its name", { "tag-suffix": "-x", image: "python:3.12-x", artifacts: ["a", "b"] }, "--only=python:3.12-x"],
    ["by its suffix", { "tag-suffix": "-x", artifacts: ["a", "b"] }, "--only=-x"],
    ["without either", { "tag-suffix": "", artifacts: ["a", "b"] }, "--only="],
    ["by a name that would run", { image: "$(id) '\"; x", artifacts: ["a", "b"] }, "--only=$(id) '\"; x"],
    ["and all others together", undefined, "--rest"],
  ])("names its image %s", async (_, group, expected) => {
    const text = textOf(await generated("matrix", "{artifact-name}"), ".github/workflows/backend_merge.yml");
    const inputs = { group: group === undefined ? "" : JSON.stringify(group), plan: "plan-1" };
    const { code, calls } = runStep(stepOf(text, "merge", "Merge"), { inputs });
    expect(code).toBe(0);
    const [[, , , temp = "", , ...rest] = []] = calls;
    expect(rest).toEqual([
      "merge-all",
      "--plan",
      `${temp}/plan/plan.json`,
      "--record-dir",
      `${temp}/records`,
      expected,
    ]);
    const { with: given } = parse(JSON.stringify(stepOf(text, "merge", "Fetch the records")));
    expect(evaluate(given.pattern, { inputs })).toBe(group === undefined ? "digests*" : "{a-*,b-*}");
  });
});
