import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HostedProject, type Trigger } from "./hosted-project.ts";
import { Machine } from "./machine.ts";
import { type ActionEnd, readAction, runAction } from "./run-action.ts";

// Fanfold's own actions as a runner runs them: where they were unpacked, by Node alone, with the inputs and files of a step.
// npm is there and answers nothing: whoever asks it is counted, and fails.

const source = fileURLToPath(new URL("../../../actions", import.meta.url));
const bed = testbed();

let directory: string;
/** What asked npm for something. */
const asked: string[] = [];
const npm = createServer((request, response) => {
  asked.push(String(request.url));
  response.writeHead(503).end();
});
let npmUrl: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-actions-"));
  cpSync(source, join(directory, "actions"), { recursive: true });
  npm.listen(0, "127.0.0.1");
  await once(npm, "listening");
  const address = npm.address();
  npmUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
});
afterAll(() => {
  npm.close();
  rmSync(directory, { recursive: true, force: true });
});

const action = (name: string): string => join(directory, "actions", name);

function noEngine(): string | undefined {
  if ("unavailable" in bed) return `actions are not run on an engine: ${bed.unavailable}`;
  return bed.docker === null ? "actions are not run on an engine: the test bed has none here" : undefined;
}

describe("plan, build and merge", { timeout: 300_000 }, () => {
  let machine: Machine;
  let project: HostedProject;
  const opened: AsyncDisposable[] = [];
  let jobs = 0;

  beforeAll(async () => {
    if ("unavailable" in bed || bed.docker === null) return;
    machine = await Machine.start(bed, bed.docker);
    opened.push(machine);
    project = await HostedProject.create(machine, "actions");
    opened.push(project);
  });
  afterAll(async () => {
    for (const each of opened.toReversed()) await each[Symbol.asyncDispose]();
  });

  /** A job on a machine of its own, with a checkout; each step gets what a runner sets. */
  function job(trigger: Trigger): {
    readonly temp: string;
    readonly step: (name: string, inputs: Readonly<Record<string, string>>, env?: object) => Promise<ActionEnd>;
  } {
    jobs += 1;
    const home = join(directory, `job-${jobs}`);
    const [temp, workspace] = [join(home, "temp"), join(home, "workspace")];
    mkdirSync(temp, { recursive: true });
    execFileSync("git", ["clone", "--quiet", project.repository.path, workspace]);
    execFileSync("git", ["-C", workspace, "checkout", "--quiet", trigger.sha]);
    const event = join(home, "event.json");
    writeFileSync(event, JSON.stringify(trigger.payload));
    const runner = {
      ...machine.env,
      DOCKER_CONFIG: join(machine.directory, "reader"),
      npm_config_registry: npmUrl,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: trigger.event,
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: trigger.ref,
      GITHUB_SHA: trigger.sha,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_RUN_ID: "900",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_SERVER_URL: project.github.url,
      GITHUB_API_URL: project.github.apiUrl,
      RUNNER_TEMP: temp,
      RUNNER_OS: "Linux",
      RUNNER_ARCH: "X64",
      RUNNER_ENVIRONMENT: "github-hosted",
    };
    const step = (name: string, inputs: Readonly<Record<string, string>>, env: object = {}): Promise<ActionEnd> =>
      runAction({ action: action(name), with: inputs, env: { ...runner, ...env }, workspace, directory: home });
    return { temp, step };
  }

  const entriesOf = (matrix: string | undefined): readonly string[] => {
    const read: Json = JSON.parse(matrix ?? "{}");
    const include = isJsonObject(read) ? read["include"] : [];
    return (Array.isArray(include) ? include : []).map((entry) =>
      isJsonObject(entry) ? String(entry["artifact-name"]) : "",
    );
  };

  test("publish what a push touches, and ask npm for nothing", async ({ skip }) => {
    const why = noEngine();
    if (why !== undefined) skip(why);
    const files = { "backends/alpha/file": "alpha\n", "backends/gamma/file": "gamma\n" };
    const trigger = await project.push(files);

    const planning = job(trigger);
    const planned = await planning.step("plan", { shards: "multi=2,single=1,wave1=1,wave2=1" });
    expect(planned.code, planned.log).toBe(0);
    // What nobody selected has no whole matrix to leave out here: every declared output is written, and every one that is
    // written is declared, of shards and waves the first; others are called like the images.
    const written = [...planned.outputs.keys()].filter((name) => !["alpha", "beta", "gamma"].includes(name));
    const first = written.map((name) =>
      name.replace(/-(multi|single)-\d+$/, "-$1-1").replace(/-wave\d+-\d+$/, "-wave1-1"),
    );
    expect(new Set(first)).toEqual(new Set(readAction(action("plan")).outputs));
    expect(planned.outputs.get("has-publish")).toBe("true");
    expect(planned.summary).toContain("alpha");
    const plan = join(planning.temp, "plan.json");
    expect(JSON.parse(readFileSync(plan, "utf8"))).toMatchObject({ schema: "fanfold.plan/1" });

    const artifacts = ["matrix-multi-1", "matrix-single-1"].flatMap((name) => entriesOf(planned.outputs.get(name)));
    expect(artifacts).toEqual(["digests-alpha--amd64", "digests-alpha--arm64", "digests-gamma--single"]);
    const records = join(directory, "records");
    for (const artifact of artifacts) {
      const inputs = { plan, artifact, publish: "leg", "record-dir": records };
      const built = await job(trigger).step("build", inputs, {
        ARTIFACT_NAME: artifact,
        BUILD_TOKEN: "token-of-builds",
      });
      expect(built.code, built.log).toBe(0);
      expect(existsSync(join(records, artifact, "record.json"))).toBe(true);
    }

    const merged = await job(trigger).step("merge", { plan, "record-dir": records });
    expect(merged.code, merged.log).toBe(0);
    for (const image of project.images) {
      const tags = (await machine.crane("ls", image)).split("\n").filter(Boolean).toSorted();
      const commit = `sha-${trigger.sha.slice(0, 7)}`;
      expect(tags).toEqual(["main-alpha", "main-gamma", `${commit}-alpha`, `${commit}-gamma`].toSorted());
    }
    expect(asked).toEqual([]);
    // Docker is started by builds, and sees no input of an action.
    expect(machine.environments(900)).toContain("GITHUB_RUN_ID=900");
    expect(machine.environments(900)).not.toMatch(/^INPUT_/m);
    expect(machine.environments(900)).not.toContain("github-token");
  });

  test("a leg without a record: its image is refused by name, and the step fails", async ({ skip }) => {
    const why = noEngine();
    if (why !== undefined) skip(why);
    const trigger = await project.push({ "backends/beta/file": "beta\n" });
    const { temp, step } = job(trigger);
    expect(await step("plan", { shards: "multi=1,single=1" })).toMatchObject({ code: 0 });
    mkdirSync(join(temp, "records"));
    const merged = await step("merge", { plan: join(temp, "plan.json"), "record-dir": join(temp, "records") });
    expect(merged.code, merged.log).toBe(1);
    expect(merged.log).toMatch(/^::error.*beta/m);
  });

  test("debug logging of a run shows each request and program, without secrets", async ({ skip }) => {
    const why = noEngine();
    if (why !== undefined) skip(why);
    const { temp, step } = job(await project.push({ "backends/gamma/file": "again\n" }));
    const env = { RUNNER_DEBUG: "1", BUILD_TOKEN: "token-of-builds", ARTIFACT_NAME: "digests-gamma--single" };
    const [plan, records] = [join(temp, "plan.json"), join(temp, "records")];
    const steps = [
      ["plan", { token: "secret-of-a-job" }, /^::debug::.*GET .*\/compare\//m],
      [
        "build",
        { plan, artifact: env.ARTIFACT_NAME, publish: "leg", "record-dir": records },
        /^::debug::.*docker buildx bake/m,
      ],
      ["merge", { plan, "record-dir": records }, /^::debug::.*PUT .*\/manifests\//m],
    ] as const;
    for (const [name, inputs, expected] of steps) {
      const { code, log } = await step(name, inputs, env);
      expect(code, log).toBe(0);
      expect(log).toMatch(expected);
      for (const secret of [
        "secret-of-a-job",
        "token-of-builds",
        ...machine.registries.map(({ password }) => password),
      ]) {
        expect(log).not.toContain(secret);
      }
    }
  });
});

describe("inputs that cannot be meant", () => {
  const run = (name: string, inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
    runAction({
      action: action(name),
      with: inputs,
      env: { PATH: process.env["PATH"] ?? "", GITHUB_ACTIONS: "true", RUNNER_TEMP: directory, ...env },
      workspace: directory,
      directory,
    });

  test.each([
    ["build", { artifact: "x", publish: "leg", "record-dir": "r" }, "::error::the input plan is required"],
    ["build", { plan: "p", artifact: "x", publish: "all", "record-dir": "r" }, "leg, nothing"],
    ["build", { plan: "none.json", artifact: "x", publish: "leg", "record-dir": "r" }, "none.json"],
    ["plan", { "force-all": "perhaps" }, '::error::the input force-all must be true or false, found "perhaps"'],
    ["merge", { plan: "p", "record-dir": "r", concurrency: "-1" }, "whole number"],
    ["disk-setup", { need: "60G" }, "write GB"],
  ])("%s %j", async (name, inputs, expected) => {
    const { code, log, outputs } = await run(name, inputs);
    expect({ code, outputs: outputs.size }, log).toEqual({ code: log.includes("none.json") ? 1 : 2, outputs: 0 });
    expect(log).toContain(expected);
    expect(log).not.toMatch(/^\s+at /m);
  });

  test("a plan that fails leaves no plan.json", async () => {
    const { code, log } = await run("plan", { config: "none.yml" });
    expect(code, log).toBe(1);
    expect(existsSync(join(directory, "plan.json"))).toBe(false);
  });
});

/** What makes Node think that it runs elsewhere. */
function seemingly(platform: string): string {
  return `--import=data:text/javascript,Object.defineProperty(process,'platform',{value:'${platform}'})`;
}

describe("disk-setup has no business on", () => {
  test.each([
    ["somebody's own machine", { RUNNER_ENVIRONMENT: "self-hosted", RUNNER_OS: "Linux" }],
    ["a machine that is no runner", {}],
    ["GitHub's macOS", { RUNNER_ENVIRONMENT: "github-hosted", RUNNER_OS: "macOS", NODE_OPTIONS: seemingly("darwin") }],
    [
      "GitHub's Windows",
      { RUNNER_ENVIRONMENT: "github-hosted", RUNNER_OS: "Windows", NODE_OPTIONS: seemingly("win32") },
    ],
  ])("%s: nothing is done, and every output is there", async (_, env) => {
    const end = await runAction({
      action: action("disk-setup"),
      with: { need: "900TB", at: directory },
      // No program is looked for.
      env: { PATH: "", GITHUB_ACTIONS: "true", TMPDIR: directory, ...env },
      workspace: directory,
      directory,
    });
    expect(end.code, end.log).toBe(0);
    expect([...end.outputs.keys()].toSorted()).toEqual(readAction(action("disk-setup")).outputs.toSorted());
    expect(end.outputs.get("acted")).toBe("false");
    expect(end.outputs.get("tmpdir")).toBe(directory);
    expect(end.outputs.get("actions")).toBe("[]");
  });
});
