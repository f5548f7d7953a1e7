import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

it("finds one image's records among ten thousand, and names the one that is missing", async () => {
  const records = join(directory, "many");
  const layout = join(directory, "many-build");
  await writeImage(layout, "x", "amd64");
  const leg = ["--platform", "linux/amd64", "--tag-suffix", "-x", "--platform-tag", "amd64", "--record-dir", records];
  await execa(process.execPath, [bin, "push", "--layout", layout, "--image", "oci:many-images", ...leg], {
    cwd: directory,
  });
  const text = await readFile(join(records, "digests-x--amd64", "record.json"));
  for (let index = 0; index < 10_000; index++) {
    const folder = join(records, `digests-other-${index}--amd64`);
    await mkdir(folder);
    await writeFile(join(folder, "record.json"), text);
  }
  const merge = [
    "merge",
    "--image",
    "oci:many-images",
    "--tag",
    "v1",
    "--record-dir",
    records,
    "--expect",
    "linux/amd64,linux/arm64",
  ];
  const selected = await execa(process.execPath, [bin, ...merge, "--tag-suffix", "-x"], {
    cwd: directory,
    reject: false,
  });
  expect([selected.exitCode, selected.stdout]).toEqual([1, ""]);
  expect(selected.stderr).toContain(`error: -x: no record for linux/arm64 in ${records}\n`);
});

it("ends with a line and an exit code, never with a stack trace", async () => {
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: directory, reject: false });
  const usage = await run("merge");
  expect([usage.exitCode, usage.stdout]).toEqual([2, ""]);
  const failed = await run("inspect", "oci:absent:v1");
  expect([failed.exitCode, failed.stdout]).toEqual([1, ""]);
  expect(failed.stderr).toBe("error: oci:absent:v1 does not exist\n  fix: push it, or correct the name");
  const piped = await execa("bash", ["-c", `"${process.execPath}" "${bin}" --help | head -1`]);
  expect(piped.stdout).toMatch(/^Usage: digest-tools/);
});

it("reads a plan from a pipe, however slowly it comes", async () => {
  const plan = JSON.stringify({ schema: "fanfold.plan/1", event: {}, images: ["oci:slow"], groups: [] });
  const [start, end] = [plan.slice(0, 20), plan.slice(20)];
  const script = `(sleep 0.5; printf %s "$1"; sleep 0.5; printf %s "$2") | "${process.execPath}" "${bin}" merge-all --plan - --record-dir records`;
  const { stderr } = await execa("bash", ["-c", script, "bash", start, end], { cwd: directory });
  expect(stderr).toBe("0 images: nothing to merge");
});

it("says in a line that there is no temporary directory, no room for its output, no working directory", async () => {
  const env = { GITHUB_SHA: "6113728", GITHUB_REF: "refs/heads/main", TMPDIR: join(directory, "absent") };
  const node = `"${process.execPath}" "${bin}"`;
  const push = "push --image localhost:1/x --platform linux/amd64 --tag-suffix= --record-dir records";
  for (const [script, said] of [
    [`${node} ${push} -- .`, /^error: no temporary directory can be made in \S+absent: ENOENT.*\n {2}fix: set TMPDIR/],
    [
      `${node} tags --tag-suffix= > /dev/full`,
      /^error: standard output cannot be written: ENOSPC.*\n {2}fix: free space/,
    ],
    [
      `mkdir gone && cd gone && rmdir ../gone && ${node} merge-all --plan p.json --record-dir records`,
      /^(?:sh: .*\n)?error: the working directory cannot be used: ENOENT.*\n {2}fix: it may have been deleted/,
    ],
  ] as const) {
    const { exitCode, stderr } = await execa("bash", ["-c", script], { cwd: directory, env, reject: false });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});
