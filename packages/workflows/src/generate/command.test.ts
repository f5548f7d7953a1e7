import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../cli.ts";
import { sampleMatrix } from "./testing/sample-project.ts";

// Each test runs whole commands, and other tests beside it.
vi.setConfig({ testTimeout: 30_000 });

const CONFIG = `images: [quay.io/example/backends]
workflow:
  branches: [main]
  cron: "0 6 * * 0"
  need-disk: 60GB
`;
const PUSH = ".github/workflows/backend.yml";
const BUILD = ".github/workflows/backend_build.yml";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanfold-generate-"));
  write(".github/fanfold.yml", CONFIG);
  write(".github/backend-matrix.yml", sampleMatrix({ pairs: 1, singles: 256 }));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

function edit(path: string, from: string | RegExp, to: string): void {
  const before = read(path);
  const after = before.replaceAll(typeof from === "string" ? from : new RegExp(from, "g"), to);
  expect(after).not.toBe(before);
  write(path, after);
}

async function fanfold(...args: readonly string[]) {
  const host = recordingHost({ cwd: root, env: { GITHUB_EVENT_NAME: "schedule" } });
  const code = await main(args, host);
  return { code, ...host.written };
}

function generatedFiles(): readonly string[] {
  return readdirSync(join(root, ".github"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => /workflows|actions/.test(path))
    .sort();
}

test("writes six files once, and then nothing", async () => {
  const first = await fanfold("generate");
  expect(first.code).toBe(0);
  expect(generatedFiles()).toEqual([
    ".github/actions/free-disk-space/action.yml",
    ".github/actions/setup-build-disk/action.yml",
    PUSH,
    BUILD,
    ".github/workflows/backend_merge.yml",
    ".github/workflows/backend_pr.yml",
  ]);
  expect(first.stdout).toMatch(/^wrote {4}\.github\/workflows\/backend\.yml$/m);
  expect(first.stdout).toMatch(
    /calls of reusable workflows in \.github\/workflows\/backend\.yml +3 of 50 calls +6 %$/m,
  );
  const before = generatedFiles().map((path) => [read(path), statSync(join(root, path)).ino]);
  const second = await fanfold("generate");
  expect(second.stdout).toMatch(/^6 of 6 files were up to date$/m);
  expect(generatedFiles().map((path) => [read(path), statSync(join(root, path)).ino])).toEqual(before);
  expect((await fanfold("generate", "--check")).code).toBe(0);
});

test("--check writes nothing and says what is missing", async () => {
  const { code, stderr, stdout } = await fanfold("generate", "--check");
  expect(code).toBe(1);
  expect(stderr).toContain(".github/workflows/backend.yml: error: is missing\n  fix: run fanfold generate");
  expect(stdout).toContain("+++ b/.github/workflows/backend.yml\n");
  expect(generatedFiles()).toEqual([]);
});

test("the 257th single is another shard, in file and plan alike", async () => {
  execFileSync("git", ["init", "-q"], { cwd: root });
  write("Dockerfile", "FROM scratch\n");
  execFileSync("git", ["add", "Dockerfile"], { cwd: root });
  await fanfold("generate");
  expect((await fanfold("check")).code).toBe(0);
  const shards = /--shards (\S+)/.exec(read(PUSH))?.[1] ?? "";
  expect(shards).toBe("multi=1,single=1");
  expect((await fanfold("plan", "--shards", shards, "--force-all")).code).toBe(0);

  write(".github/backend-matrix.yml", sampleMatrix({ pairs: 1, singles: 257 }));
  const plan = await fanfold("plan", "--shards", shards, "--force-all");
  expect(plan.code).toBe(1);
  expect(plan.stderr).toContain("fanfold generate");
  const check = await fanfold("generate", "--check");
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/^\+ {2}build-single-2:$/m);
  expect(check.stderr).toContain("these lines come from the lists of the matrix file");
  const whole = await fanfold("check");
  expect(whole.code).toBe(1);
  expect(whole.stderr).toMatch(/backend\.yml:\d+: error: is not what \.github\/fanfold\.yml makes/);

  await fanfold("generate");
  expect((await fanfold("check")).code).toBe(0);
  expect(read(PUSH)).toContain("--shards multi=1,single=2 ");
  expect((await fanfold("generate", "--check")).code).toBe(0);
  expect((await fanfold("plan", "--shards", "multi=1,single=2", "--force-all")).code).toBe(0);
});

describe("a hand edit is named by file and line, and where its lines come from", () => {
  test.each([
    ["cron", PUSH, '- cron: "0 6 * * 0"', '- cron: "0 7 * * 0"', "workflow.cron"],
    ["room", BUILD, 'need: "60GB"', 'need: "6GB"', "workflow.need-disk"],
    ["branch", PUSH, 'branches: ["main"]', 'branches: ["dev"]', "workflow.branches"],
    ["timeout", BUILD, "timeout-minutes: 360", "timeout-minutes: 3", "workflow.timeout-minutes"],
  ])("%s", async (_, path, from, to, field) => {
    await fanfold("generate");
    const line =
      read(path)
        .split("\n")
        .findIndex((text) => text.includes(from)) + 1;
    edit(path, from, to);
    const { code, stderr, stdout } = await fanfold("generate", "--check");
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${path}:${line}: error: is not what .github/fanfold.yml makes; these lines come from ${field}\n`,
    );
    expect(stdout).toContain(`-${read(path).split("\n")[line - 1]}\n`);
  });

  test("a line that was added", async () => {
    await fanfold("generate");
    edit(PUSH, "\ndefaults:\n", "\nenv: { X: y }\n\ndefaults:\n");
    const line = read(PUSH).split("\n").indexOf("env: { X: y }") + 1;
    const { code, stderr } = await fanfold("generate", "--check");
    expect(code).toBe(1);
    expect(stderr).toContain(`${PUSH}:${line}: error`);
  });
});

describe("pins live in the files", () => {
  const CHECKOUT = /actions\/checkout@[0-9a-f]{40} # \S+/;
  const NEWER = `actions/checkout@${"a".repeat(40)} # v9.9.9`;

  test("what a bot raised everywhere survives", async () => {
    await fanfold("generate");
    for (const path of generatedFiles()) if (CHECKOUT.test(read(path))) edit(path, CHECKOUT, NEWER);
    expect((await fanfold("generate", "--check")).code).toBe(0);
    write(".github/fanfold.yml", CONFIG.replace("0 6", "0 7"));
    expect((await fanfold("generate")).code).toBe(0);
    expect(read(PUSH)).toContain(NEWER);
    expect(read(BUILD)).toContain(NEWER);
  });

  test("two commits for one action are an error, and nothing is written", async () => {
    await fanfold("generate");
    edit(BUILD, CHECKOUT, NEWER);
    const before = read(PUSH);
    write(".github/fanfold.yml", CONFIG.replace("0 6", "0 7"));
    const { code, stderr } = await fanfold("generate");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /backend_build\.yml:\d+: error: actions\/checkout is pinned to two commits: .* in \.github\/workflows\/backend\.yml:\d+/,
    );
    expect(read(PUSH)).toBe(before);
  });

  test.each([
    ["a branch", "actions/checkout@main # v7", "is not a full commit SHA"],
    ["another version for the same commit", undefined, "one commit under two versions"],
  ])("%s is an error", async (_, pin, message) => {
    await fanfold("generate");
    const same = CHECKOUT.exec(read(BUILD))?.[0].replace(/# .*/, "# v1.0.0") ?? "";
    edit(BUILD, CHECKOUT, pin ?? same);
    const { code, stderr } = await fanfold("generate");
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

test("line endings of a checkout on Windows are no drift", async () => {
  await fanfold("generate");
  for (const path of generatedFiles()) write(path, read(path).replaceAll("\n", "\r\n"));
  expect((await fanfold("generate", "--check")).code).toBe(0);
});

describe("the composite actions", () => {
  const ACTION = ".github/actions/setup-build-disk/action.yml";

  test("are there only where builds need room", async () => {
    write(".github/fanfold.yml", CONFIG.replace("  need-disk: 60GB\n", ""));
    expect((await fanfold("generate")).code).toBe(0);
    expect(generatedFiles().filter((path) => path.includes("actions"))).toEqual([]);
    expect(read(BUILD)).not.toContain("TMPDIR");
    write(".github/fanfold.yml", CONFIG);
    await fanfold("generate");
    expect(read(BUILD)).toContain("uses: ./.github/actions/setup-build-disk ");
    write(".github/fanfold.yml", CONFIG.replace("  need-disk: 60GB\n", ""));
    expect((await fanfold("generate")).stdout).toContain(`removed  ${ACTION}\n`);
  });

  test.each(["yml", "yaml"])("stand beside somebody's own action.%s of the same name", async (ending) => {
    const own = `.github/actions/setup-build-disk/action.${ending}`;
    write(own, "name: mine\n");
    expect((await fanfold("generate")).code).toBe(0);
    expect(generatedFiles().filter((path) => path.includes("actions"))).toEqual([
      ".github/actions/backend-setup-build-disk/action.yml",
      ".github/actions/free-disk-space/action.yml",
      own,
    ]);
    expect(read(own)).toBe("name: mine\n");
    expect(read(BUILD)).toContain("uses: ./.github/actions/backend-setup-build-disk ");
    expect((await fanfold("generate", "--check")).code).toBe(0);
    expect((await fanfold("generate")).stdout).toMatch(/^6 of 6 files were up to date$/m);
  });
});

test("without branches in the config those of the generated file stay, and without either nothing is written", async () => {
  const without = CONFIG.replace("  branches: [main]\n", "");
  write(".github/fanfold.yml", without);
  const { code, stderr } = await fanfold("generate");
  expect(code).toBe(1);
  expect(stderr).toContain(": error: workflow.branches is missing");
  expect(generatedFiles()).toEqual([]);
  write(".github/fanfold.yml", CONFIG.replace("[main]", '[trunk, "release/**"]'));
  expect((await fanfold("generate")).code).toBe(0);
  const before = read(PUSH);
  write(".github/fanfold.yml", without);
  expect((await fanfold("generate", "--check")).code).toBe(0);
  expect((await fanfold("generate")).code).toBe(0);
  expect(read(PUSH)).toBe(before);
  expect(before).toContain('branches: ["trunk", "release/**"]');
});

test("what nobody generates any more is removed, what somebody wrote is not touched", async () => {
  await fanfold("generate");
  write(".github/workflows/lint.yml", "name: lint\n");
  write(".github/fanfold.yml", `${CONFIG}  name: image\n`);
  const check = await fanfold("generate", "--check");
  expect(check.stderr).toContain(`${PUSH}: error: was generated, and no config makes it any more`);
  const { stdout } = await fanfold("generate");
  expect(stdout).toMatch(/^removed {2}\.github\/workflows\/backend\.yml$/m);
  expect(generatedFiles().filter((path) => path.includes("workflows"))).toEqual([
    ".github/workflows/image.yml",
    ".github/workflows/image_build.yml",
    ".github/workflows/image_merge.yml",
    ".github/workflows/image_pr.yml",
    ".github/workflows/lint.yml",
  ]);
});

test("a workflow that somebody wrote is never overwritten", async () => {
  write(PUSH, "name: mine\n");
  const { code, stderr, stdout } = await fanfold("generate");
  expect([code, stdout]).toEqual([1, "nothing is written\n"]);
  expect((await fanfold("generate", "--check")).stdout).toBe("");
  expect(stderr).toContain(`${PUSH}: error: is there, and was not generated: it is not overwritten`);
  expect(generatedFiles()).toEqual([PUSH]);
  expect(read(PUSH)).toBe("name: mine\n");
});

test("a write that fails in the middle leaves everything as it was", async () => {
  await fanfold("generate");
  const before = generatedFiles().map((path) => read(path));
  // A directory where the last file goes: its rename fails after the others.
  rmSync(join(root, ".github/actions/setup-build-disk/action.yml"));
  mkdirSync(join(root, ".github/actions/setup-build-disk/action.yml/x"), { recursive: true });
  write(".github/fanfold.yml", CONFIG.replace("0 6", "0 7"));
  const { code } = await fanfold("generate");
  expect(code).toBe(1);
  rmSync(join(root, ".github/actions/setup-build-disk/action.yml"), { recursive: true });
  expect(generatedFiles().map((path) => read(path))).toEqual(before.filter((_, index) => index !== 1));
});

test("--config generates for one family and leaves the other alone", async () => {
  write(
    ".github/fanfold.server.yml",
    "matrix: server.yml\nimages: [quay.io/example/server]\nworkflow: { name: server, branches: [main] }\n",
  );
  write("server.yml", sampleMatrix({ singles: 1 }));
  expect((await fanfold("generate")).code).toBe(0);
  write(".github/fanfold.yml", CONFIG.replace("0 6", "0 7"));
  edit(".github/fanfold.server.yml", "name: server", "name: server, cron: 0 7 * * 0");
  const { stdout, code } = await fanfold("generate", "--config", ".github/fanfold.server.yml");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^updated {2}\.github\/workflows\/server\.yml$/m);
  expect(stdout).not.toContain("workflows/backend");
  expect(read(PUSH)).toContain("0 6 * * 0");
});

test("without a config there is nothing to generate from", async () => {
  rmSync(join(root, ".github/fanfold.yml"));
  const { code, stderr } = await fanfold("generate");
  expect(code).toBe(1);
  expect(stderr).toContain("fix: write a first one with fanfold init");
});

test("budgets that are nearly used up are warned of, and shown where one is more than used up", async () => {
  write(".github/fanfold.yml", `${CONFIG}  merge: matrix\n`);
  write(".github/backend-matrix.yml", sampleMatrix({ pairs: 205 }));
  const { code, stderr, stdout } = await fanfold("generate");
  expect(code).toBe(0);
  expect(stderr).toContain(
    ".github/fanfold.yml:6:10: warning: merge matrix of include: 205 of 256 jobs (80 %)\n  fix: set workflow.merge to batch",
  );
  expect(stdout).toMatch(/merge matrix of include +205 of 256 jobs +80 % {2}nearly used up$/m);

  write(".github/backend-matrix.yml", sampleMatrix({ pairs: 257 }));
  const over = await fanfold("generate");
  expect(over.code).toBe(1);
  expect(over.stdout).toMatch(/merge matrix of include +257 of 256 jobs[\s\S]*\nnothing is written\n$/);
});
