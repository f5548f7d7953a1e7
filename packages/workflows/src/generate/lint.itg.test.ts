import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UNKNOWN_TO_ACTIONLINT } from "./testing/github-validator.ts";

const PACKAGE = join(import.meta.dirname, "../..");
const REPOSITORY = join(PACKAGE, "../..");

/** The programs, from the environment or the PATH; their versions, undefined where they are not there. */
const ACTIONLINT = process.env["FANFOLD_ACTIONLINT"] || "actionlint";
const ZIZMOR = process.env["FANFOLD_ZIZMOR"] || "zizmor";

function version(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0] : undefined;
}

const all = [
  "ok/minimal",
  "ok/everything",
  "ok/two-families",
  "ok/repositories",
  "ok/reuse",
  "ok/runtime-action",
  "examples/backends",
  "examples/services",
];
const directories = new Map<string, string>();

beforeAll(() => {
  for (const name of all) {
    const directory = mkdtempSync(join(tmpdir(), "fanfold-lint-"));
    directories.set(name, directory);
    // actionlint looks for local actions and workflows from a repository's root.
    execFileSync("git", ["init", "-q"], { cwd: directory });
    if (name.startsWith("examples/")) {
      cpSync(join(REPOSITORY, name), directory, { recursive: true });
      continue;
    }
    const from = join(PACKAGE, "testdata/generate", name);
    mkdirSync(join(directory, ".github/workflows"), { recursive: true });
    cpSync(from, join(directory, ".github"), { recursive: true, filter: (path) => !path.includes("expected") });
    if (name === "ok/everything") {
      cpSync(join(from, "darwin.yml"), join(directory, ".github/workflows/darwin.yml"));
    }
    execFileSync(process.execPath, [join(PACKAGE, "bin/fanfold.js"), "generate"], { cwd: directory });
    // Hand-written, and not what is judged here.
    if (name === "ok/everything") write(directory, ".github/workflows/darwin.yml", HAND_WRITTEN);
  }
});

afterAll(() => {
  for (const directory of directories.values()) rmSync(directory, { recursive: true });
});

function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

const HAND_WRITTEN = `name: darwin
on:
  workflow_call:
    inputs:
      backend: { type: string, required: true }
      go-version: { type: string, required: true }
      quick: { type: boolean, required: true }
      record: { type: string, required: true }
      level: { type: number, required: true }
    secrets:
      QUAY_PASSWORD: { required: false }
      QUAY_USERNAME: { required: false }
permissions: {}
jobs:
  build:
    name: build
    runs-on: macos-15
    permissions: {}
    steps:
      - name: Say so
        run: echo ok
`;

describe("actionlint, with shellcheck where it is installed", () => {
  const found = version(ACTIONLINT);
  test.for(all)("%s", (name, { skip }) => {
    if (found === undefined) skip(`${ACTIONLINT} is not there; .ci/run fetches it, and FANFOLD_ACTIONLINT may name it`);
    const { status, stdout, stderr } = spawnSync(ACTIONLINT, ["-no-color", "-ignore", UNKNOWN_TO_ACTIONLINT], {
      cwd: directories.get(name),
      encoding: "utf8",
    });
    expect(stdout + stderr).toBe("");
    expect(status).toBe(0);
  });
});

describe("zizmor --persona=pedantic", () => {
  const found = version(ZIZMOR);
  test.for(all)("%s", (name, { skip }) => {
    if (found === undefined) skip(`${ZIZMOR} is not there; .ci/run fetches it, and FANFOLD_ZIZMOR may name it`);
    const { status, stdout, stderr } = spawnSync(
      ZIZMOR,
      ["--offline", "--no-progress", "--color=never", "--persona=pedantic", "."],
      { cwd: directories.get(name), encoding: "utf8" },
    );
    expect(stdout + stderr).toContain("No findings to report.");
    expect(status).toBe(0);
  });
});
