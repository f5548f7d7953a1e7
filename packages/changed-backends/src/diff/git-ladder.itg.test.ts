import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { changedPaths } from "../base/diff.ts";
import { requestComparison } from "../command/comparison-request.ts";
import type { Comparison } from "../event/comparison.ts";
import { openCheckout } from "../git/checkout.ts";
import { openScratch } from "../git/git-diff.ts";
import { answerOf, GitHubWorld, TOKEN } from "../testing/github-world.ts";
import { type Changes, findChanges } from "./ladder.ts";

let world: GitHubWorld;
let commits: readonly string[];
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "fanfold git rung "));
  world = await GitHubWorld.start();
  const first = await world.repository.commit({
    files: { "matrix.yml": "include: []\n", "backend/x/run.py": "1\n", "backend/y/run.py": "1\n" },
  });
  const second = await world.repository.commit({ files: { "backend/x/run.py": "2\n" } });
  const third = await world.repository.commit({
    files: { "backend/y/run.py": null, "matrix.yml": "include: [{ tag-suffix: -x }]\n" },
  });
  commits = [first, second, third];
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(directory, "a clone "));
});

const git = (...args: readonly string[]): Promise<string> => world.repository.git("-C", clone, ...args);
const cloneAs = (...options: readonly string[]): Promise<string> =>
  world.repository.git("clone", "--quiet", ...options, world.standIn.gitUrl, clone);

/** git as it is, without what the machine's user has configured. */
const { GIT_OPTIONAL_LOCKS: _, ...env } = gitEnvironment();

function ask(comparison: Comparison, given: Record<string, string | undefined> = {}, at = clone): Promise<Changes> {
  return findChanges(comparison, {
    github: undefined,
    checkout: () => openCheckout(at, { env: { ...env, ...given } }),
    remote: {
      env: { ...env, ...given },
      url: undefined,
      token: TOKEN,
      tokenHost: new URL(world.standIn.url).host,
    },
  });
}

const between = (from: number, to: number): Comparison => ({
  kind: "commits",
  base: commits[from] ?? "",
  head: commits[to] ?? "",
});

/** Every file below a directory: what it holds, and when it was written. */
function snapshot(root: string): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => {
        const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
        return [path, `${hash} ${statSync(path).mtimeMs}`];
      }),
  );
}

describe("is exact, and leaves the clone as it was", () => {
  test.each<[string, readonly string[]]>([
    ["a full clone", []],
    ["a shallow clone", ["--depth=1"]],
    ["a shallow clone of a single commit without files", ["--depth=1", "--no-checkout"]],
    ["a clone without blobs", ["--filter=blob:none"]],
    ["a clone without trees", ["--filter=tree:0"]],
    ["a clone without trees and files", ["--filter=tree:0", "--no-checkout"]],
    ["a shallow clone without blobs", ["--depth=1", "--filter=blob:none"]],
  ])("%s", async (_, options) => {
    await cloneAs(...options);
    const before = snapshot(join(clone, ".git"));
    const changes = await ask(between(0, 2));
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "git",
      reason: null,
      calls: 0,
      files: 3,
      base: commits[0],
    });
    expect(changes.diff.files).toEqual([
      { path: "backend/x/run.py", previousPath: null, status: "modified" },
      { path: "backend/y/run.py", previousPath: null, status: "removed" },
      { path: "matrix.yml", previousPath: null, status: "modified" },
    ]);
    expect(await changes.readBase("matrix.yml")).toEqual({ kind: "text", text: "include: []\n" });
    expect(await changes.readBase("absent.yml")).toEqual({ kind: "absent" });
    await changes.close();
    expect(snapshot(join(clone, ".git"))).toEqual(before);
  });

  test.each<[string, readonly string[]]>([
    ["a shallow clone", ["--depth=1"]],
    ["a clone without blobs", ["--filter=blob:none", "--no-checkout"]],
    ["a clone without trees", ["--filter=tree:0", "--no-checkout"]],
  ])("%s: whatever else is asked of it", async (_, options) => {
    await cloneAs(...options);
    // A plain git status would write down that this file is still the same.
    if (existsSync(join(clone, "matrix.yml"))) utimesSync(join(clone, "matrix.yml"), 1, 1);
    const before = snapshot(join(clone, ".git"));
    const checkout = await openCheckout(clone, { env });
    // The remote has it, and a git that may fetch would.
    const absent = await world.repository.commit({
      branch: "elsewhere",
      parent: null,
      files: { a: String(Math.random()) },
    });
    expect(await checkout?.resolve(absent)).toBeUndefined();
    expect(await checkout?.resolve("HEAD")).toBe(commits[2]);
    expect(await checkout?.parentOfHead()).toBe(commits[1]);
    expect(await checkout?.mergeBases(absent, "HEAD")).toBeUndefined();
    expect(await checkout?.headRef()).toBe("refs/heads/main");
    await checkout?.trackedFiles();
    expect(snapshot(join(clone, ".git"))).toEqual(before);
  });

  test("a clone that lacks both commits", async () => {
    await cloneAs();
    const base = await world.repository.commit({ branch: "later", parent: commits[2] ?? null, files: { a: "1" } });
    const head = await world.repository.commit({ branch: "later", files: { b: "1" } });
    const before = snapshot(join(clone, ".git"));
    const changes = await ask({ kind: "commits", base, head });
    expect(changes.diff.files).toEqual([{ path: "b", previousPath: null, status: "added" }]);
    await changes.close();
    expect(snapshot(join(clone, ".git"))).toEqual(before);
  });

  test("a work tree of the clone", async () => {
    await cloneAs();
    const tree = join(directory, "a work tree");
    await git("worktree", "add", "--quiet", tree, commits[1] ?? "");
    const before = snapshot(join(clone, ".git"));
    const changes = await ask(between(0, 1), {}, tree);
    expect(changedPaths(changes.diff.files)).toEqual(["backend/x/run.py"]);
    await changes.close();
    expect(snapshot(join(clone, ".git"))).toEqual(before);
  });
});

test("variables of a hook do not lead git elsewhere", async () => {
  await cloneAs();
  const changes = await ask(between(0, 1), { GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere", GIT_PREFIX: "x" });
  expect(changedPaths(changes.diff.files)).toEqual(["backend/x/run.py"]);
  await changes.close();
});

test("a submodule counts, whatever diff.ignoreSubmodules says", async () => {
  const at = (digit: string) => ({ "sub dir/x": { mode: "160000", object: digit.repeat(40) } }) as const;
  const base = await world.repository.commit({ branch: "sub", parent: commits[0] ?? null, files: at("1") });
  const head = await world.repository.commit({ branch: "sub", files: at("2") });
  await cloneAs();
  const changes = await ask(
    { kind: "commits", base, head },
    { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "diff.ignoreSubmodules", GIT_CONFIG_VALUE_0: "all" },
  );
  expect(changes.diff.files).toEqual([{ path: "sub dir/x", previousPath: null, status: "modified" }]);
  await changes.close();
});

test("a link or a submodule that becomes a file, and a file that becomes one, are changed", async () => {
  const object = "1".repeat(40);
  const before = { sub: { mode: "160000", object }, link: { mode: "120000", content: "x" }, file: "x\n" } as const;
  const after = { sub: "y\n", link: "y\n", file: { mode: "120000", content: "y" } } as const;
  const base = await world.repository.commit({ branch: "kinds", parent: commits[0] ?? null, files: before });
  const head = await world.repository.commit({ branch: "kinds", files: after });
  await cloneAs();
  const changes = await ask({ kind: "commits", base, head });
  expect(changes.diff.files).toEqual(
    ["file", "link", "sub"].map((path) => ({ path, previousPath: null, status: "changed" })),
  );
  await changes.close();
});

describe("what cannot be had", () => {
  test("a commit that the remote does not have either", async () => {
    await cloneAs();
    const changes = await ask({ kind: "commits", base: "1".repeat(40), head: commits[2] ?? "" });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", source: "none", reason: "git-failed" });
    await changes.close();
  });

  test("the same in a shallow clone", async () => {
    await cloneAs("--depth=1");
    const changes = await ask({ kind: "commits", base: "1".repeat(40), head: commits[2] ?? "" });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "shallow" });
    await changes.close();
  });

  test("a remote that does not answer", async () => {
    await cloneAs("--depth=1");
    await git("remote", "set-url", "origin", "http://127.0.0.1:1/octo/images.git");
    const changes = await ask(between(0, 2));
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "shallow" });
    await changes.close();
  });

  test("no remote at all", async () => {
    await cloneAs("--depth=1");
    await git("remote", "remove", "origin");
    const changes = await ask(between(0, 2));
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "shallow" });
    await changes.close();
  });

  test("the merge base of a pull request in a shallow clone", async () => {
    await cloneAs("--depth=1");
    const [base = "", , head = ""] = commits;
    const changes = await ask({ kind: "pull-request", number: 1, branch: "main", base, head });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "shallow" });
    await changes.close();
  });

  test("neither an API nor a checkout", async () => {
    const changes = await ask(between(0, 2), {}, tmpdir());
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "no-checkout", calls: 0 });
    expect(await changes.readBase("matrix.yml")).toMatchObject({ kind: "unreadable" });
  });

  test("no room for a temporary repository", async () => {
    await cloneAs();
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = join(directory, "not there");
    try {
      const changes = await ask(between(0, 2));
      expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "git-failed" });
      expect(changes.attempts.join()).toMatch(/^git: no temporary directory can be made in .*set TMPDIR/s);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
  });

  test("no git", async () => {
    await cloneAs();
    expect(await openCheckout(clone, { env: { ...env, PATH: "/nowhere" } })).toBeUndefined();
  });
});

describe("the token", () => {
  /** A git that writes down its arguments. */
  function recordingGit(): { readonly PATH: string; readonly log: string } {
    const bin = mkdtempSync(join(directory, "bin "));
    const log = join(bin, "log");
    const path = env["PATH"] ?? "";
    writeFileSync(join(bin, "git"), `#!/bin/sh\nprintf '%s\\n' "$PWD: $*" >>'${log}'\nPATH='${path}' exec git "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    return { PATH: `${bin}:${path}`, log };
  }

  test("reaches the server that it is for, in no file and on no command line", async () => {
    await cloneAs("--depth=1");
    const { PATH, log } = recordingGit();
    const asked = world.standIn.requests.length;
    const checkout = await openCheckout(clone, { env: { ...env, PATH } });
    if (checkout === undefined) throw new Error("no checkout");
    const scratch = await openScratch(checkout, {
      env: { ...env, PATH, GITHUB_TOKEN: TOKEN },
      url: undefined,
      token: TOKEN,
      tokenHost: new URL(world.standIn.url).host,
    });
    expect(await scratch.diff(commits[0] ?? "", commits[2] ?? "")).toHaveLength(3);
    expect(await scratch.readFile(commits[0] ?? "", "matrix.yml")).toMatchObject({ kind: "text" });
    const requests = world.standIn.requests.slice(asked);
    expect(requests.length).toBeGreaterThan(1);
    expect(new Set(requests.map(({ credentials }) => credentials))).toEqual(new Set(["accepted"]));

    const ran = readFileSync(log, "utf8");
    expect(ran).toContain(" fetch --quiet --depth=1 --filter=blob:none");
    const place = /^(.*fanfold-git-\S+): .* fetch --quiet/m.exec(ran)?.[1] ?? "";
    const secrets = [TOKEN, Buffer.from(`x-access-token:${TOKEN}`).toString("base64")];
    const kept = Object.keys(snapshot(place)).map((path) => readFileSync(path, "latin1"));
    expect(kept.length).toBeGreaterThan(3);
    for (const secret of secrets) for (const text of [ran, ...kept]) expect(text).not.toContain(secret);
    await scratch.close();
    expect(() => readdirSync(place)).toThrow("ENOENT");
  });

  test("goes to no other host", async () => {
    await using other = await GitHubWorld.start();
    const base = await other.repository.commit({ files: { a: "1" } });
    const head = await other.repository.commit({ files: { a: "2" } });
    await other.repository.git("clone", "--quiet", "--depth=1", other.standIn.gitUrl, clone);
    const asked = other.standIn.requests.length;
    const changes = await ask({ kind: "commits", base, head });
    expect(changedPaths(changes.diff.files)).toEqual(["a"]);
    await changes.close();
    const requests = other.standIn.requests.slice(asked);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.every(({ credentials }) => credentials === "none")).toBe(true);
  });

  test("takes the place of one that the user has configured", async () => {
    await using closed = await GitHubWorld.start({ anonymous: "refused" });
    const base = await closed.repository.commit({ files: { a: "1" } });
    const head = await closed.repository.commit({ files: { a: "2" } });
    const header = `http.${closed.standIn.url}/.extraheader`;
    const basic = (token: string): string => `AUTHORIZATION: basic ${Buffer.from(`x:${token}`).toString("base64")}`;
    const setting = `${header}=${basic(TOKEN)}`;
    await closed.repository.git("-c", setting, "clone", "--quiet", "--depth=1", closed.standIn.gitUrl, clone);
    const asked = closed.standIn.requests.length;
    const given = { ...env, GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: header, GIT_CONFIG_VALUE_0: basic("old") };
    const changes = await findChanges(
      { kind: "commits", base, head },
      {
        github: undefined,
        checkout: () => openCheckout(clone, { env: given }),
        remote: { env: given, url: undefined, token: TOKEN, tokenHost: new URL(closed.standIn.url).host },
      },
    );
    expect(changedPaths(changes.diff.files)).toEqual(["a"]);
    await changes.close();
    const requests = closed.standIn.requests.slice(asked);
    expect(new Set(requests.map(({ credentials }) => credentials))).toEqual(new Set(["accepted"]));
  });
});

describe("a request on a clone", () => {
  const request = (flags: Parameters<typeof requestComparison>[0]) =>
    requestComparison(flags, recordingHost({ cwd: clone, env }));

  test("the last commit, by default; what is not committed is told", async () => {
    await cloneAs();
    writeFileSync(join(clone, "matrix.yml"), "include: []\n");
    const { comparison, stateOf, readInput, event } = await request({});
    expect(comparison).toEqual({ kind: "commits", base: commits[1], head: commits[2] });
    expect(await readInput("matrix.yml")).toBe("include: []\n");
    expect(await readInput("backend/x/run.py")).toMatch(/./);
    expect([stateOf("matrix.yml"), stateOf("backend/x/run.py")]).toEqual(["uncommitted", "same"]);
    expect(event).toEqual({ name: "local", ref: "refs/heads/main", sha: commits[2], defaultBranch: "main" });
  });

  test("the parent of a shallow clone's only commit is known by name", async () => {
    await cloneAs("--depth=1");
    expect((await request({})).comparison).toEqual({ kind: "commits", base: commits[1], head: commits[2] });
  });

  test("a revision that a shallow clone does not have; a full SHA may be had", async () => {
    await cloneAs("--depth=1");
    await expect(request({ base: "HEAD~2" })).rejects.toThrow(
      expect.objectContaining({ code: "unknown-revision", message: expect.stringContaining("the clone is shallow") }),
    );
    expect((await request({ base: commits[0] })).comparison).toMatchObject({ base: commits[0], head: commits[2] });
  });

  test("the first commit of all is compared with nothing", async () => {
    await cloneAs();
    await git("checkout", "--quiet", commits[0] ?? "");
    expect((await request({})).comparison).toEqual({ kind: "everything", reason: "zero-base" });
  });

  test("--head reads the files as they are there, without touching a partial clone", async () => {
    await cloneAs("--filter=blob:none");
    const before = snapshot(join(clone, ".git"));
    const [first = "", second = ""] = commits;
    const { readInput, stateOf, comparison } = await request({ base: first, head: second });
    expect(comparison).toEqual({ kind: "commits", base: first, head: second });
    expect(await readInput("matrix.yml")).toBe("include: []\n");
    await expect(readInput("absent.yml")).rejects.toThrow("has no such file");
    expect(stateOf("matrix.yml")).toBe("same");
    expect(snapshot(join(clone, ".git"))).toEqual(before);
  });
});
