import {
  bySuffix,
  configSchema,
  matrixSchema,
  mergeMatrix,
  parseConfig,
  planOutputs,
  planSchema,
  WorkflowsError,
} from "@fanfold/workflows";
import { expect, test } from "vitest";

test("a config is read with its places", () => {
  const parsed = parseConfig('images: [quay.io/x/y]\ninputs:\n  - paths: ["{dockerfile}"]\n', "fanfold.yml");
  if (parsed.kind !== "ok") throw new Error("refused");
  expect(parsed.value.config).toEqual({ images: ["quay.io/x/y"], inputs: [{ paths: ["{dockerfile}"] }] });
  expect(parsed.value.place(["inputs", 0, "paths"])).toEqual({ file: "fanfold.yml", line: 3, column: 12 });
});

test.each([
  ["./.github/m.yml", ".github/m.yml"],
  [".github//x/../m.yml", ".github/m.yml"],
  ["../m.yml", undefined],
  ["/etc/m.yml", undefined],
  [".github/", undefined],
])("the matrix file %s is what git calls it", (written, path) => {
  const parsed = parseConfig(`matrix: ${written}\n`, "fanfold.yml");
  expect(parsed.kind === "ok" ? parsed.value.config.matrix : undefined).toBe(path);
});

test("a config that is not one is refused, with all its faults", () => {
  const parsed = parseConfig("imags: []\nunmatched: never\n", "fanfold.yml");
  expect(parsed).toMatchObject({
    kind: "invalid",
    problems: [
      { message: 'unknown key "imags" (did you mean "images"?)', at: { file: "fanfold.yml", line: 1, column: 1 } },
      { at: { file: "fanfold.yml", line: 2, column: 12 } },
    ],
  });
});

test("a plan that was printed gives its outputs and its merge matrix", () => {
  const leg = (architecture: string) => ({
    backend: "x",
    "tag-suffix": "-x",
    platforms: `linux/${architecture}`,
    "platform-tag": architecture,
  });
  const entries = [leg("amd64"), leg("arm64")];
  const plan = {
    schema: "fanfold.plan/1",
    event: { name: "push", ref: null, sha: null, base: null, head: null, defaultBranch: null },
    diff: { precision: "exact", source: "compare", reason: null, calls: 1, files: [] },
    runAll: false,
    matrices: {
      include: {
        total: 3,
        entries: entries.map((entry) => ({ ...entry, "artifact-name": `digests-x--${entry["platform-tag"]}` })),
        shards: { multi: [[0, 1]], single: [[]], waves: [] },
      },
    },
    groups: [],
    targets: {},
    bases: {},
    "anchor-hosts": [],
    test: null,
    sign: null,
    causes: [],
    warnings: [],
  } as const;
  expect(mergeMatrix(plan, "include", bySuffix)).toMatchObject([{ "tag-suffix": "-x", legs: 2 }]);
  const outputs = new Map(
    planOutputs(plan, {
      lists: [{ name: "include", entries: [...entries, { "tag-suffix": "-y", backend: "y" }] }],
      identify: bySuffix,
    }),
  );
  expect(outputs.get("has-multi-1")).toBe("true");
  expect(outputs.get("has-publish")).toBe("false");
  expect(outputs.get("matrix-single-1")).toBe('{"include":[]}');
  expect([outputs.get("x"), outputs.get("y")]).toEqual(["true", "false"]);
});

test("schemas and the error class", () => {
  for (const schema of [configSchema, matrixSchema, planSchema]) {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
  }
  const error = new WorkflowsError({ code: "not-found", message: "no", at: { file: "a" }, fix: "b", cause: 1 });
  expect(error).toMatchObject({ name: "WorkflowsError", code: "not-found", message: "a: no; b", cause: 1 });
});
