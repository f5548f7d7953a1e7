import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ok = fileURLToPath(new URL("../../testdata/ok/", import.meta.url));
const scripts = readdirSync(ok).map((name) => `${ok}${name}/script.sh`);

// A second or more each, and most are made of the same parts: one of each make, and the awkward mount point.
const makes = new Map<string, string>();
for (const script of scripts) {
  const functions = readFileSync(script, "utf8").match(/^\w+\(\)/gm) ?? [];
  const make = script.includes("mount-with-space") ? script : functions.join(" ");
  if (!makes.has(make)) makes.set(make, script);
}

test("bash reads every script", () => {
  for (const script of scripts) {
    const run = spawnSync("bash", ["-n", script], { encoding: "utf8" });
    expect({ script, status: run.status, stderr: run.stderr }).toEqual({ script, status: 0, stderr: "" });
  }
});

const LINTER = "shellcheck";

test("shellcheck -o all has no findings in any make of script", ({ skip }) => {
  const run = spawnSync(LINTER, ["--enable=all", ...makes.values()], { encoding: "utf8" });
  if (run.error !== undefined) skip("shellcheck is not installed; .ci/run fetches it");
  expect({ status: run.status, output: run.stdout + run.stderr }).toEqual({ status: 0, output: "" });
});

test("a script that is run where it does not belong does nothing", () => {
  for (const script of scripts) {
    const run = spawnSync("bash", [script], { encoding: "utf8", env: { PATH: process.env["PATH"] } });
    expect({ script, status: run.status, stdout: run.stdout }).toEqual({ script, status: 0, stdout: "" });
    expect(run.stderr).toMatch(/nothing done: RUNNER_ENVIRONMENT|nothing to do: /);
  }
});
