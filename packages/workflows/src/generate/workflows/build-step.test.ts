import { parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { evaluateExpression, runStep, stepOf } from "../testing/run-step.ts";
import { errorsOf, generateSample, textOf } from "../testing/sample-project.ts";

const CONFIG = `images: [quay.io/example/backends, docker.io/example/backends]
workflow:
  need-disk: 60GB
  build-args: { BACKEND: "{backend}", BASE: "{base-image}", ROCM: "rocm-{version}", FIXED: "\${{ github.token }} it's {" }
  required-build-args: [BACKEND]
  cache: { ref: quay.io/example/ci-cache }
  registries: [{ host: quay.io, username: U, password: P, anchor: true }]
`;

const MATRIX = `include:
  - { backend: x, tag-suffix: -x, base-image: y, version: "1" }
`;

let build = "";
beforeAll(async () => {
  const generation = await generateSample({ ".github/fanfold.yml": CONFIG, ".github/backend-matrix.yml": MATRIX });
  expect(errorsOf(generation)).toEqual([]);
  build = textOf(generation, ".github/workflows/backend_build.yml");
});

function run(entry: object, publish = "nothing", arch = "X64") {
  const inputs = { entry: JSON.stringify(entry), publish };
  const steps = { disk: { outputs: { tmpdir: "" } } };
  const contexts = { inputs, steps, runner: { arch, temp: "" }, env: { PLATFORMS: platforms(entry) }, secrets: {} };
  return runStep(stepOf(build, "build", "Build"), contexts);
}

function platforms(entry: object): string {
  const expression = /PLATFORMS: \$\{\{ (.*) \}\}/.exec(build)?.[1] ?? "";
  return evaluateExpression(expression, { inputs: { entry: JSON.stringify(entry) } }).coerceString();
}

const leg = {
  backend: "x",
  "tag-suffix": "-x",
  "platform-tag": "amd64",
  platforms: "linux/amd64",
  "artifact-name": "digests-x--amd64",
};

test("a pull request only builds", () => {
  expect(run({ ...leg, "base-image": "ubuntu:24.04", dockerfile: "./a b/Dockerfile", context: "./" })).toEqual({
    code: 0,
    output: "",
    calls: [
      [
        "docker",
        "buildx",
        "build",
        "--platform",
        "linux/amd64",
        "--file",
        "./a b/Dockerfile",
        "--build-arg",
        "BACKEND=x",
        "--build-arg",
        "BASE=ubuntu:24.04",
        "--build-arg",
        "FIXED=${{ github.token }} it's {",
        "--cache-from",
        "type=registry,ref=quay.io/example/ci-cache:cache-x-amd64",
        "--",
        "./",
      ],
    ],
  });
});

test("a leg is pushed by digest and recorded, without a tag", () => {
  const { code, calls } = run({ ...leg, version: "6.3" }, "leg");
  expect(code).toBe(0);
  expect(calls).toHaveLength(1);
  const [npx = []] = calls;
  expect(npx.slice(0, 3)).toEqual(["npx", "--yes", "--prefix"]);
  expect(npx[4]).toMatch(/^@fanfold\/digest-tools@\d+\.\d+\.\d+/);
  expect(npx.slice(5, npx.indexOf("--record-dir"))).toEqual([
    "push",
    "--image",
    "quay.io/example/backends",
    "--image",
    "docker.io/example/backends",
    "--platform",
    "linux/amd64",
    "--tag-suffix=-x",
    "--platform-tag=amd64",
    "--anchor-host",
    "quay.io",
  ]);
  expect(npx).toContain("ROCM=rocm-6.3");
  expect(npx).toContain("type=registry,ref=quay.io/example/ci-cache:cache-x-amd64,mode=max,ignore-error=true");
});

test("a single gets its tags at once", () => {
  const { calls } = run(
    { backend: "x", "tag-suffix": "", "artifact-name": "digests-core--single", "tag-latest": false },
    "image",
  );
  const [tags = [], push = []] = calls;
  expect(tags.slice(5)).toEqual(["tags", "--tag-suffix=", "--tag-latest=false"]);
  const first = push.indexOf("--tag");
  expect(push.slice(first, first + 4)).toEqual(["--tag", "sha-1234567", "--tag", "latest"]);
  expect(push).not.toContain("--platform-tag=");
});

test.each([
  [{ platforms: "linux/amd64" }, "X64", "linux/amd64", false],
  [{ platforms: "linux/arm64" }, "X64", "linux/arm64", true],
  [{ platforms: "linux/amd64,linux/arm64" }, "ARM64", "linux/amd64,linux/arm64", true],
  [{ platforms: ["linux/amd64", "linux/arm64"] }, "X64", "linux/amd64,linux/arm64", true],
  [{ platforms: ["linux/amd64"] }, "X64", "linux/amd64", false],
  [{ platforms: "linux/amd64 linux/arm64" }, "X64", "linux/amd64,linux/arm64", true],
  [{ platforms: "linux/amd64\nlinux/arm64\n" }, "X64", "linux/amd64,linux/arm64", true],
  [{ platforms: "linux/amd64, linux/arm64" }, "X64", "linux/amd64,linux/arm64", true],
  [{ platforms: null, "platform-tag": "arm64" }, "X64", "linux/arm64", true],
  [{ "platform-tag": "arm64" }, "ARM64", "linux/arm64", false],
  [{ "platform-tag": "arm64" }, "X64", "linux/arm64", true],
  [{}, "X64", "linux/amd64", false],
  [{}, "ARM64", "linux/arm64", false],
])("%j on %s builds %s; emulated: %j", (keys, arch, platform, emulated) => {
  const { calls } = run({ backend: "x", "tag-suffix": "", ...keys }, "nothing", arch);
  expect(calls[0]?.slice(3, 5)).toEqual(["--platform", platform]);
  const condition = String(stepOf(build, "build", "Set up emulation")["if"]);
  const contexts = { env: { PLATFORMS: platforms(keys) }, runner: { arch } };
  expect(evaluateExpression(condition, contexts).coerceString()).toBe(String(emulated));
});

test("an entry without a required build argument is not built", () => {
  const { code, output, calls } = run({ ...leg, backend: "" });
  expect(code).not.toBe(0);
  expect(output).toContain("the entry has no value for build argument BACKEND");
  expect(calls).toEqual([]);
});

describe("matrix values arrive as they are written, and nothing in them runs", () => {
  const values = [
    "on",
    "yes",
    "1.10",
    "0o7",
    "1e3",
    "a: b",
    "# x",
    "*x",
    "${{ x }}",
    "${{ github.token }}",
    "'",
    '"; touch pwned; "',
    "$(touch pwned)",
    "`touch pwned`",
    "a\nb",
    "a\\nb",
    "::set-output name=x::y",
    "--push",
    " spaces ",
    "é\u2028😀",
  ];
  test.each(values)("%j", (value) => {
    // From YAML, as JSON in the plan's output, through fromJson and toJson.
    const { "artifact-name": artifact, ...written } = { ...leg, backend: value };
    const parsed = parseMatrixFile(stringify({ include: [written] }), "matrix.yml");
    const read = parsed.kind === "ok" ? parsed.value.lists[0]?.entries[0] : undefined;
    expect(read?.["backend"]).toBe(value);
    const entry = { ...read, "artifact-name": artifact };
    const passed = evaluateExpression("toJson(fromJson(m).include[0])", { m: JSON.stringify({ include: [entry] }) });
    const { code, calls } = run(JSON.parse(passed.coerceString()), "leg");
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(`BACKEND=${value}`);
  });

  test("as platforms, where spaces and line breaks are commas", () => {
    const value = "linux/amd64 $(touch pwned);\n'x',\"y\" ";
    const { code, calls } = run({ ...leg, platforms: value }, "leg");
    expect(code).toBe(0);
    expect(calls[0]).toContain("linux/amd64,$(touch,pwned);,'x',\"y\"");
  });

  test.each(["tag-suffix", "platform-tag", "dockerfile", "context"])("as %s", (key) => {
    const value = "a' \"; touch pwned; $(touch pwned) ${{ github.token }}\nx";
    const { code, calls } = run({ ...leg, [key]: value }, "leg");
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.some((word) => word.includes(value))).toBe(true);
  });
});
