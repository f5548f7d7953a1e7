import { beforeAll, expect, test } from "vitest";
import { evaluate, evaluateExpression, runStep, stepOf } from "../testing/run-step.ts";
import { errorsOf, generateSample, textOf } from "../testing/sample-project.ts";

const CONFIG = `images: [quay.io/example/backends, docker.io/example/backends]
workflow:
  branches: [main]
  need-disk: 60GB
  registries:
    - { host: quay.io, username: U, password: P }
    - { host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
`;

const MATRIX = `include:
  - { backend: x, tag-suffix: -x }
`;

let build = "";
beforeAll(async () => {
  const generation = await generateSample({ ".github/fanfold.yml": CONFIG, ".github/backend-matrix.yml": MATRIX });
  expect(errorsOf(generation)).toEqual([]);
  build = textOf(generation, ".github/workflows/backend_build.yml");
});

const contexts = (entry: object, publish: string) => ({
  inputs: { entry: JSON.stringify(entry), publish, plan: "plan-1" },
  steps: { disk: { outputs: { tmpdir: "/disk/tmp" } } },
  runner: { arch: "X64", temp: "/t" },
  github: { run_attempt: "2" },
});

test.each(["leg", "nothing"])(
  "publish: %s is one call of fanfold build, which is told where the plan lies",
  (publish) => {
    const { code, calls } = runStep(
      stepOf(build, "build", "Build"),
      contexts({ "artifact-name": "digests-x--amd64" }, publish),
    );
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    const [[npx, yes, prefix, temp = "", own = "", ...rest] = []] = calls;
    expect([npx, yes, prefix]).toEqual(["npx", "--yes", "--prefix"]);
    expect(own).toMatch(/^@fanfold\/workflows@\d+\.\d+\.\d+/);
    expect(rest).toEqual([
      "build",
      ...["--plan", `${temp}/plan/plan.json`],
      ...["--artifact", "digests-x--amd64"],
      ...["--publish", publish],
      ...["--record-dir", `${temp}/records`],
    ]);
  },
);

test.each(["a' \"; touch pwned; $(touch pwned) ${{ github.token }}\nx", "`id`", "--push", " spaces ", "é\u2028😀"])(
  "%j as a name is one word of that call, and nothing in it runs",
  (value) => {
    const { code, calls } = runStep(stepOf(build, "build", "Build"), contexts({ "artifact-name": value }, "leg"));
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(value);
  },
);

test("the record is uploaded from where it is left, under the name of its attempt, and not for pull requests", () => {
  const step = stepOf(build, "build", "Keep the record for the merge");
  const seen = contexts({ "artifact-name": "digests-x--amd64" }, "leg");
  expect(JSON.parse(evaluate(JSON.stringify(step["with"]), seen))).toMatchObject({
    name: "digests-x--amd64-2",
    path: "/t/records/digests-x--amd64",
  });
  const condition = String(step["if"]);
  expect(evaluateExpression(condition, seen).coerceString()).toBe("true");
  expect(evaluateExpression(condition, contexts({}, "nothing")).coerceString()).toBe("false");
});

test("a login by secrets is left out where there are none; one by the job's own token is not", () => {
  expect(stepOf(build, "build", "Log in to quay.io")["if"]).toBe("inputs.publish != 'nothing'");
  expect(stepOf(build, "build", "Log in to ghcr.io")["if"]).toBeUndefined();
});

function platforms(entry: object): string {
  const expression = /PLATFORMS: \$\{\{ (.*) \}\}/.exec(build)?.[1] ?? "";
  return evaluateExpression(expression, { inputs: { entry: JSON.stringify(entry) } }).coerceString();
}

test.each([
  [{ platforms: "linux/amd64" }, "X64", false],
  [{ platforms: "linux/arm64" }, "X64", true],
  [{ platforms: "linux/amd64,linux/arm64" }, "ARM64", true],
  [{ platforms: ["linux/amd64", "linux/arm64"] }, "X64", true],
  [{ platforms: ["linux/amd64"] }, "X64", false],
  [{ platforms: "linux/amd64\nlinux/arm64\n" }, "X64", true],
  [{ platforms: null, "platform-tag": "arm64" }, "X64", true],
  [{ "platform-tag": "arm64" }, "ARM64", false],
  [{ "platform-tag": "arm64" }, "X64", true],
  [{}, "X64", false],
  [{}, "ARM64", false],
])("%j on %s is emulated: %j", (keys, arch, emulated) => {
  const condition = String(stepOf(build, "build", "Set up emulation")["if"]);
  const seen = { env: { PLATFORMS: platforms(keys) }, runner: { arch } };
  expect(evaluateExpression(condition, seen).coerceString()).toBe(String(emulated));
});
