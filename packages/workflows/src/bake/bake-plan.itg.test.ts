import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";

const found = testbed();
const unavailable =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no buildx" : undefined;

let directory: string;
beforeEach(async ({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
  directory = await mkdtemp(join(tmpdir(), "fanfold-bake-plan-"));
  await git("init", "--quiet", "--initial-branch=main");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function bed() {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

const env = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: `${dirname(bed().tools.docker)}:${process.env["PATH"]}`,
  HOME: directory,
  DOCKER_CONFIG: bed().docker.config,
  ...more,
});

const git = (...args: readonly string[]) =>
  execa("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory });

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message=x");
}

const fanfold = (args: readonly string[], more?: Readonly<Record<string, string>>) =>
  runFanfold(args, { cwd: directory, env: env(more) });

/** Why each image is selected. */
async function selected(more?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const { code, stdout, stderr } = await fanfold(["plan", "--json"], more);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const { matrices, causes } = JSON.parse(stdout);
  const rules: Record<string, string[]> = {};
  for (const { entry, rule, path } of causes) {
    const { backend } = matrices.include.entries[entry];
    rules[backend] = [...new Set([...(rules[backend] ?? []), `${rule} ${path}`])];
  }
  return rules;
}

const NO_BUILDX = /docker buildx reads bake files, and is not there\n {2}fix: .*fanfold import bake docker-bake\.hcl/;

const CONFIG = "matrix: docker-bake.hcl\nworkflow: { branches: [main] }\n";

const BAKE = `variable "TAG" { default = "1" }
group "default" { targets = ["api", "web"] }
target "api" {
  context = "api"
  contexts = { tool = "target:tool" }
  tags = ["ghcr.io/o/api:\${TAG}"]
  platforms = ["linux/amd64", "linux/arm64"]
}
target "web" {
  context = "web"
  tags = ["ghcr.io/o/web:1"]
}
target "tool" {
  context = "tool"
  args = { LEVEL = "1" }
}
`;

const FILES = {
  ".github/fanfold.yml": CONFIG,
  "docker-bake.hcl": BAKE,
  "api/Dockerfile": "FROM tool\nCOPY main.txt /\n",
  "api/main.txt": "1\n",
  "tool/Dockerfile": "FROM scratch\nARG LEVEL\nCOPY tool.txt /\n",
  "tool/tool.txt": "1\n",
  "web/Dockerfile": "FROM scratch\nCOPY . /\n",
  "web/index.html": "1\n",
};

describe("a change", { timeout: 60_000 }, () => {
  it("of a file selects the targets that are built from it, also through what is built inside them", async () => {
    await commit(FILES);
    await commit({ "tool/tool.txt": "2\n" });
    expect(await selected()).toEqual({ api: ["inferred tool/tool.txt"] });
    await commit({ "web/index.html": "2\n" });
    expect(await selected()).toEqual({ web: ["inferred web/index.html"] });
  });

  it("of the bake file selects the targets whose values are others: comments and order are none", async () => {
    await commit(FILES);
    await commit({ "docker-bake.hcl": `// new\n${BAKE.replace('["api", "web"]', '["web", "api"]')}` });
    expect(await selected()).toEqual({});
    const changes: readonly [string, string, readonly string[]][] = [
      ['LEVEL = "1"', 'LEVEL = "2"', ["api"]],
      ["web:1", "web:2", ["web"]],
      ['default = "1"', 'default = "2"', ["api"]],
      ['"linux/amd64", "linux/arm64"', '"linux/amd64"', ["api"]],
    ];
    for (const [before, after, expected] of changes) {
      await commit({ "docker-bake.hcl": BAKE });
      await commit({ "docker-bake.hcl": BAKE.replace(before, after) });
      expect([after, await selected()]).toEqual([
        after,
        Object.fromEntries(expected.map((name) => [name, ["matrix docker-bake.hcl"]])),
      ]);
    }
  });

  it("of a variable's value is none of the file; of the names that it sees, everything is selected", async () => {
    const config = `${CONFIG}bake: { variables: [TAG] }\n`;
    await commit({ ...FILES, ".github/fanfold.yml": config });
    await commit({ "docker-bake.hcl": BAKE.replace("web:1", "web:2") });
    expect(Object.keys(await selected({ TAG: "7" }))).toEqual(["web"]);
    expect((await fanfold(["plan", "--force-all", "--json"], { TAG: "7" })).stdout).toContain('"7"');
    await commit({ ".github/fanfold.yml": CONFIG });
    expect(await selected()).toEqual({ api: ["everything null"], web: ["everything null"] });
  });

  it("from a file that cannot be evaluated selects everything, and says so", async () => {
    await commit({ ...FILES, "docker-bake.hcl": "target {\n" });
    await commit({ "docker-bake.hcl": BAKE });
    const { stdout, stderr } = await fanfold(["plan", "--json"]);
    expect(JSON.parse(stdout).diff).toMatchObject({ precision: "unknown", reason: "matrix-unreadable" });
    expect(stderr).toMatch(/docker-bake\.hcl: warning: unreadable at the base \(docker buildx bake: .*\): everything/);
  });
});

describe("what is refused", { timeout: 60_000 }, () => {
  const refusal = async (bake: string, config = CONFIG, more?: Readonly<Record<string, string>>) => {
    await commit({ ".github/fanfold.yml": config, "docker-bake.hcl": bake });
    const { code, stderr } = await fanfold(["plan", "--force-all"], more);
    expect(code).toBe(1);
    return stderr;
  };

  it("is a value that is another one each time, by its name", async () => {
    const target = (value: string) => `target "default" {\n  tags = ["ghcr.io/o/x:1", "ghcr.io/o/x:\${${value}}"]\n}\n`;
    const unsteady = (path: string) =>
      new RegExp(`docker-bake\\.hcl:1:1: error: ${path} of the target "default" is another value each time`);
    expect(await refusal(target("uuidv4()"))).toMatch(unsteady("tags\\[1\\]"));
    const time = target('formatdate("YYYYMMDDhhmmss", timestamp())');
    // Twice in one second it would be the same.
    expect(await refusal(time)).toMatch(unsteady("tags\\[1\\]"));
    expect(await refusal('target "default" {\n  args = { WHERE = homedir() }\n}\n')).toMatch(unsteady("args\\.WHERE"));
  });

  it("is what buildx refuses, in its words and at its place", async () => {
    expect(await refusal('target "default" {\n  tags = [NO]\n}\n')).toMatch(
      /docker-bake\.hcl:2:11: error: docker buildx bake: Unknown variable; There is no variable named "NO"/,
    );
    expect(await refusal('target "x" {}\n')).toMatch(
      /docker-bake\.hcl: error: docker buildx bake: failed to find target default\n {2}fix: .*targets: \[…\]/,
    );
    // What is tried as YAML as well is told by what is wrong with the HCL.
    expect(await refusal("x = {\n")).toMatch(/^docker-bake\.hcl:\d+:\d+: error: docker buildx bake: /m);
    const validated =
      'variable "V" {\n  default = ""\n  validation {\n    condition = V != ""\n    error_message = "V is needed"\n  }\n}\ntarget "default" {}\n';
    expect(await refusal(validated)).toMatch(/docker-bake\.hcl:4:\d+: error: docker buildx bake: .*V is needed/);
  });

  it("is a target whose repositories have other tags; what follows from that is not said beside it", async () => {
    const tags = 'target "default" {\n  tags = ["ghcr.io/o/x:1", "ghcr.io/o/x:2", "quay.io/o/x:1"]\n}\n';
    const refused = /^docker-bake\.hcl:1:1: error: target "default": its tags are .*\n {2}fix: .*\n$/;
    expect(await refusal(tags)).toMatch(refused);
    expect((await fanfold(["check"])).stderr).not.toContain("images is missing");
  });

  it("is a variable that speaks for the job", async () => {
    const config = `${CONFIG}bake: { variables: [MY_token, ACTIONS_X, HOME, VERSION] }\n`;
    const stderr = await refusal('target "default" {}\n', config);
    expect(stderr.match(/fanfold\.yml:3:\d+: error: bake\.variables: \w+ is/g)).toHaveLength(3);
  });

  it("is a bake file without buildx; how to do without is said", async () => {
    const programs = join(directory, "programs");
    await mkdir(programs);
    await symlink((await execa("sh", ["-c", "command -v git"])).stdout, join(programs, "git"));
    const nothing = { PATH: programs };
    const here = await refusal('target "default" {}\n', CONFIG, nothing);
    expect(here).toMatch(NO_BUILDX);
  });

  it("is a bake file where docker lacks the plugin, which says something of flags", async ({ skip }) => {
    const programs = join(directory, "docker-alone");
    await mkdir(programs);
    await symlink((await execa("sh", ["-c", "command -v git"])).stdout, join(programs, "git"));
    await symlink(bed().tools.docker, join(programs, "docker"));
    const alone = { PATH: programs, HOME: programs, DOCKER_CONFIG: join(programs, "none") };
    const plugin = await execa("docker", ["buildx", "version"], { env: alone, extendEnv: false, reject: false });
    if (plugin.exitCode === 0) skip("docker finds buildx among the plugins of this machine");
    expect(await refusal('target "default" {}\n', CONFIG, alone)).toMatch(NO_BUILDX);
  });

  it("is no secret's file, and no agent, that the plan does not have", async () => {
    const bake =
      'target "default" {\n  secret = ["id=a,src=./none/a.txt", "id=b,env=B"]\n  ssh = ["default"]\n  tags = ["ghcr.io/o/x:1"]\n}\n';
    await commit({
      ".github/fanfold.yml": CONFIG,
      "docker-bake.hcl": bake,
      Dockerfile: "FROM scratch\nCOPY Dockerfile /\n",
    });
    const { code, stdout } = await fanfold(["plan", "--force-all", "--json"]);
    expect([code, JSON.parse(stdout).targets["digests-default-core--single"]]).toMatchObject([
      0,
      { secret: [{ id: "a", src: "./none/a.txt" }, { id: "b" }], ssh: [{ id: "default" }] },
    ]);
  });
});

describe("several files", { timeout: 60_000 }, () => {
  it("override each other, in groups and targets that the config names, from JSON, HCL and Compose", async () => {
    const matrix = "{ files: [compose.yaml, docker-bake.hcl, more.json], targets: [all] }";
    await commit({
      ".github/fanfold.yml": `matrix: ${matrix}\nimages: ["ghcr.io/o/{image}"]\n`,
      "compose.yaml":
        "services:\n  db: { image: postgres }\n  api: { image: 'ghcr.io/o/api:${TAG}', build: { context: api } }\n",
      ".env": "TAG=5\n",
      "docker-bake.hcl": 'group "all" {\n  targets = ["api", "other"]\n}\ntarget "other" {}\n',
      "more.json": '{ "target": { "other": { "context": "other", "dockerfile": "Containerfile" } } }',
      "api/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
      "other/Containerfile": "FROM scratch\nCOPY Containerfile /\n",
    });
    await commit({
      "more.json":
        '{ "target": { "other": { "context": "other", "dockerfile": "./Containerfile", "args": { "A": "1" } } } }',
    });
    expect(await selected()).toEqual({ other: ["matrix compose.yaml"] });
    await commit({ ".env": "TAG=6\n" });
    const { stdout } = await fanfold(["plan", "--json"]);
    expect(JSON.parse(stdout).groups).toMatchObject([{ image: "api", images: ["ghcr.io/o/api"], tags: ["6"] }]);
    expect((await fanfold(["explain", ".env"])).stdout).toContain("counts by value");
  });
});

it("what Compose files extend, include and take variables from is read with them, and is the matrix, too", {
  timeout: 60_000,
}, async () => {
  const config = "matrix: { files: [compose.yaml] }\nimages: ['ghcr.io/o/{image}']\nworkflow: { branches: [main] }\n";
  await commit({
    ".github/fanfold.yml": config,
    "compose.yaml": `include: [parts/tool.yaml]
services:
  web:
    extends: { file: ./parts/common.yaml, service: common }
    env_file: [web.env, { path: of-one-machine.env, required: false }]
`,
    "parts/tool.yaml": "services:\n  tool:\n    build: { context: ../tool }\n    env_file: parts.env\n",
    "parts/common.yaml": "services:\n  common:\n    build: { context: ../web, args: { LEVEL: '1' } }\n",
    "parts/parts.env": "A=1\n",
    "web.env": "B=1\n",
    "web/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
    "tool/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
  });
  const forced = await fanfold(["plan", "--force-all", "--json"]);
  expect(JSON.parse(forced.stdout).groups.map(({ image }: { image: string }) => image)).toEqual(["tool", "web"]);
  await commit({ "parts/common.yaml": "services:\n  common:\n    build: { context: ../web, args: { LEVEL: '2' } }\n" });
  expect(await selected()).toEqual({ web: ["matrix compose.yaml"] });
  await commit({ "web.env": "B=2\n" });
  expect(await selected()).toEqual({});
  // The plan's job checks them out.
  expect((await fanfold(["generate"])).code).toBe(0);
  const text = await readFile(join(directory, ".github/workflows/backend.yml"), "utf8");
  for (const path of ["parts/tool.yaml", "parts/common.yaml", "parts/parts.env", "web.env"]) {
    expect(text).toContain(`            /${path}\n`);
  }
  await execa("git", ["rm", "-q", "web.env", "compose.yaml"], { cwd: directory });
  await commit({ "compose.yaml": "services:\n  web: { build: web, env_file: web.env }\n" });
  const { code, stderr } = await fanfold(["plan"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/compose\.yaml: error: .*web\.env[\s\S]*fix: git add web\.env,/),
  ]);
});

it("workflows are generated from a bake file as it is: its logins, its variables, its files alone", {
  timeout: 60_000,
}, async () => {
  const login = "{ host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }";
  await commit({
    ...FILES,
    ".github/fanfold.yml": `matrix: docker-bake.hcl
bake: { variables: [TAG, GITHUB_SHA] }
workflow:
  branches: [main]
  runners: { linux/arm64: my-arm }
  registries: [${login}]
`,
  });
  const generated = await fanfold(["generate"]);
  expect([generated.code, generated.stderr]).toEqual([0, ""]);
  const read = (name: string) => readFile(join(directory, ".github/workflows", name), "utf8");
  for (const name of ["backend.yml", "backend_pr.yml"]) {
    const text = await read(name);
    expect(text).toContain("            /.github/\n            /docker-bake.hcl\n            Dockerfile*\n");
    expect(text).toContain("          TAG: ${{ vars.TAG }}\n");
    expect(text).not.toContain("GITHUB_SHA");
  }
  await commit({});
  expect((await fanfold(["generate", "--check"])).code).toBe(0);
  const checked = await fanfold(["check"]);
  expect([checked.code, checked.stderr]).toEqual([0, ""]);
  // Legs are told by their platforms, and what is built stands in the plan alone.
  const { stdout } = await fanfold(["plan", "--force-all", "--json"]);
  expect(JSON.parse(stdout).matrices.include.entries.slice(0, 2)).toEqual(
    [
      ["amd64", "ubuntu-latest"],
      ["arm64", "my-arm"],
    ].map(([tag, runner]) => ({
      backend: "api",
      platforms: `linux/${tag}`,
      "platform-tag": tag,
      "runs-on": runner,
      "artifact-name": `digests-api-core--${tag}`,
    })),
  );
});
