import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImage } from "./testing/layout.ts";

const bin = fileURLToPath(new URL("../bin/digest-tools.js", import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
});
afterAll(() => rm(directory, { recursive: true }));

it("the README's example does what it says", async () => {
  const readme = await readFile(join(dirname(bin), "../README.md"), "utf8");
  const example = /```sh\n(.*?)```/s.exec(readme)?.[1] ?? "";
  for (const architecture of ["amd64", "arm64"])
    await writeImage(join(directory, "build", architecture), "x", architecture);
  const script = `digest-tools() { "${process.execPath}" "${bin}" "$@"; }\nset -eu\n${example}`;
  const { stdout, stderr } = await execa("bash", ["-c", script], { cwd: directory });
  expect(stderr).toContain("1 image: 1 published");
  expect(stdout).toContain("ok     oci:published:latest-cpu-x sha256:");
  expect(stdout).toContain("├─ linux/amd64  sha256:");
  expect(stdout).toContain("└─ linux/arm64  sha256:");
});

it("ends with a line and an exit code, never with a stack trace", async () => {
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: directory, reject: false });
  const usage = await run("merge");
  expect([usage.exitCode, usage.stdout]).toEqual([2, ""]);
  const failed = await run("inspect", "oci:absent:v1");
  expect([failed.exitCode, failed.stdout]).toEqual([1, ""]);
  expect(failed.stderr).toBe(
    "error: oci:absent:v1 is not there\n  fix: push it, or look for a typing error in the name",
  );
  const piped = await execa("bash", ["-c", `"${process.execPath}" "${bin}" --help | head -1`]);
  expect(piped.stdout).toMatch(/^Usage: digest-tools/);
});
