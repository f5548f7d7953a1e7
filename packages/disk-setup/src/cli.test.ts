import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, onTestFinished, test } from "vitest";
import { main } from "./cli.ts";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import { renderScript } from "./script/script.ts";
import { machineCase } from "./testing/machines.ts";

const probeText = (name: string): string => JSON.stringify(machineCase(name).probe);
const planOf = (name: string) => makePlan(machineCase(name).probe, machineCase(name).options);
const asJson = (value: unknown): string => `${JSON.stringify(value)}\n`;

async function run(args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}) {
  const host = recordingHost(given);
  const code = await main(args, host);
  return { code, ...host.written };
}

test("a plan for people, and as data", async () => {
  const args = ["plan", "--need", "60GB", "--probe", "-"];
  const stdin = probeText("dual-disk");
  expect(await run(args, { stdin })).toEqual({ code: 0, stdout: describePlan(planOf("dual-disk")), stderr: "" });
  const data = await run([...args, "--json"], { stdin });
  expect(data).toEqual({ code: 0, stdout: asJson(planOf("dual-disk")), stderr: "" });
});

test("a script", async () => {
  const stdin = probeText("private-24.04-keep");
  const written = await run(["script", "--need", "30GB", "--keep", "dotnet, android", "--probe", "-"], { stdin });
  expect(written).toEqual({ code: 0, stdout: renderScript(planOf("private-24.04-keep")), stderr: "" });
});

test.each([
  ["arm64-24.04-asked", ["--need", "120GB", "--any-arch"]],
  ["dual-disk-no-need", []],
])("flags: %s", async (name, flags) => {
  const { stdout } = await run(["plan", "--json", "--probe", "-", ...flags], { stdin: probeText(name) });
  expect(stdout).toBe(asJson(planOf(name)));
});

test.each([
  [["plan", "--need", "60G"], "write GB"],
  [["plan", "--keep", "dotnot"], 'did you mean "dotnet"?'],
  [["plan", "--method", "bind"], "unknown option '--method'"],
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
  ["a path that is none", probeText("dual-disk").replace('"/mnt"', '"mnt"'), /must match pattern/],
])("a probe that is %s", async (_, text, complaint) => {
  const cwd = mkdtempSync(join(tmpdir(), "disk-setup-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, "probe.json"), text);
  const { code, stdout, stderr } = await run(["plan", "--probe", "probe.json"], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(complaint);
});

test.each([
  ["a path", '"path":"/usr/local/lib/android"', String.raw`"path":"/a\u0000b"`],
  ["TMPDIR", '"variable":null', String.raw`"variable":"\u0000"`],
])("a probe with a NUL in %s", async (_, from, to) => {
  const stdin = probeText("dual-disk").replace(from, to);
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
  const { code, stdout, stderr } = await run(["plan", "--probe", "-"], {
    stdin: JSON.stringify({ ...machineCase("dual-disk").probe, ...change }),
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/must NOT have fewer than 1 items|no mount for "\/"/);
});

test("a probe that is not there", async () => {
  const { code, stderr } = await run(["script", "--probe", "nowhere.json"]);
  expect(code).toBe(1);
  expect(stderr).toContain("nowhere.json: error: the probe cannot be read");
});
