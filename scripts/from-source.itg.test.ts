import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
// What is built must not be loaded, also where it exists.
const withoutDist = `import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) {
  if (/\\/packages\\/[^/]+\\/dist\\//.test(url)) throw new Error("loaded " + url);
  return next(url, context);
} });`;

let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "fanfold-from-source-"));
  cpSync(join(root, "examples/backends"), repository, { recursive: true });
  execFileSync("git", ["init", "--quiet", repository]);
});
afterAll(() => rmSync(repository, { recursive: true }));

function fromSource(...args: readonly string[]) {
  return spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(withoutDist)}`,
      join(root, "scripts/from-source.ts"),
      ...args,
    ],
    { encoding: "utf8", cwd: root, env: { ...process.env, INIT_CWD: repository } },
  );
}

test.each([
  ["fanfold", "workflows"],
  ["changed-backends", "changed-backends"],
  ["merge-matrix", "merge-matrix"],
  ["digest-tools", "digest-tools"],
  ["disk-setup", "disk-setup"],
])("%s runs from its sources", (bin, name) => {
  const { version } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  expect(fromSource(bin, "--version")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(version),
    stderr: "",
  });
});

test("where it was called, with what it was given", () => {
  const { status, stdout, stderr } = fromSource("fanfold", "plan", "--force-all");
  expect(stderr).not.toContain("Error");
  expect(status).toBe(0);
  expect(stdout).toMatch(/(\d+) of \1 entries/);
});

test("a bin that there is not", () => {
  expect(fromSource("fanfould")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^expected one of the bins changed-backends, .*, found: fanfould\n$/),
  });
});
