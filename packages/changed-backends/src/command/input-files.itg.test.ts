import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compileInputs } from "../rules/input-rule.ts";
import { GitHubWorld, TOKEN } from "../testing/github-world.ts";
import { requestComparison } from "./comparison-request.ts";
import { readMatrix } from "./matrix-input.ts";
import { selectChanges } from "./select-changes.ts";

const PATH = ".github/matrix.yml";
const matrix = (...runners: readonly string[]): string =>
  `include:\n${runners.map((runner, index) => `  - { tag-suffix: -i${index}, backend: b${index}, runs-on: ${runner} }\n`).join("")}`;

let world: GitHubWorld;
let work: string;
beforeEach(async () => {
  world = await GitHubWorld.start();
  work = mkdtempSync(join(tmpdir(), "fanfold work "));
});
afterEach(async () => {
  rmSync(work, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

interface Run {
  readonly event: string;
  readonly payload: unknown;
  /** GITHUB_SHA; without it the payload says what is built. */
  readonly sha?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function plan({ event, payload, sha, env = {} }: Run) {
  writeFileSync(join(work, "event.json"), JSON.stringify(payload));
  const host = recordingHost({
    cwd: work,
    env: {
      ...gitEnvironment(),
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: join(work, "event.json"),
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_API_URL: world.standIn.apiUrl,
      GITHUB_SERVER_URL: world.standIn.url,
      GITHUB_TOKEN: TOKEN,
      GITHUB_WORKSPACE: work,
      ...(sha === undefined ? {} : { GITHUB_SHA: sha }),
      ...env,
    },
  });
  const request = await requestComparison({}, host);
  const file = await readMatrix(request, PATH);
  const known = { keys: new Set(["backend"]), lists: ["include"] };
  const { inputs } = compileInputs({ inputs: [{ paths: ["{backend}/**"] }], unmatched: "ignore" }, known);
  const changes = await selectChanges(request, { matrix: file, matrixPath: PATH, inputs });
  const runners = file.lists[0]?.entries.map((entry) => entry["runs-on"]);
  const selected = changes.selection.lists[0]?.selected;
  return { runners, selected, diff: changes.diff, codes: changes.warnings.map(({ code }) => code) };
}

const checkout = (commit: string, ...options: readonly string[]): Promise<string> =>
  world.repository
    .git("clone", "--quiet", "--no-checkout", ...options, world.standIn.gitUrl, work)
    .then(() => world.repository.git("-C", work, "checkout", "--quiet", "--detach", commit));
const lay = (path: string, text: string): void => {
  mkdirSync(dirname(join(work, path)), { recursive: true });
  writeFileSync(join(work, path), text);
};
const push = (before: string, after: string): Run => ({
  event: "push",
  payload: { ref: "refs/heads/main", before, after },
  sha: after,
});

describe("a push is planned by the files of its commit", () => {
  let before: string;
  let after: string;
  beforeEach(async () => {
    before = await world.repository.commit({ files: { [PATH]: matrix("a", "a"), "b0/x": "1\n" } });
    after = await world.repository.commit({ files: { "b0/x": "2\n" } });
  });

  test("the work tree has them: nothing is said, and the API is asked once", async () => {
    await checkout(after);
    expect(await plan(push(before, after))).toMatchObject({ runners: ["a", "a"], selected: [0], codes: [] });
    expect(world.routes().filter((route) => route !== "git")).toEqual(["compare"]);
  });

  test("an earlier step has written another matrix: that of the commit", async () => {
    await checkout(after);
    lay(PATH, matrix("a", "EVIL"));
    const result = await plan(push(before, after));
    expect(result).toMatchObject({ runners: ["a", "a"], selected: [0], codes: ["replaced-file"] });
    expect(result.diff).toMatchObject({ precision: "exact", reason: null });
  });

  test.each([
    ["in the clone", []],
    [
      "from the API, where the clone has neither commit nor blobs",
      ["--depth=1", "--filter=blob:none", "--branch=other"],
    ],
  ])("another ref is checked out: that of the commit, %s", async (_, options) => {
    const other = await world.repository.commit({ branch: "other", parent: before, files: { [PATH]: matrix("o") } });
    await checkout(other, ...options);
    expect(await plan(push(before, after))).toMatchObject({ runners: ["a", "a"], codes: ["replaced-file"] });
  });

  test("nothing is checked out", async () => {
    expect(await plan(push(before, after))).toMatchObject({ runners: ["a", "a"], selected: [0], codes: [] });
  });

  test("the commit cannot be read from anywhere: everything", async () => {
    lay(PATH, matrix("a", "b"));
    world.standIn.fail({ route: "contents", times: "always", with: { kind: "not-accessible" } });
    const result = await plan(push(before, after));
    expect(result).toMatchObject({ runners: ["a", "b"], selected: [0, 1], codes: ["foreign-file"] });
    expect(result.diff).toMatchObject({ precision: "unknown", reason: "foreign-files" });
  });

  test("the commit has none, and a step or a git-ignored file has: everything", async () => {
    const without = await world.repository.commit({ files: { [PATH]: null } });
    await checkout(without);
    lay(PATH, matrix("g"));
    const result = await plan(push(after, without));
    expect(result).toMatchObject({ runners: ["g"], selected: [0], diff: { reason: "foreign-files" } });
  });

  test("lines that end as on Windows are the same lines", async () => {
    await checkout(after);
    lay(PATH, matrix("a", "a").replaceAll("\n", "\r\n"));
    expect(await plan(push(before, after))).toMatchObject({ runners: ["a", "a"], codes: [] });
  });
});

describe("a pull request", () => {
  const pull = (event: string, base: string, head: string, sha: string): Run => ({
    event,
    payload: {
      number: 7,
      pull_request: { number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } },
    },
    sha,
  });

  test("behind its target: what the target got meanwhile is not its change", async () => {
    const { repository } = world;
    const fork = await repository.commit({ files: { [PATH]: matrix("a", "a") } });
    const head = await repository.commit({ branch: "topic", parent: fork, files: { [PATH]: matrix("a", "mine") } });
    const target = await repository.commit({
      files: { [PATH]: `${matrix("a", "a")}  - { tag-suffix: -new, backend: n }\n` },
    });
    const merged = `${matrix("a", "mine")}  - { tag-suffix: -new, backend: n }\n`;
    const merge = await repository.commit({ branch: "merge", parent: target, files: { [PATH]: merged } });
    await checkout(merge);
    for (const env of [{}, { GITHUB_REPOSITORY: "" }]) {
      const result = await plan({ ...pull("pull_request", target, head, merge), env });
      expect(result).toMatchObject({ runners: ["a", "mine", undefined], selected: [1], diff: { precision: "exact" } });
    }
  });

  test("pull_request_target never reads the head, whatever is checked out, and selects everything", async () => {
    const base = await world.repository.commit({ files: { [PATH]: matrix("a", "a") } });
    const head = await world.repository.commit({ branch: "topic", parent: base, files: { [PATH]: matrix("EVIL") } });
    await checkout(head);
    for (const sha of [base, ""]) {
      const result = await plan(pull("pull_request_target", base, head, sha));
      expect(result).toMatchObject({ runners: ["a", "a"], selected: [0, 1], diff: { reason: "foreign-files" } });
    }
  });

  test("pull_request_target whose base cannot be read is refused", async () => {
    const base = await world.repository.commit({ files: { "x/y": "1\n" } });
    lay(PATH, matrix("EVIL"));
    const run = pull("pull_request_target", base, base, base);
    await expect(plan(run)).rejects.toThrow("has no such file");
    world.standIn.fail({ route: "contents", times: "always", with: { kind: "not-accessible" } });
    await expect(plan(run)).rejects.toThrow("under pull_request_target nothing is read from the work tree");
  });
});

test("a file of a named commit that cannot be read is not taken for one that does not exist", async () => {
  const before = await world.repository.commit({ files: { [PATH]: matrix("a") } });
  const after = await world.repository.commit({ files: { [PATH]: matrix("b") } });
  await checkout(after);
  const request = await requestComparison(
    { base: before, head: after },
    recordingHost({ cwd: work, env: gitEnvironment() }),
  );
  await expect(request.readInput("absent.yml")).rejects.toMatchObject({ code: "ENOENT" });
  const usual = process.env["TMPDIR"];
  process.env["TMPDIR"] = join(work, "nowhere");
  try {
    // For a moment there is no room for the temporary repository that commits are read through.
    await expect(request.readInput(PATH)).rejects.toMatchObject({
      code: undefined,
      message: expect.stringMatching(/no temporary directory can be made in .*nowhere.*set TMPDIR/s),
    });
  } finally {
    if (usual === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usual;
  }
});

test("git's own words, where it refuses the clone; the API answers all the same", async () => {
  const before = await world.repository.commit({ files: { [PATH]: matrix("a", "a") } });
  const after = await world.repository.commit({ files: { "b0/x": "2\n" } });
  await checkout(after);
  const foreign = { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
  expect(await plan({ ...push(before, after), env: foreign })).toMatchObject({ selected: [0], codes: [] });
  const env = { ...gitEnvironment(), ...foreign };
  await expect(requestComparison({ base: before }, recordingHost({ cwd: work, env }))).rejects.toMatchObject({
    code: "git-refused",
    message: expect.stringContaining("detected dubious ownership"),
    diagnostics: [{ fix: expect.stringMatching(/^git config --global --add safe\.directory /) }],
  });
});

test("nothing that a checkout brings is run", async () => {
  const canary = join(work, "canary");
  const before = await world.repository.commit({
    files: { [PATH]: matrix("a", "a"), ".gitattributes": "* filter=evil diff=evil\n" },
  });
  const after = await world.repository.commit({ files: { [PATH]: matrix("a", "b") } });
  await checkout(after);
  const evil = `sh -c 'touch "${canary}"; cat'`;
  for (const [key, value] of [
    ["core.fsmonitor", evil],
    ["filter.evil.clean", evil],
    ["filter.evil.smudge", evil],
    ["filter.evil.process", evil],
    ["diff.evil.textconv", evil],
    ["diff.evil.command", evil],
    ["diff.external", evil],
    ["core.pager", evil],
    ["core.sshCommand", evil],
  ] as const) {
    await world.repository.git("-C", work, "config", key, value);
  }
  for (const hook of ["post-index-change", "reference-transaction", "post-checkout"]) {
    writeFileSync(join(work, ".git/hooks", hook), `#!/bin/sh\ntouch "${canary}"\n`, { mode: 0o755 });
  }
  // A repository among the files, which git would take for the one around them.
  const inner = join(work, "inner");
  await world.repository.git("init", "--quiet", "--bare", inner);
  await world.repository.git("-C", inner, "config", "core.fsmonitor", evil);
  rmSync(canary, { force: true });

  lay(PATH, matrix("c", "d"));
  expect(await plan({ ...push(before, after), env: { GITHUB_REPOSITORY: "" } })).toMatchObject({ selected: [1] });
  const env = gitEnvironment();
  for (const cwd of [work, inner]) {
    const request = await requestComparison(
      { base: before, matrix: join(work, PATH) },
      recordingHost({ cwd, env }),
    ).catch((error: unknown) => String(error));
    if (typeof request !== "string") await request.readInput(PATH).catch(() => "");
  }
  expect(existsSync(canary)).toBe(false);
  // The traps are set: git as it is springs them.
  await world.repository.git("-C", work, "status").catch(() => "");
  expect(existsSync(canary)).toBe(true);
});
