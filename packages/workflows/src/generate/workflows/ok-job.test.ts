import { expect, test } from "vitest";
import { runStep, stepOf } from "../testing/run-step.ts";
import { generateSample, sampleMatrix, textOf } from "../testing/sample-project.ts";

const CONFIG = "images: [quay.io/example/backends]\nworkflow: { branches: [main] }\n";

type Result = "success" | "failure" | "cancelled" | "skipped";

interface Outcome {
  readonly plan?: Result;
  readonly multi?: readonly [flag: string, result: Result];
  readonly single?: readonly [flag: string, result: Result];
  readonly merge?: readonly [flag: string, result: Result];
}

const DONE = ["true", "success"] as const;

async function ok({ plan = "success", multi = DONE, single = DONE, merge = DONE }: Outcome) {
  const generation = await generateSample({
    ".github/fanfold.yml": CONFIG,
    ".github/backend-matrix.yml": sampleMatrix({ pairs: 1, singles: 1 }),
  });
  const text = textOf(generation, ".github/workflows/backend.yml");
  const outputs = { "has-multi-1": multi[0], "has-single-1": single[0], "has-publish": merge[0] };
  return runStep(stepOf(text, "ok", "Compare jobs with the plan"), {
    needs: {
      plan: { result: plan, outputs },
      "build-multi-1": { result: multi[1] },
      "build-single-1": { result: single[1] },
      merge: { result: merge[1] },
    },
  });
}

const NOTHING = ["false", "skipped"] as const;

test.each<readonly [string, Outcome]>([
  ["everything ran", {}],
  ["nothing to do", { multi: NOTHING, single: NOTHING, merge: NOTHING }],
  ["only singles", { multi: NOTHING }],
])("passes: %s", async (_, outcome) => {
  expect((await ok(outcome)).code).toBe(0);
});

test.each<readonly [string, Outcome, string]>([
  ["a leg failed", { multi: ["true", "failure"] }, "build-multi-1: failure, expected success"],
  ["a single was cancelled", { single: ["true", "cancelled"] }, "build-single-1: cancelled, expected success"],
  ["the merge was refused", { merge: ["true", "failure"] }, "merge: failure, expected success"],
  ["a planned job was skipped", { merge: ["true", "skipped"] }, "merge: skipped, expected success"],
  ["a job ran that was not planned", { single: ["false", "success"] }, "although the plan holds nothing for it"],
  ["an output was dropped", { multi: ["", "skipped"] }, "the plan's output is empty"],
  [
    "the plan failed",
    { plan: "failure", multi: ["", "skipped"], single: ["", "skipped"], merge: ["", "skipped"] },
    "::error::job plan (the plan): failure, so nothing was built",
  ],
])("fails: %s", async (_, outcome, reason) => {
  const { code, output } = await ok(outcome);
  expect(code).toBe(1);
  expect(output).toContain(reason);
  expect(output).toContain("::error::");
});
