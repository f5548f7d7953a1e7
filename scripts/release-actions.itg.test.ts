import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = fileURLToPath(new URL("./release-actions.ts", import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-release-test-"));
  git("init", "--quiet", "--bare", "origin");
  git("clone", "--quiet", "origin", "clone");
  for (const name of ["plan", "merge"]) {
    write(`actions/${name}/action.yml`, `name: ${name}\n`);
    write(`actions/${name}/dist/index.mjs`, `${name} 1\n`);
  }
  write("LICENSE", "MIT\n");
  write("README.md", "# Sources\n");
  write(".gitignore", "dist/\n");
  version("0.1.0");
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(directory, "clone", name)), { recursive: true });
  writeFileSync(join(directory, "clone", name), text);
}

/** A push to main that says so. */
function version(text: string): void {
  write("packages/workflows/package.json", JSON.stringify({ version: text }));
  write(".changeset/README.md", "what changesets are\n");
  inClone("add", "--all");
  inClone("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", text);
  inClone("push", "--quiet", "origin", "HEAD:main");
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: directory, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}
const inClone = (...args: readonly string[]): string => git("-C", "clone", ...args);
const inOrigin = (...args: readonly string[]): string => git("-C", "origin", ...args);

function release(): { readonly commit: string; readonly told: string } {
  const cwd = join(directory, "clone");
  const { stdout, stderr } = spawnSync(process.execPath, [script], { cwd, encoding: "utf8" });
  return { commit: stdout.trim(), told: stderr };
}

test("the branch holds the built actions and the licence, and nothing else; the version is its tag", () => {
  const { commit, told } = release();
  expect(inOrigin("rev-parse", "actions", "v0.1.0"), told).toBe(`${commit}\n${commit}`);
  expect(inOrigin("ls-tree", "-r", "--name-only", "actions").split("\n")).toEqual([
    "LICENSE",
    "actions/merge/action.yml",
    "actions/merge/dist/index.mjs",
    "actions/plan/action.yml",
    "actions/plan/dist/index.mjs",
  ]);
  // What people work in is left as it was.
  expect(inClone("status", "--porcelain")).toBe("");
});

test("repeated it finds its commit; the next version follows it", () => {
  const first = release();
  write("actions/plan/dist/index.mjs", "built again, and different\n");
  expect(release().commit).toBe(first.commit);
  version("0.2.0");
  const second = release();
  expect(inOrigin("rev-parse", "v0.2.0^", "v0.2.0")).toBe(`${first.commit}\n${second.commit}`);
});

test("nothing is released without a version, with changesets that are pending, or without a bundle", () => {
  write(".changeset/some.md", "a change\n");
  expect(release()).toMatchObject({ commit: "", told: expect.stringContaining("1 changesets are pending") });
  rmSync(join(directory, "clone/.changeset/some.md"));
  rmSync(join(directory, "clone/actions/plan/dist/index.mjs"));
  expect(release()).toMatchObject({ commit: "", told: expect.stringContaining("run: npm run build") });
  version("0.0.0");
  expect(release()).toMatchObject({ commit: "", told: expect.stringContaining("nothing to release") });
  expect(inOrigin("branch", "--list", "actions")).toBe("");
});
