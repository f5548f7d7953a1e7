import { listOutputPart } from "@fanfold-internal/matrix/names";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readFamilyGraph } from "../../bases/family-graph.ts";
import { readFamily } from "../../config/family.ts";
import { errorsOf, generateSample, type Sample, textOf } from "../../generate/testing/sample-project.ts";
import { modelLegs } from "./model-legs.ts";
import { workflowRun } from "./workflow-run.ts";

const CALLEE = ".github/workflows/darwin.yml";
const legs = (backend: string, more: object = {}) =>
  ["amd64", "arm64"].map((arch) => ({ backend, "platform-tag": arch, dockerfile: `${backend}/Dockerfile`, ...more }));
const single = (backend: string) => ({ backend, dockerfile: `${backend}/Dockerfile`, platforms: "linux/amd64" });

function sample(workflow: string, lists: Readonly<Record<string, readonly object[]>>, files: Sample = {}): Sample {
  return {
    ".github/fanfold.yml": `images: ["quay.io/example/{image}"]\nworkflow: { branches: [main], ${workflow} }\n`,
    ".github/backend-matrix.yml": JSON.stringify(lists),
    ...files,
  };
}

const SIMPLE = [...legs("a"), single("b"), ...legs("c"), single("d")];
const DARWIN = {
  include: [single("b"), ...legs("a")],
  includeDarwin: [...legs("x"), single("y")].map((entry) => ({ ...entry, paths: ["x/**"] })),
};
const FAMILIES: readonly (readonly [string, Sample])[] = [
  ["one merge for all", sample("max-parallel: 3", { include: SIMPLE })],
  ["a merge for each image", sample("merge: matrix", { include: SIMPLE })],
  [
    "images on images",
    sample(
      "max-parallel: 2",
      { include: [...legs("app"), ...legs("child"), single("tools"), ...legs("base"), single("apart")] },
      {
        "base/Dockerfile": "FROM scratch\n",
        "tools/Dockerfile": "FROM scratch\n",
        "child/Dockerfile": "FROM quay.io/example/base\nCOPY --from=quay.io/example/tools /a /\n",
        "app/Dockerfile": "FROM quay.io/example/child\n",
        "apart/Dockerfile": "FROM quay.io/other/base\n",
      },
    ),
  ],
  [
    "several shards",
    sample("timeout-minutes: 60", { include: Array.from({ length: 300 }, (_, index) => single(`s${index}`)) }),
  ],
  ...["batch", "matrix"].map((merge): readonly [string, Sample] => [
    `a list with a workflow of its own, ${merge}`,
    sample(`merge: ${merge}, lists: { includeDarwin: { uses: ./${CALLEE}, with: { a: "{artifact-name}" } } }`, DARWIN, {
      [CALLEE]: "on: { workflow_call: { inputs: { a: { type: string } } } }\njobs: {}\n",
    }),
  ]),
  [
    "one that leaves no records",
    sample(`lists: { includeDarwin: { uses: ./${CALLEE} } }`, DARWIN, {
      [CALLEE]: "on: { workflow_call: {} }\njobs: {}\n",
    }),
  ],
  ["one that no workflow builds", sample("timeout-minutes: 60", { ...DARWIN, includeDarwin: [single("y")] })],
];

const SECONDS = { plan: 1, merge: 2, "merge-image": 3, ok: 4 };

async function generated(files: Sample) {
  const generation = await generateSample(files);
  expect(errorsOf(generation)).toEqual([]);
  const readInput = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  const family = await readFamily({ root: "/nowhere", readInput }, { config: undefined, matrix: undefined });
  const workflow = family.config.config.workflow ?? {};
  const graph = await readFamilyGraph({ readInput, event: { defaultBranch: null } }, family);
  const { identify } = family.identity;
  const ground = { lists: family.matrix.lists, identify, workflow, graph };
  return { jobs: parse(textOf(generation, ".github/workflows/backend.yml")).jobs, legs: modelLegs(ground), workflow };
}

describe("a run of the model has the jobs of the generated workflow, in its order and with its needs", () => {
  test.each(FAMILIES)("%s", async (_, files) => {
    const { jobs, legs: all, workflow } = await generated(files);
    const images = [...new Set(all.map(({ image }) => image))];
    const shape = {
      merge: workflow.merge ?? "batch",
      maxParallel: workflow["max-parallel"] ?? null,
      seconds: SECONDS,
    } as const;
    fc.assert(
      fc.property(fc.subarray(images), (chosen) => {
        const built = all.filter(({ image }) => chosen.includes(image)).map((leg) => ({ ...leg, seconds: 10 }));
        const { stages } = workflowRun(0, built, shape);
        const ids = stages.map(({ id }) => id);
        expect(ids).toEqual(Object.keys(jobs).filter((id) => ids.includes(id)));
        for (const { id, needs, atOnce, groups, seconds } of stages) {
          const { needs: written = [], strategy = {}, concurrency } = jobs[id];
          expect(needs.map((need) => ids[need])).toEqual(written.filter((need: string) => ids.includes(need)));
          expect(atOnce).toBe(strategy["max-parallel"] ?? null);
          expect(groups === null).toBe(concurrency === undefined);
          if (strategy.matrix === undefined) expect(seconds).toHaveLength(1);
        }
        // What the plan's outputs would say runs, and nothing else.
        const runs = new Set([
          ...["plan", "ok"],
          ...built.map(({ place }) => place.job),
          ...mergesOf(built, shape.merge),
        ]);
        expect(new Set(ids)).toEqual(runs);
        const jobCount = stages.filter(({ kind }) => kind === "build").flatMap(({ seconds }) => seconds);
        expect(jobCount).toHaveLength(built.length);
      }),
    );
  });
});

function mergesOf(built: Awaited<ReturnType<typeof generated>>["legs"], merge: "batch" | "matrix"): readonly string[] {
  const merged = built.filter((leg) => leg.merged);
  if (merged.length === 0) return [];
  if (merge === "batch") return ["merge"];
  const multi = merged.filter(({ place }) => place.kind === "multi");
  return ["merge-rest", ...multi.map(({ list }) => (list === "include" ? "merge" : `merge-${listOutputPart(list)}`))];
}
