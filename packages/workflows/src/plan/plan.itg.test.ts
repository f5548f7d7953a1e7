import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GitHubStandIn,
  gitEnvironment,
  ScratchRepository,
  startGitHubStandIn,
} from "@fanfold-rigs/github-stand-in";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pilotEntries, pilotMatrix } from "../testing/pilot-matrix.ts";
import { type FanfoldRun, runFanfold, runOnTerminal } from "../testing/run-fanfold.ts";
import type { Plan } from "./plan.ts";
import { planSchema } from "./plan-schema.ts";

const CONFIG = `images: [quay.io/octo/images]
inputs:
  - paths: ["{dockerfile}"]
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**"]
  - when: { dockerfile: "**/Dockerfile.golang" }
    paths: ["backend/go/{backend}/**"]
  - matrices: [includeDarwin]
    paths: ["backend/{python,go}/{backend}/**"]
ignore: ["docs/**"]
`;
const MATRIX_PATH = ".github/backend-matrix.yml";
const FILES = {
  [MATRIX_PATH]: pilotMatrix(),
  ".github/fanfold.yml": CONFIG,
  "backend/Dockerfile.golang": "FROM scratch\n",
  "backend/Dockerfile.python": "FROM scratch\n",
  "backend/python/backend-1/run.py": "1\n",
  "backend/python/backend-7/run.py": "7\n",
  "backend/go/backend-0/main.go": "0\n",
};

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Plan>(planSchema);

let repository: ScratchRepository;
let standIn: GitHubStandIn;
let directory: string;
/** The commit that everything is compared with. */
let base: string;

beforeAll(async () => {
  repository = await ScratchRepository.create();
  base = await repository.commit({ files: FILES });
  standIn = await startGitHubStandIn({ repository: repository.path, owner: "octo", name: "images" });
});

afterAll(async () => {
  await standIn.close();
  await repository.remove();
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-plan-"));
});

afterEach(() => {
  standIn.failNoMore();
  rmSync(directory, { recursive: true });
});

interface PlanRun extends FanfoldRun {
  /** The plan, where `--json` printed one. */
  readonly plan: Plan | undefined;
  readonly outputs: ReadonlyMap<string, string>;
  readonly outputFile: string | undefined;
  readonly summary: string | undefined;
}

interface Situation {
  readonly event: string;
  readonly payload: unknown;
  readonly ref?: string;
  readonly sha?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A step of an Actions run, in the checkout of the commit. */
async function step(situation: Situation, ...args: readonly string[]): Promise<PlanRun> {
  const { event, payload, ref = "refs/heads/main", sha = base, env = {}, cwd = repository.path } = situation;
  const [eventPath, outputPath, summaryPath] = ["event.json", "output", "summary"].map((name) => join(directory, name));
  if (eventPath === undefined || outputPath === undefined || summaryPath === undefined) throw new Error("no paths");
  writeFileSync(eventPath, typeof payload === "string" ? payload : JSON.stringify(payload));
  for (const path of [outputPath, summaryPath]) rmSync(path, { force: true });
  const run = await runFanfold(["plan", ...args], {
    cwd,
    env: {
      ...gitEnvironment(),
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: standIn.apiUrl,
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_OUTPUT: outputPath,
      GITHUB_REF: ref,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_SERVER_URL: standIn.url,
      GITHUB_SHA: sha,
      GITHUB_STEP_SUMMARY: summaryPath,
      GITHUB_TOKEN: "token",
      ...env,
    },
  });
  const read = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  const plan = args.includes("--json") && run.code === 0 ? planIn(run.stdout) : undefined;
  const outputFile = read(outputPath);
  return { ...run, plan, outputFile, outputs: pairsIn(outputFile ?? ""), summary: read(summaryPath) };
}

function planIn(stdout: string): Plan {
  const plan: unknown = JSON.parse(stdout);
  if (!validate(plan)) throw new Error(JSON.stringify(validate.errors));
  return plan;
}

/** As the runner reads the file. */
function pairsIn(file: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const lines = file.split("\n");
  for (let line = 0; line < lines.length - 1; line += 1) {
    const [name = "", delimiter] = lines[line]?.split("<<") ?? [];
    const end = lines.indexOf(delimiter ?? "", line + 1);
    if (delimiter === undefined || end === -1) throw new Error(`line ${line + 1} of GITHUB_OUTPUT: ${lines[line]}`);
    pairs.set(name, lines.slice(line + 1, end).join("\n"));
    line = end;
  }
  return pairs;
}

async function push(
  files: Parameters<ScratchRepository["commit"]>[0]["files"],
  options: { readonly before?: string; readonly ref?: string; readonly branch?: string } = {},
): Promise<Situation> {
  const branch = options.branch ?? `push-${Math.random().toString(36).slice(2)}`;
  const after = await repository.commit({
    branch,
    parent: options.before ?? base,
    ...(files === undefined ? {} : { files }),
  });
  await repository.checkout(after);
  const ref = options.ref ?? "refs/heads/main";
  const payload = {
    ref,
    before: options.before ?? base,
    after,
    repository: { full_name: "octo/images", default_branch: "main" },
  };
  return { event: "push", payload, ref, sha: after };
}

const suffixes = ({ plan }: PlanRun, list = "include"): readonly string[] =>
  plan?.matrices[list]?.entries.map((entry) => entry["tag-suffix"] ?? "") ?? [];

const suffixesOf = (backend: string): readonly string[] =>
  pilotEntries()
    .filter((entry) => entry.backend === backend)
    .map(({ suffix }) => suffix);

const ONE = { "backend/python/backend-7/run.py": "changed\n", "docs/x": "x\n", "README.md": "x\n" };

describe("push", () => {
  test("to a branch: what it touched, in one call", async () => {
    const situation = await push(ONE);
    const calls = standIn.requests.length;
    const run = await step(situation, "--json");
    expect(run.stderr).toBe("::warning::no rule mentions README.md; add a rule under inputs, or a glob under ignore\n");
    expect(run.plan?.event).toEqual({
      name: "push",
      ref: "refs/heads/main",
      sha: situation.sha,
      base,
      head: situation.sha,
      defaultBranch: "main",
    });
    expect(run.plan?.diff).toMatchObject({ precision: "exact", source: "compare", reason: null, calls: 1 });
    expect(standIn.requests.length - calls).toBe(1);
    expect(suffixes(run)).toEqual(suffixesOf("backend-7"));
    expect(run.plan?.matrices["include"]?.total).toBe(301);
    expect(run.plan?.groups.map(({ image }) => image)).toEqual([...new Set(suffixesOf("backend-7"))]);
    for (const group of run.plan?.groups ?? []) {
      expect(group.images).toEqual(["quay.io/octo/images"]);
      expect(group.tags).toEqual([`main${group.image}`, `sha-${situation.sha?.slice(0, 7)}${group.image}`]);
    }
    expect(run.outputs.get("backend-7")).toBe("true");
    expect(run.outputs.get("backend-8")).toBe("false");
    expect([...run.outputs].filter(([, value]) => value === "")).toEqual([]);
  });

  test("twice gives the same plan and the same outputs", async () => {
    const situation = await push(ONE);
    const [first, second] = [await step(situation, "--json"), await step(situation, "--json")];
    expect(second.stdout).toBe(first.stdout);
    expect(second.outputs).toEqual(first.outputs);
    expect(second.summary).toBe(first.summary);
  });

  test("of a tag: everything, in shards that hold whole groups", async () => {
    const ref = "refs/tags/v1";
    const run = await step({ event: "push", ref, payload: { ref, before: "0".repeat(40), after: base } }, "--json");
    expect(run.plan).toMatchObject({ runAll: true, diff: { precision: "unknown", reason: "tag", calls: 0 } });
    expect(run.plan?.matrices["include"]?.shards.multi.map((shard) => shard.length)).toEqual([72]);
    expect(run.plan?.matrices["include"]?.shards.single.map((shard) => shard.length)).toEqual([229]);
    expect(run.plan?.groups).toHaveLength(265);
    expect(run.plan?.groups.filter(({ legs }) => legs.length > 1)).toHaveLength(36);
    expect(run.outputs.has("matrix")).toBe(false);
    expect(JSON.parse(run.outputs.get("merge-matrix") ?? "").include).toHaveLength(36);
    expect(run.outputs.get("matrix-darwin")).toContain("-metal-backend-1");
  });

  test("that deletes a branch: nothing", async () => {
    const payload = { ref: "refs/heads/x", before: base, after: "0".repeat(40), deleted: true };
    const run = await step({ event: "push", payload, ref: "refs/heads/x" }, "--json");
    expect(run.plan).toMatchObject({ runAll: false, diff: { reason: "deleted", calls: 0 }, causes: [] });
    expect(run.outputs.get("has-backends")).toBe("false");
    expect(run.outputs.get("matrix")).toBe('{"include":[]}');
  });
});

describe("the matrix file itself", () => {
  const change = async (matrix: string) => await step(await push({ [MATRIX_PATH]: matrix }), "--json");
  const [first, second] = pilotEntries();

  test("only one leg's runner edited: both legs of that image, nothing else", async () => {
    if (first === undefined || second === undefined) throw new Error("no entries");
    const run = await change(pilotMatrix([first, { ...second, runner: "self-hosted" }, ...pilotEntries().slice(2)]));
    expect(suffixes(run)).toEqual([first.suffix, first.suffix]);
    expect(run.plan?.causes.map(({ rule }) => rule)).toEqual(["group", "matrix"]);
    expect(run.plan?.diff.calls).toBe(2);
    expect(suffixes(run, "includeDarwin")).toEqual([]);
  });

  test("reordered and reindented: nothing", async () => {
    const matrix = pilotMatrix(pilotEntries().toReversed())
      .replaceAll("\n    ", "\n      ")
      .replaceAll("\n  - ", "\n  -   ");
    const run = await change(matrix);
    expect(run.stderr).toBe("");
    expect(suffixes(run)).toEqual([]);
    expect(run.plan?.matrices["include"]?.total).toBe(301);
  });

  test("a leg removed: its sibling", async () => {
    const run = await change(pilotMatrix(pilotEntries().filter((_, index) => index !== 1)));
    expect(suffixes(run)).toEqual([first?.suffix]);
    expect(run.plan?.groups.map(({ legs }) => legs.length)).toEqual([1]);
  });
});

describe("the config", () => {
  test("other images: everything", async () => {
    const run = await step(await push({ ".github/fanfold.yml": CONFIG.replace("quay.io", "ghcr.io") }), "--json");
    expect(run.plan).toMatchObject({ runAll: true, diff: { reason: "config-changed" } });
  });

  test("other rules, and what else does not reach a build: nothing", async () => {
    const config = `${CONFIG.replace("docs/**", "**/*.txt")}unmatched: ignore\nworkflow: { cron: "0 0 * * *", max-parallel: 3 }\n`;
    const run = await step(await push({ ".github/fanfold.yml": config }), "--json");
    expect(run.plan).toMatchObject({ runAll: false, causes: [] });
  });

  test("taken away: everything", async () => {
    const run = await step(await push({ ".github/fanfold.yml": null }), "--json");
    expect(run.plan?.groups.flatMap(({ images }) => images)).toEqual([]);
    expect(run.plan).toMatchObject({ runAll: true, diff: { reason: "config-changed" } });
  });
});

test("a pull request, with a rename between two backends: both", async () => {
  const head = await repository.commit({
    branch: "feature",
    parent: base,
    renames: { "backend/python/backend-1/run.py": "backend/go/backend-0/run.py" },
  });
  await repository.checkout(head);
  standIn.setPullRequest({ number: 7, base: { ref: "main", sha: base }, head: { ref: "feature", sha: head } });
  const payload = {
    number: 7,
    pull_request: { number: 7, base: { ref: "main", sha: base }, head: { ref: "feature", sha: head } },
    repository: { full_name: "octo/images", default_branch: "main" },
  };
  const run = await step({ event: "pull_request", payload, ref: "refs/pull/7/merge", sha: head }, "--json");
  const wanted = pilotEntries().filter(({ backend }) => backend === "backend-0" || backend === "backend-1");
  expect(suffixes(run)).toEqual(wanted.map(({ suffix }) => suffix));
  expect(run.plan?.event).toMatchObject({ name: "pull_request", base, head });
});

test("a schedule: everything", async () => {
  const run = await step({ event: "schedule", payload: { schedule: "0 6 * * 0" } }, "--json");
  expect(run.plan).toMatchObject({ runAll: true, diff: { reason: "scheduled", calls: 0 } });
});

test("a dispatch: everything, or what --only names, whole images of it", async () => {
  const dispatch = { event: "workflow_dispatch", payload: { inputs: {} } };
  expect((await step(dispatch, "--json")).plan?.runAll).toBe(true);
  const run = await step(dispatch, "--json", "--only", "backend-0,backend-7");
  expect(run.plan).toMatchObject({ runAll: false, diff: { reason: "dispatched" } });
  expect(new Set(suffixes(run))).toEqual(new Set([...suffixesOf("backend-0"), ...suffixesOf("backend-7")]));
});

test("what is refused while git still answers is one error with its place, and no stack trace", async () => {
  const dispatch = { event: "workflow_dispatch", payload: { repository: { default_branch: "main" } } };
  const { code, stderr } = await step(dispatch, "--only", "nope");
  expect({ code, lines: stderr.trimEnd().split("\n") }).toEqual({
    code: 1,
    lines: [
      expect.stringMatching(/^::error file=\.github\/backend-matrix\.yml::--only: no image, .* is called "nope";/),
    ],
  });
});

describe("for people", () => {
  test("the step summary", async () => {
    const run = await step(await push({ ...ONE, "backend/go/backend-0/main.go": "changed\n" }));
    const summary = (run.summary ?? "").replace(/[0-9a-f]{7}\.\.[0-9a-f]{7}/, "<base>..<head>");
    await expect(summary).toMatchFileSnapshot("../../testdata/summary/push.md");
    expect(run.stdout).toMatch(/^event {2}push refs\/heads\/main, /);
  });

  test("no colours but on a terminal", async () => {
    const situation = await push(ONE);
    for (const env of [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "1", GITHUB_ACTIONS: "" }]) {
      const { stdout, stderr } = await step({ ...situation, env });
      expect(stdout + stderr).not.toContain("\u001b");
    }
  });

  test("colours on a terminal, unless NO_COLOR", async () => {
    await push(ONE);
    const given = { cwd: repository.path, env: { ...gitEnvironment(), NO_COLOR: undefined } };
    expect(await runOnTerminal(["plan"], given)).toContain("\u001b[1mevent\u001b[22m");
    expect(await runOnTerminal(["plan"], { ...given, env: { ...given.env, NO_COLOR: "1" } })).not.toContain("\u001b");
  });

  test("--json prints one document, and nothing else", async () => {
    const { stdout } = await step(await push(ONE), "--json");
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });
});

test("hostile names go through without harm", async () => {
  const names = [
    "new\nline",
    'quo"te',
    "t\tab",
    "::set-output name=x::y",
    "##[error]x",
    "pi|pe`tick`<img src=x>",
    "\u202eoverride",
    "\u001b[31mred",
  ];
  const matrix = `include:\n${names
    .map((name, index) =>
      JSON.stringify({ "tag-suffix": `-${name}-${index}`, backend: `b${index}`, dockerfile: `d/${name}/Dockerfile` }),
    )
    .map((entry) => `  - ${entry}\n`)
    .join("")}`;
  const invalid = Buffer.from([...Buffer.from("d/"), 0xff, ...Buffer.from("/Dockerfile")]);
  const situation = await push(
    [
      [MATRIX_PATH, matrix],
      [".github/fanfold.yml", `inputs: [{ paths: ["{dockerfile}"] }]\n`],
      ...names.map((name) => [`d/${name}/Dockerfile`, "FROM x\n"] as const),
    ],
    { branch: "hostile" },
  );
  const before = String(situation.sha);
  const changed = await push(
    [...names.map((name) => [`d/${name}/Dockerfile`, "FROM y\n"] as const), [invalid, "FROM z\n"]],
    { before, branch: "hostile" },
  );
  const text = await step(changed);
  const json = await step(changed, "--json");
  expect(suffixes(json)).toEqual(names.map((name, index) => `-${name}-${index}`));
  for (const { stdout, stderr } of [text, json]) {
    for (const line of `${stdout}${stderr}`.split("\n")) {
      expect(line).not.toMatch(/^\s*::(?!warning::)/);
      expect(line).not.toContain("##[");
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  }
  expect([...text.outputs.keys()].filter((name) => /^b\d$/.test(name))).toHaveLength(names.length);
  expect(text.summary).not.toMatch(/<img|\u001b|\u202e/);
  const rows = (text.summary ?? "").split("\n").filter((line) => line.startsWith("| ") && !line.includes("because of"));
  expect(rows).toHaveLength(names.length);
  for (const row of rows) expect(row.replaceAll(/`[^`]*`/g, "").split("|")).toHaveLength(6);
});

describe("what cannot be planned is refused before anything is written", () => {
  const refused = (run: PlanRun, message: RegExp, code = 1): void => {
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    expect({ code: run.code, stdout: run.stdout, outputFile: run.outputFile, summary: run.summary }).toEqual({
      code,
      stdout: "",
      outputFile: undefined,
      summary: undefined,
    });
  };

  test.each([
    ["unreadable YAML", "include: [", /^::error file=\.github\/backend-matrix\.yml,line=1,col=\d+::not valid YAML/],
    ["a duplicate key", "include: []\ninclude: []\n", /line=2,col=1::the key "include" stands twice/],
    ["__proto__", "include:\n  - { tag-suffix: x, __proto__: {} }\n", /line=2,col=22::the key "__proto__" is refused/],
    [
      "a misspelt tag-suffix",
      "include:\n  - { tag_suffix: x }\n",
      /line=2,col=\d+::include\[0\]: no tag-suffix, but "tag_suffix"/,
    ],
    [
      "an alias bomb",
      `include:\n  - tag-suffix: x\n    a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g", "h"].map((name, index) => `    ${name}: &${name} [${`*${"abcdefg"[index]},`.repeat(9)}]\n`).join("")}`,
      /aliases expand to more than/,
    ],
  ])("%s", async (_, matrix, message) => {
    refused(await step(await push({ [MATRIX_PATH]: matrix })), message);
  });

  test("an unknown placeholder", async () => {
    const config = CONFIG.replace("{dockerfile}", "{dockerfil}");
    refused(
      await step(await push({ ".github/fanfold.yml": config })),
      /^::error file=\.github\/fanfold\.yml,line=3,col=13::.*unknown placeholder \{dockerfil\}.*did you mean "dockerfile"/,
    );
  });

  test("more shards than the workflow has jobs for", async () => {
    const entries = Array.from({ length: 257 }, (_, index) => `  - { tag-suffix: "-${index}" }\n`).join("");
    const situation = await push({ [MATRIX_PATH]: `include:\n${entries}`, ".github/fanfold.yml": "inputs: []\n" });
    refused(
      await step(situation, "--shards", "multi=1,single=1"),
      /^::error::the matrix needs 2 shards of class single, and the workflow has jobs for 1; run fanfold generate/,
    );
    expect((await step(situation, "--shards", "multi=1,single=2")).code).toBe(0);
  });

  test.each([
    ["is not JSON", "{", /event file/],
    ["is no object", "[]", /event file/],
    ["lacks what its event has", { ref: "refs/heads/main", before: "nope", after: "nope" }, /before in the event file/],
  ])("an event file that %s", async (_, payload, message) => {
    refused(await step({ event: "push", payload }), message);
  });

  test("an event file that is not there", async () => {
    const env = { GITHUB_EVENT_PATH: join(directory, "none.json") };
    refused(await step({ event: "push", payload: {}, env }), /event file/);
  });

  test("flags that make no sense", async () => {
    refused(await step({ event: "push", payload: {} }, "--shards", "x"), /--shards: expected/, 2);
    refused(await step({ event: "push", payload: {} }, "--base", "x", "--files-from", "-"), /exclude each other/, 2);
  });

  test("outputs that cannot be written leave the file as it was", async () => {
    const run = await step({ ...(await push(ONE)), env: { GITHUB_OUTPUT: directory } });
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/::error file=.*names cannot be written: EISDIR/);
  });
});

describe("what cannot be known builds more, and says why", () => {
  test("an API that is not there: git, and without a history or a remote everything", async () => {
    const situation = await push(ONE);
    const shallow = join(directory, "shallow");
    await repository.git("clone", "--quiet", "--depth=1", `file://${repository.path}`, shallow);
    const env = { GITHUB_API_URL: "http://127.0.0.1:1", GITHUB_SERVER_URL: "http://127.0.0.1:1" };
    const remote = await step({ ...situation, env, cwd: shallow }, "--json");
    expect(remote.plan).toMatchObject({
      runAll: false,
      diff: { precision: "exact", source: "git", reason: "network" },
    });
    expect(remote.stderr).toMatch(/^::warning::compare: .*git answered instead/m);
    await repository.git("-C", shallow, "remote", "remove", "origin");
    const alone = await step({ ...situation, env, cwd: shallow }, "--json");
    expect(alone.code).toBe(0);
    expect(alone.plan).toMatchObject({ runAll: true, diff: { precision: "unknown", reason: "network" } });
    expect(alone.stderr).toMatch(/^::warning::compare: .*everything is selected/m);
  });

  test("an empty token: asked anonymously, with a warning", async () => {
    const run = await step({ ...(await push(ONE)), env: { GITHUB_TOKEN: "" } }, "--json");
    expect(run.plan?.diff).toMatchObject({ precision: "exact", source: "compare" });
    expect(run.stderr).toMatch(/^::warning::no GITHUB_TOKEN/m);
  });

  test("a shallow clone, on nobody's runner: everything", async () => {
    await push(ONE, { branch: "shallow" });
    const shallow = join(directory, "shallow");
    await repository.git("clone", "--quiet", "--depth=1", "--branch=shallow", `file://${repository.path}`, shallow);
    await repository.git("-C", shallow, "remote", "remove", "origin");
    const { code, stdout } = await runFanfold(["plan", "--json"], { cwd: shallow, env: gitEnvironment() });
    expect(code).toBe(0);
    expect(planIn(stdout)).toMatchObject({ runAll: true, diff: { precision: "unknown", reason: "shallow" } });
  });
});

test("without Actions: the last commit, from the clone alone", async () => {
  const { sha = "" } = await push(ONE);
  const { stdout, stderr } = await runFanfold(["plan", "--json"], { cwd: repository.path, env: gitEnvironment() });
  const plan = planIn(stdout);
  expect(plan).toMatchObject({
    event: { name: "local", ref: null, sha, base, head: sha, defaultBranch: null },
    diff: { precision: "exact", source: "git", calls: 0 },
  });
  expect(stderr).toContain("warning: no rule mentions README.md\n");
  writeFileSync(join(repository.path, MATRIX_PATH), pilotMatrix(pilotEntries().slice(0, 10)));
  const uncommitted = await runFanfold(["plan"], { cwd: repository.path, env: gitEnvironment() });
  expect(uncommitted.stderr).toContain(`notice: ${MATRIX_PATH}: uncommitted changes count as changed`);
  const committed = await runFanfold(["plan", "--base", base, "--head", sha, "--json"], {
    cwd: repository.path,
    env: gitEnvironment(),
  });
  expect(planIn(committed.stdout).matrices["include"]?.total).toBe(301);
});

test("a plan over GitHub's API loads neither what asks registries nor Node's fetch", async () => {
  const loaded = join(directory, "loaded.json");
  const hook = `import { registerHooks } from "node:module";
    import { writeFileSync } from "node:fs";
    const urls = [];
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
    process.on("exit", () => {
      const undici = process.moduleLoadList.filter((name) => name.includes("undici/undici"));
      writeFileSync(process.env.LOADED, JSON.stringify([...urls, ...undici]));
    });`;
  const situation = await push({ "backend/python/backend-1/run.py": "2\n" });
  const env = { LOADED: loaded, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  expect((await step({ ...situation, env })).code).toBe(0);
  const modules: readonly string[] = JSON.parse(readFileSync(loaded, "utf8"));
  expect(modules.filter((name) => /digest-tools\/dist\/planning\.js$|octokit/.test(name))).toHaveLength(2);
  expect(modules.filter((name) => /digest-tools\/dist\/(?:index|internal)\.js$|undici/.test(name))).toEqual([]);
});
