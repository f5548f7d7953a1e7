import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExampleClone, FILES, MATRIX } from "../testing/example-clone.ts";

let clone: ExampleClone;

beforeAll(async () => {
  clone = await ExampleClone.create(FILES, { "backend/python/vllm/run.py": "changed\n" });
});

afterAll(async () => {
  await clone[Symbol.asyncDispose]();
});

const explain = async (...args: readonly string[]) => await clone.fanfold(["explain", ...args]);

describe("a path", () => {
  test("that a rule takes", async () => {
    expect(await explain("backend/python/vllm/run.py")).toEqual({
      code: 0,
      stderr: "",
      stdout: `backend/python/vllm/run.py: selects 2 images
  inputs[1] (.github/fanfold.yml:4:5) backend/python/vllm/**
      -cpu-vllm, -hipblas-vllm
`,
    });
  });

  test("from where the command runs", async () => {
    const { stdout } = await clone.fanfold(["explain", "./run.py"], { below: "backend/python/vllm" });
    expect(stdout).toMatch(/^backend\/python\/vllm\/run.py: selects 2 images\n/);
  });

  test("that an except takes away", async () => {
    const { stdout } = await explain("backend/go/ced/ced_test.go");
    expect(stdout).toBe(`backend/go/ced/ced_test.go: selects nothing
  inputs[2] (.github/fanfold.yml:6:5) not: except **/*_test.go takes it away
      -cpu-ced, -darwin-ced
`);
  });

  test("that is ignored", async () => {
    expect((await explain("README.md")).stdout).toBe(
      "README.md: selects nothing\n  ignored by **/*.md (.github/fanfold.yml:9:10)\n",
    );
  });

  test("that nothing mentions, and what to do", async () => {
    const { stdout } = await explain("Makefile.inc");
    expect(
      stdout,
    ).toBe(`Makefile.inc: no rule, no except and no ignore mentions it, which selects nothing, with a warning (unmatched: warn)
  git tracks no such file: this is what it would do
  fix: add a rule under inputs, or a glob under ignore
`);
  });

  test.each([
    [".github/backend-matrix.yml", /counts by value\n {2}the matrix file: selects the entries whose own fields/],
    [".github/fanfold.yml", /counts by value\n {2}the config: selects everything when its images/],
    [".github/workflows/backend_build.yml", /selects 3 images\n.*\n {2}workflow \(built in\)/],
  ])("%s", async (path, expected) => {
    expect((await explain(path)).stdout).toMatch(expected);
  });

  test("as JSON", async () => {
    const { stdout, stderr } = await explain("backend/go/ced/main.go", "--json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      schema: "fanfold.explain/1",
      kind: "path",
      path: "backend/go/ced/main.go",
      tracked: true,
      role: "file",
      outcome: "selects",
      selects: [
        {
          rule: "inputs[2]",
          at: { file: ".github/fanfold.yml", line: 6, column: 5 },
          paths: ["backend/go/ced/**"],
          except: [],
          entries: [
            { matrix: "include", entry: 3, image: "-cpu-ced", "tag-suffix": "-cpu-ced" },
            { matrix: "includeDarwin", entry: 0, image: "-darwin-ced", "tag-suffix": "-darwin-ced" },
          ],
        },
      ],
      dependents: [],
      leftOut: [],
      ignoredBy: [],
      unmatched: "warn",
    });
  });

  test.each([
    ["backend/go", /is a directory.*\n {2}fix: name a file, such as backend\/go\/ced\//],
    ["../outside", /is not a file of the repository/],
    ["vlm", /not an image, a backend or a file.*did you mean "vllm"/],
  ])("%s is none", async (path, expected) => {
    const { code, stdout, stderr } = await explain(path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(expected);
  });
});

describe("an image, by its suffix", () => {
  test("that is selected", async () => {
    const { code, stdout } = await explain("-cpu-vllm");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        [
          "^-cpu-vllm: selected",
          String.raw`  local refs/heads/main, \w{7}\.\.\w{7}: 1 changed file, exact, by git`,
          String.raw`  \+ -cpu-vllm \(2 entries of include\) \(\.github/backend-matrix\.yml:2:5\)`,
          String.raw`      backend/python/vllm/run\.py \(inputs\[1\]\)`,
          String.raw`      published as quay\.io/example/backends:main-cpu-vllm, sha-\w{7}-cpu-vllm`,
          "      content key 1-[0-9a-f]{12}…",
          "  rules that apply:",
          String.raw`    inputs\[0\] \(\.github/fanfold\.yml:3:5\) backend/Dockerfile\.python`,
          String.raw`    inputs\[1\] \(\.github/fanfold\.yml:4:5\) backend/python/vllm/\*\*, backend/python/common/\*\*`,
          String.raw`    the Dockerfile: backend/Dockerfile\.python`,
          String.raw`    workflow \(built in\) \.github/workflows/backend_build\.yml`,
          String.raw`  rules that do not: inputs\[2\]\n$`,
        ].join("\n"),
      ),
    );
  });

  test.each([[["-hipblas-vllm"]], [["--", "-hipblas-vllm"]], [["--base", "HEAD~1", "-hipblas-vllm", "--json"]]])(
    "%j is an argument, not -h",
    async (args) => {
      const { code, stdout } = await explain(...args);
      expect(code).toBe(0);
      expect(stdout).toContain("-hipblas-vllm");
      expect(stdout).not.toContain("Usage:");
    },
  );

  test("that is not selected", async () => {
    const { stdout } = await explain("-cpu-ced");
    expect(stdout).toMatch(/^-cpu-ced: not selected\n/);
    expect(stdout).toContain("  none of the changed files meets a rule of it\n");
    expect(stdout).toContain("backend/go/ced/**, except **/*_test.go\n");
  });

  test("that nobody has", async () => {
    const { code, stderr } = await explain("-cpu-vlm");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no image, backend or tag-suffix is called "-cpu-vlm" \(did you mean "-cpu-vllm"\?\)/);
  });
});

test("a backend: each of its images, under the given change", async () => {
  const { stdout } = await clone.fanfold(["explain", "ced", "--files-from", "-"], {
    stdin: "backend/go/ced/main.go\n",
  });
  expect(stdout).toMatch(/^ced: 2 of 2 images selected\n/);
  expect(stdout).toMatch(/\+ -darwin-ced \(1 entry of includeDarwin\)/);
  const document = JSON.parse((await explain("vllm", "--force-all", "--json")).stdout);
  expect(document).toMatchObject({ kind: "backend", name: "vllm", diff: { reason: "forced" } });
  expect(document.images).toMatchObject([
    { "tag-suffix": "-cpu-vllm", entries: [0, 1], selected: true },
    { "tag-suffix": "-hipblas-vllm", entries: [2], selected: true },
  ]);
});

describe("what pull requests leave out", () => {
  const image = (backend: string, keys: object = {}): object => ({ backend, context: backend, ...keys });
  const MATRIX = JSON.stringify({
    include: [
      image("plain"),
      image("npm", { secret: ["id=npm,env=NPM_TOKEN"] }),
      image("git", { ssh: ["default"] }),
      image("able", { ssh: ["default"], "pull-requests": "build" }),
      image("child"),
    ],
  });
  const files = {
    ".github/backend-matrix.yml": MATRIX,
    ".github/fanfold.yml": 'images: ["ghcr.io/octo/{image}"]\n',
    ...Object.fromEntries(["plain", "npm", "git", "able"].map((name) => [`${name}/Dockerfile`, "FROM scratch\n"])),
    "child/Dockerfile": "FROM ghcr.io/octo/git:main\n",
  };
  const LEAVE_OUT = "pull requests leave it out: its build, or that of a base, takes a secret or an SSH agent";
  const env = { GITHUB_EVENT_NAME: "merge_group" };
  let secretive: ExampleClone;
  beforeAll(async () => {
    secretive = await ExampleClone.create(files);
  });
  afterAll(() => secretive[Symbol.asyncDispose]());

  test.each([
    ["plain", true, true],
    ["npm", true, false],
    ["git", true, false],
    ["able", true, true],
    ["child", true, false],
  ])("%s", async (name, pushed, proposed) => {
    for (const [given, selected] of [
      [{}, pushed],
      [{ env }, proposed],
    ] as const) {
      const { stdout, stderr } = await secretive.fanfold(["explain", name, "--force-all"], given);
      expect([stderr, stdout.split("\n")[0]]).toEqual(["", `${name}: ${selected ? "" : "not "}selected`]);
      // Of a dependent it depends on what else changes.
      expect(stdout.includes(LEAVE_OUT)).toBe(!proposed && (name !== "child" || "env" in given));
      expect(stdout).not.toContain("none of the changed files");
      const { stdout: json } = await secretive.fanfold(["explain", name, "--force-all", "--json"], given);
      expect(JSON.parse(json).images[0].selected).toBe(selected);
    }
  });

  test("and what plan says becomes of the others", async () => {
    const proposed = await secretive.fanfold(["plan", "--force-all"], { env });
    expect(proposed.stderr).toContain("have no secrets and no SSH agent: npm, git, child\n");
    expect(proposed.stdout).toMatch(/^include {2}2 of 5 entries, 2 images to build, none to publish$/m);
    expect(proposed.stdout).toMatch(/^ {2}\+ able +only built +everything$/m);
    const pushed = await secretive.fanfold(["plan", "--force-all"]);
    expect(pushed.stdout).toMatch(/^include {2}5 of 5 entries, 5 images to publish$/m);
    expect(pushed.stdout).toMatch(/^ {2}\+ able +tagged +everything$/m);
  });
});

test("the content key of an image, or why nobody knows it", async () => {
  const image = (name: string, keys: object = {}): object => ({
    image: name,
    context: name,
    dockerfile: `${name}/Dockerfile`,
    ...keys,
  });
  const config = "images: ['ghcr.io/o/{image}']\nworkflow: { branches: [main] }\n";
  const files = {
    ".github/fanfold.yml": config,
    ".github/backend-matrix.yml": JSON.stringify({
      include: ["base", "app", "odd", "on-odd"].map((name) => image(name)),
    }),
    "base/Dockerfile": "FROM scratch\nCOPY a /\n",
    "base/a": "1",
    "app/Dockerfile": "FROM ghcr.io/o/base\n",
    "odd/Dockerfile": "# syntax=example/other\nFROM scratch\n",
    "on-odd/Dockerfile": "FROM ghcr.io/o/odd\n",
  };
  await using keyed = await ExampleClone.create(files, { "base/a": "2" });
  const explained = async (name: string) => {
    const [{ stdout }, { stdout: json }] = [
      await keyed.fanfold(["explain", name]),
      await keyed.fanfold(["explain", name, "--json"]),
    ];
    const { "content-key": key, "content-unknown": unknown } = JSON.parse(json).images[0];
    return { line: /^ {6}content key .*$/m.exec(stdout)?.[0], key, unknown };
  };
  const planned = JSON.parse((await keyed.fanfold(["plan", "--json", "--force-all"])).stdout).groups;
  for (const [index, name] of ["base", "app"].entries()) {
    const { line, key, unknown } = await explained(name);
    expect({ key, unknown }).toEqual({ key: planned[index]["content-key"], unknown: null });
    expect(line).toBe(`      content key ${key.slice(0, 14)}…`);
  }
  const odd = await explained("odd");
  expect(odd).toEqual({ line: `      content key not known: ${odd.unknown}`, key: null, unknown: expect.any(String) });
  expect(odd.unknown).toMatch(/^it may be built from other images \(odd\/Dockerfile/);
  expect((await explained("on-odd")).unknown).toBe(`of odd, which it is built from: ${odd.unknown}`);

  await keyed.repository.commit({
    files: { ".github/fanfold.yml": `${config}reuse: { from: published, bases: watch }\n` },
  });
  await keyed.repository.checkout("main");
  expect((await explained("base")).unknown).toContain("--reuse published");
});

test("what plan says of images that the event gives no tag", async () => {
  const config = "images: [ghcr.io/octo/x]\nmetadata: { tags: ['type=raw,value={version}'] }\n";
  await using untagged = await ExampleClone.create({
    ...FILES,
    ".github/fanfold.yml": config,
    ".github/backend-matrix.yml": MATRIX.replace('"-cpu-ced"', '"-cpu-ced", version: "1"'),
  });
  const { stdout } = await untagged.fanfold(["plan", "--force-all"]);
  expect(stdout).toMatch(/^include {2}4 of 4 entries, 3 images to publish, 2 without a tag$/m);
  expect(stdout).toMatch(/^ {2}\+ -cpu-vllm +amd64 \+ arm64 +merged, without a tag +everything$/m);
  expect(stdout).toMatch(/^ {2}\+ -hipblas-vllm +linux\/amd64 +without a tag +everything$/m);
  expect(stdout).toMatch(/^ {2}\+ -cpu-ced +linux\/amd64 +tagged +everything$/m);
});

test("the event of a run decides, where there is one", async () => {
  const env = { GITHUB_EVENT_NAME: "schedule", GITHUB_EVENT_PATH: `${clone.repository.path}/event.json` };
  const { code, stderr } = await clone.fanfold(["explain", "ced"], { env });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("event file") });
  // What a file would do does not depend on it.
  expect((await clone.fanfold(["explain", "README.md"], { env })).code).toBe(0);
});

test("help is still to be had", async () => {
  const { code, stdout } = await explain("-h");
  expect(code).toBe(0);
  expect(stdout).toContain("Usage: fanfold explain [options] <name>");
});
