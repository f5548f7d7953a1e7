import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, onTestFinished, test } from "vitest";
import { main } from "./cli.ts";

const ok = fileURLToPath(new URL("../testdata/ok", import.meta.url));

async function run(args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}) {
  const host = recordingHost({ cwd: ok, ...given });
  const code = await main(args, host);
  return { code, ...host.written };
}

test("a plan for people, and as data", async () => {
  const args = ["plan", "--need", "60GB", "--probe", "dual-disk/probe.json"];
  const text = await run(args);
  expect(text).toEqual({ code: 0, stdout: readFileSync(join(ok, "dual-disk/plan.txt"), "utf8"), stderr: "" });
  const data = await run([...args, "--json"]);
  expect(data).toEqual({ code: 0, stdout: readFileSync(join(ok, "dual-disk/plan.json"), "utf8"), stderr: "" });
});

test("a script, from a probe on standard input", async () => {
  const stdin = readFileSync(join(ok, "private-24.04-keep/probe.json"), "utf8");
  const written = await run(["script", "--need", "30GB", "--keep", "dotnet, android", "--probe", "-"], { stdin });
  const script = readFileSync(join(ok, "private-24.04-keep/script.sh"), "utf8");
  expect(written).toEqual({ code: 0, stdout: script, stderr: "" });
});

test.each([
  ["arm64-24.04-asked", ["--need", "120GB", "--any-arch"]],
  ["dual-disk-data-root", ["--need", "60GB", "--method", "data-root"]],
  ["dual-disk-no-need", []],
])("flags: %s", async (name, flags) => {
  const { stdout } = await run(["plan", "--json", "--probe", `${name}/probe.json`, ...flags]);
  expect(stdout).toBe(readFileSync(join(ok, name, "plan.json"), "utf8"));
});

test.each([
  [["plan", "--need", "60G"], "write GB"],
  [["plan", "--keep", "dotnot"], 'did you mean "dotnet"?'],
  [["plan", "--method", "symlink"], "Allowed choices are bind, data-root"],
  [["run", "--probe", "x.json"], "unknown option '--probe'"],
  [["tidy"], "unknown command"],
])("usage: %j", async (args, complaint) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(complaint);
});

test.each([
  ["not JSON", "{", /probe\.json: error: expected a probe/],
  ["something else", "{}", /must have required property 'schema'/],
  [
    "a path that is none",
    readFileSync(join(ok, "dual-disk/probe.json"), "utf8").replace('"/mnt"', '"mnt"'),
    /must match pattern/,
  ],
])("a probe that is %s", async (_, text, complaint) => {
  const cwd = mkdtempSync(join(tmpdir(), "disk-setup-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, "probe.json"), text);
  const { code, stdout, stderr } = await run(["plan", "--probe", "probe.json"], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(complaint);
});

test.each([
  ["a path", '"path": "/usr/local/lib/android"', String.raw`"path": "/a\u0000b"`],
  ["TMPDIR", '"variable": null', String.raw`"variable": "\u0000"`],
])("a probe with a NUL in %s", async (_, from, to) => {
  const stdin = readFileSync(join(ok, "dual-disk/probe.json"), "utf8").replace(from, to);
  const { code, stderr } = await run(["script", "--probe", "-"], { stdin });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("must match pattern") });
});

test.each([
  ["no mount at all", { mounts: [] }],
  [
    "no mount for /",
    { mounts: [{ path: "/x", root: "/", type: "ext4", source: "/dev/x", filesystem: "8:1", access: "read-write" }] },
  ],
  [
    "no file system for the mount of /",
    { mounts: [{ path: "/", root: "/", type: "ext4", source: "/dev/x", filesystem: "9:9", access: "read-write" }] },
  ],
])("a probe with %s", async (_, change) => {
  const probe: object = JSON.parse(readFileSync(join(ok, "dual-disk/probe.json"), "utf8"));
  const { code, stdout, stderr } = await run(["plan", "--probe", "-"], {
    stdin: JSON.stringify({ ...probe, ...change }),
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/must NOT have fewer than 1 items|no mount for "\/"/);
});

test("a probe that is not there", async () => {
  const { code, stderr } = await run(["script", "--probe", "nowhere.json"]);
  expect(code).toBe(1);
  expect(stderr).toContain("nowhere.json: error: expected a probe, but the file cannot be read");
});
