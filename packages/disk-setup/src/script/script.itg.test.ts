import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { makePlan } from "../plan/plan.ts";
import { parseMounts } from "../probe/mounts.ts";
import { machineCase, machineCases } from "../testing/machines.ts";
import { renderScript } from "./script.ts";

const directory = mkdtempSync(join(tmpdir(), "disk-setup-"));
afterAll(() => rmSync(directory, { recursive: true }));

const scripts = machineCases().map((name) => {
  const { probe, options } = machineCase(name);
  const text = renderScript(makePlan(probe, options));
  const file = join(directory, `${name}.sh`);
  writeFileSync(file, text);
  return { file, text };
});

// A second or more each, and most are made of the same parts: one of each make, and the awkward mount point.
const makes = new Map<string, string>();
for (const { file, text } of scripts) {
  const functions = text.match(/^\w+\(\)/gm) ?? [];
  const make = file.includes("mount-with-space") ? file : functions.join(" ");
  if (!makes.has(make)) makes.set(make, file);
}

test("bash reads every script", () => {
  for (const { file } of scripts) {
    const run = spawnSync("bash", ["-n", file], { encoding: "utf8" });
    expect({ file, status: run.status, stderr: run.stderr }).toEqual({ file, status: 0, stderr: "" });
  }
});

const LINTER = "shellcheck";

test("shellcheck -o all has no findings in any make of script", ({ skip }) => {
  const run = spawnSync(LINTER, ["--enable=all", ...makes.values()], { encoding: "utf8" });
  if (run.error !== undefined) skip("shellcheck is not installed; .ci/run fetches it");
  expect({ status: run.status, output: run.stdout + run.stderr }).toEqual({ status: 0, output: "" });
});

test("a script that is run where it does not belong does nothing", () => {
  for (const { file } of scripts) {
    const run = spawnSync("bash", [file], { encoding: "utf8", env: { PATH: process.env["PATH"] } });
    expect({ file, status: run.status, stdout: run.stdout }).toEqual({ file, status: 0, stdout: "" });
    expect(run.stderr).toMatch(/nothing done: RUNNER_ENVIRONMENT|nothing to do: /);
  }
});

// As the kernel writes them: mangle_path() with " \t\n\\#".
const escaped = (path: string): string =>
  path.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);

test("script and probe read the same mount points, digits after escapes included", () => {
  const table = join(directory, "mountinfo");
  const part = readFileSync(new URL("./bash/mounts.sh", import.meta.url), "utf8").replace(
    "/proc/self/mountinfo",
    table,
  );
  const name = fc.string({
    unit: fc.constantFrom(" ", "\t", "\n", "\\", "#", "0", "1", "4", "5", "7", "a", "*", "["),
    minLength: 1,
    maxLength: 12,
  });
  const programs = fc.array(name, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(programs, (names) => {
      const paths = names.map((each) => `/${each}`);
      const lines = paths.map((path, index) => `${index} 1 8:1 / ${escaped(path)} rw - ext4 /dev/x rw`);
      writeFileSync(table, `${lines.join("\n")}\n`);
      expect(parseMounts(lines.join("\n")).map(({ path }) => path)).toEqual(paths);
      const asked = [...paths, ...paths.map((path) => `${path}x`)];
      const run = spawnSync(
        "bash",
        ["-c", `${part}\nfor path; do if mounted_in "$path"; then echo yes; else echo no; fi; done`, "_", ...asked],
        { encoding: "utf8" },
      );
      const expected = asked.map((path) =>
        paths.some((known) => known === path || known.startsWith(`${path}/`)) ? "yes" : "no",
      );
      expect(run.stdout.trim().split("\n")).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
