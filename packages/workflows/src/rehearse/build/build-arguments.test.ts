import { groupEntries } from "@fanfold/merge-matrix";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { describe, expect, it } from "vitest";
import type { WorkflowConfig } from "../../config/config.ts";
import { runStep, stepOf } from "../../generate/testing/run-step.ts";
import { generateSample, textOf } from "../../generate/testing/sample-project.ts";
import { buildArguments } from "./build-arguments.ts";

const workflow: WorkflowConfig = {
  "build-args": {
    BACKEND: "{backend}",
    BASE_IMAGE: "rocm-{version}:{variant}",
    FIXED: "always",
    SKIP: "{skip}",
    _1ST: "{count}",
  },
};

describe("what docker is given", () => {
  it.each<readonly [string, JsonObject]>([
    ["everything", { backend: "x", version: "6.4", variant: "dev", skip: true, count: 3 }],
    ["one of two keys empty", { backend: "x", version: "", variant: "dev", skip: false, count: 0 }],
    ["keys absent, null and empty", { backend: "x", skip: null, version: "6.4" }],
    ["text that a shell or an expression would read", { backend: "a b'\"$(id)\\", skip: "${{ github.token }}" }],
    ["no Dockerfile and no context", { backend: "x", dockerfile: "", context: null }],
    ["a number as GitHub writes it", { backend: "x", version: 1.1, variant: 1000000, skip: "", count: -1 }],
    ["a list and a mapping", { backend: "x", version: ["a"], variant: "dev", skip: { a: "b" } }],
  ])("is what the generated step gives it: %s", async (_name, given) => {
    const entry = {
      "tag-suffix": "-x",
      platforms: "linux/amd64",
      dockerfile: "./x/Dockerfile",
      context: "./",
      ...given,
    };
    const [group] = groupEntries([entry]);
    const config = { images: ["quay.io/example/x"], workflow };
    const generation = await generateSample({
      ".github/fanfold.yml": JSON.stringify(config),
      ".github/backend-matrix.yml": JSON.stringify({ include: [allKeys(entry)] }),
    });
    const step = stepOf(textOf(generation, ".github/workflows/backend_build.yml"), "build", "Build");
    const inputs = {
      entry: JSON.stringify({ ...entry, "artifact-name": group?.legs[0].artifact }),
      publish: "nothing",
    };
    const { calls, code, output } = runStep(step, {
      inputs,
      runner: { arch: "X64" },
      env: { PLATFORMS: "linux/amd64" },
    });
    expect([code, output]).toEqual([0, ""]);
    const build = ["docker", "buildx", "build", "--platform", "linux/amd64"];
    expect(calls).toEqual([[...build, ...buildArguments(entry, workflow)]]);
  });

  it("is nothing where a required argument has no value", () => {
    const required = { ...workflow, "required-build-args": ["SKIP"] };
    expect(() => buildArguments({ skip: "" }, required)).toThrow("the entry has no value for build argument SKIP");
    expect(buildArguments({ skip: "y" }, required)).toContain("SKIP=y");
  });
});

/** Rules and templates may name no key that the matrix does not have. */
function allKeys(entry: JsonObject): JsonObject {
  return { version: "", variant: "", skip: "", count: "", ...entry };
}
