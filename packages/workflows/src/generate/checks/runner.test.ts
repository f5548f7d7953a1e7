import { data } from "@actions/expressions";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { evaluateExpression } from "../testing/run-step.ts";
import { generateSample, sampleMatrix, textOf } from "../testing/sample-project.ts";
import { runnerFault } from "./runner.ts";

const runner = (value: unknown) => runnerFault(JSON.parse(JSON.stringify(value)));

const RUNNERS = [
  ["macos-15", '"macos-15"'],
  [["self-hosted", "gpu"], '["self-hosted","gpu"]'],
  [{ group: "large" }, '{"group":"large"}'],
  [{ group: "large", labels: ["linux", "x64"] }, '{"group":"large","labels":["linux","x64"]}'],
  [{ labels: "linux" }, '{"labels":"linux"}'],
  [null, '"ubuntu-latest"'],
  ["", '"ubuntu-latest"'],
] as const;

test.each(RUNNERS)("%j is what the build job asks for: %s", async (value, asked) => {
  expect(runner(value)).toBeUndefined();
  const generation = await generateSample({
    ".github/fanfold.yml": "images: [quay.io/example/backends]\nworkflow: { branches: [main] }\n",
    ".github/backend-matrix.yml": sampleMatrix({ singles: 1 }),
  });
  const expression = /^\$\{\{ (.*) \}\}$/.exec(
    parse(textOf(generation, ".github/workflows/backend_build.yml")).jobs.build["runs-on"],
  )?.[1];
  const found = evaluateExpression(expression ?? "", { inputs: { entry: JSON.stringify({ "runs-on": value }) } });
  expect(JSON.stringify(found, data.replacer)).toBe(asked);
});

test.each([
  [[]],
  [["linux", ""]],
  [[null]],
  [5],
  [true],
  [{}],
  [{ pool: "a" }],
  [{ group: "a", labels: [] }],
  [{ group: 1 }],
])("%j finds no runner", (value) => {
  expect(runner(value)).toMatchObject({ message: expect.stringContaining("runs-on must be") });
});
