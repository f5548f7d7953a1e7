import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-actions-branch-test-"));
  git("init", "--quiet", "--bare", "--initial-branch=main", "origin");
  git("clone", "--quiet", "origin", "clone");
  write("clone/LICENSE", "MIT\n");
  write("clone/.gitignore", "dist/\n");
  inClone("add", "--all");
  inClone("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "sources");
  inClone("push", "--quiet", "origin", "HEAD:main");
  write("branch/LICENSE", "MIT\n");
  for (const name of ["plan", "merge"]) {
    write(`branch/actions/${name}/action.yml`, `name: ${name}\n`);
    write(`branch/actions/${name}/dist/index.mjs`, `${name} 1\n`);
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: directory, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}
const inClone = (...args: readonly string[]): string => git("-C", "clone", ...args);
const inOrigin = (...args: readonly string[]): string => git("-C", "origin", ...args);

/** In a process of its own, whose working directory is the clone. */
function script(text: string, clone: string): { readonly said: string; readonly refused: string } {
  const module = (name: string) => JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  const code = `
    import { makeActionsCommit, pushActionsCommit } from ${module("actions-branch")};
    import { run } from ${module("refusal")};
    await run(() => { ${text} });`;
  const options = { cwd: join(directory, clone), encoding: "utf8" } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], options);
  return { said: stdout.trim(), refused: stderr };
}

function make(version: string, clone = "clone"): { readonly said: string; readonly refused: string } {
  const tree = JSON.stringify({ version, source: inClone("rev-parse", "HEAD"), directory: "../branch" });
  return script(`const made = makeActionsCommit(${tree}); console.log(made.commit, made.there);`, clone);
}

function push(version: string, clone = "clone"): string {
  const [commit = ""] = make(version, clone).said.split(" ");
  const { refused } = script(`pushActionsCommit(${JSON.stringify(commit)}, ${JSON.stringify(version)});`, clone);
  expect(refused).toBe("");
  return commit;
}

test("the branch holds what it was given and nothing else; the version is its tag, and the source is named", () => {
  const commit = push("0.1.0");
  expect(inOrigin("rev-parse", "actions", "v0.1.0")).toBe(`${commit}\n${commit}`);
  expect(inOrigin("ls-tree", "-r", "--name-only", "actions").split("\n")).toEqual([
    "LICENSE",
    "actions/merge/action.yml",
    "actions/merge/dist/index.mjs",
    "actions/plan/action.yml",
    "actions/plan/dist/index.mjs",
  ]);
  const source = inOrigin("rev-parse", "main");
  expect(inOrigin("show", "--no-patch", "--format=%B", "actions")).toBe(`v0.1.0\n\nBuilt from ${source}`);
  // What people work in is left as it was.
  expect(inClone("status", "--porcelain")).toBe("");
});

test("made again, anywhere, it is the same commit; released, it is found; the next version follows it", () => {
  // As a job has it: the last commit alone.
  git("clone", "--quiet", "--depth=1", `file://${join(directory, "origin")}`, "another");
  const { said } = make("0.1.0");
  expect(make("0.1.0", "another").said).toBe(said);
  const first = push("0.1.0");
  expect(said).toBe(`${first} false`);
  expect(make("0.1.0", "another").said).toBe(`${first} true`);
  write("branch/actions/plan/dist/index.mjs", "plan 2\n");
  const second = push("0.2.0", "another");
  expect(inOrigin("rev-parse", "v0.2.0^", "v0.2.0")).toBe(`${first}\n${second}`);
});

test("a tag that is something else is refused, with where it is from", () => {
  push("0.1.0");
  write("branch/actions/plan/dist/index.mjs", "plan 2\n");
  const { said, refused } = make("0.1.0");
  expect(said).toBe("");
  expect(refused).toMatch(/^error: the tag v0\.1\.0 of origin is another release: /);
  expect(refused).toContain(`It was built from ${inOrigin("rev-parse", "main")}: run the failed jobs`);

  inClone("-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "--annotate", "-m", "by hand", "v0.2.0");
  inClone("push", "--quiet", "origin", "v0.2.0");
  expect(make("0.2.0").refused).toContain("It was not made by a release");
});

test("a branch that takes no push gets no tag either", () => {
  const [commit = ""] = make("0.1.0").said.split(" ");
  write("origin/hooks/update", '#!/bin/sh\ntest "$1" != refs/heads/actions\n');
  spawnSync("chmod", ["+x", join(directory, "origin/hooks/update")]);
  const { refused } = script(`pushActionsCommit("${commit}", "0.1.0");`, "clone");
  expect(refused).toMatch(/^error: git push .* failed:/);
  expect(inOrigin("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
});
