import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readFamily } from "../../config/family.ts";
import { planOfEverything } from "../generation.ts";
import { evaluate } from "../testing/run-step.ts";
import { errorsOf, generateSample, type Sample, textOf } from "../testing/sample-project.ts";

const CALLEE = ".github/workflows/darwin.yml";

/** A list whose workflow declares `declared` and is called with `given`. */
function sample(declared: string, given: string): Sample {
  return {
    ".github/fanfold.yml": `images: [quay.io/example/backends]
workflow: { branches: [main], lists: { includeDarwin: { uses: ./${CALLEE}, with: ${given} } } }
`,
    ".github/backend-matrix.yml": `include: []
includeDarwin:
  - { tag-suffix: "-a", platform-tag: amd64, n: 1, b: true, paths: ["x/**"] }
  - { tag-suffix: "-a", platform-tag: arm64, n: 2, b: false, paths: ["x/**"] }
`,
    [CALLEE]: `on: { workflow_call: { inputs: { ${declared} } } }\njobs: {}\n`,
  };
}

async function messages(declared: string, given: string): Promise<readonly string[]> {
  return errorsOf(await generateSample(sample(declared, given))).map(({ message }) => message);
}

test("a workflow of somebody's own gets the artifact names that the merge looks for", async () => {
  const files = sample("art: { type: string, required: true }", '{ art: "{artifact-name}" }');
  const generation = await generateSample(files);
  expect(errorsOf(generation)).toEqual([]);
  const job = parse(textOf(generation, ".github/workflows/backend.yml")).jobs["build-darwin-multi-1"];
  const family = await readFamily(
    { root: "/nowhere", readInput: async (path) => files[path] ?? "" },
    { config: ".github/fanfold.yml", matrix: undefined },
  );
  const plan = planOfEverything(family);
  const given = plan.matrices["includeDarwin"]?.entries.map((matrix) =>
    evaluate(job.with.art, { matrix, github: { run_attempt: "2" } }),
  );
  expect(given).toEqual(["digests-a--amd64-2", "digests-a--arm64-2"]);
  expect(given).toEqual(plan.groups.flatMap(({ legs }) => legs.map((leg) => `${leg["artifact-name"]}-2`)));
});

describe("what GitHub takes", () => {
  test.each([
    ["s: { type: string }", "{ s: text }"],
    ["s: { type: string }", "{ s: 1.5 }"],
    ["s: { type: string }", '{ s: "{n}-{b}" }'],
    ["s: { type: string, required: true }", '{ S: "{n}" }'],
    ["n: { type: number, required: true, default: 1 }", "{}"],
    ["n: { type: number }", '{ n: "{n}" }'],
    ["b: { type: boolean }", '{ b: "{b}" }'],
    ["b: { type: boolean, required: false }", "{}"],
  ])("%s with %s", async (declared, given) => {
    expect(await messages(declared, given)).toEqual([]);
  });
});

describe("what GitHub takes for an invalid workflow", () => {
  test.each([
    ["s: { type: string, required: true }", "{}", "requires the input s, and with does not give it"],
    ["b: { type: boolean }", '{ b: "yes" }', 'is a boolean: found the text "yes"'],
    ["n: { type: number }", '{ n: "5" }', 'is a number: found the text "5"'],
    ["n: { type: number }", '{ n: "{n}0" }', "which is text whatever its keys hold"],
    ["n: { type: number }", '{ n: "{b}" }', "is a number: {b} is true in includeDarwin[0]"],
    ["n: { type: number }", "{ n: true }", "is a number: found true"],
    ["s: { type: string }", '{ s: "{paths}" }', "no entry has the key paths"],
    ["s: {}", "{}", "input s has no type that GitHub knows"],
  ])("%s with %s", async (declared, given, message) => {
    expect(await messages(declared, given)).toEqual([expect.stringContaining(message)]);
  });
});
