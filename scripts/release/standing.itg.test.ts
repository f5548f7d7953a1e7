import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = fileURLToPath(new URL("./next.ts", import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-standing-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
}

function next(versions: readonly string[], changesets: readonly string[] = []) {
  versions.forEach((version, index) => {
    write(`packages/p${index}/package.json`, JSON.stringify({ version }));
  });
  for (const file of ["README.md", "config.json", ...changesets]) write(`.changeset/${file}`, "");
  const { GITHUB_TOKEN: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: directory, encoding: "utf8", env });
  return { status, stdout, stderr };
}

test("where there is nothing to release, GitHub is not asked", () => {
  expect(next(["0.0.0", "0.0.0"])).toEqual({ status: 0, stdout: "next=nothing\n", stderr: "" });
  expect(next(["0.0.0", "0.0.0"], ["a.md"])).toEqual({ status: 0, stdout: "next=version\n", stderr: "" });
});

test("a version without changesets asks whether it is released", () => {
  expect(next(["1.0.0", "1.0.0"])).toMatchObject({ status: 1, stderr: expect.stringContaining("GITHUB_") });
});

test("packages of several versions, and prereleases, are refused", () => {
  expect(next(["1.0.0", "1.1.0"]).stderr).toBe(
    "error: expected one version of all packages, found p0 1.0.0, p1 1.1.0; run: npm run version\n",
  );
  expect(next(["1.0.0-next.0", "1.0.0-next.0"]).stderr).toMatch(/^error: expected a version such as 1\.2\.3, found /);
});

test("run elsewhere, it says where it belongs", () => {
  expect(next([]).stderr).toMatch(/^error: expected packages in packages\/, found none; .*\n$/);
});
