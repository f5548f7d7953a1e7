import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bringUp } from "./bring-up.ts";
import { placesFor } from "./machine/places.ts";
import { refOf } from "./machine/process-ref.ts";
import { testbed } from "./machine/testbed-file.ts";
import { takeDown } from "./take-down.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`the global setup is not tested: ${bed.unavailable}`);

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const project = fileURLToPath(new URL("../testdata/uses-testbed", import.meta.url));

describe.skipIf("unavailable" in bed)("vitest's global setup", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "global-setup-"));
    await mkdir(join(folder, "leases"));
    if (!("unavailable" in bed)) await symlink(dirname(dirname(bed.tools.crane)), join(folder, "tools"));
  });
  afterAll(async () => {
    await takeDown(places());
    await rm(folder, { recursive: true });
  });

  const places = () => placesFor({ FANFOLD_TESTBED_CACHE: folder }, "");
  const testRun = (variables: Record<string, string>) =>
    new Promise<string>((resolve, reject) => {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, NO_COLOR: "1", ...variables };
      execFile(process.execPath, [vitest, "run", "--root", project], { env }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${stdout}${stderr}`, { cause: error }));
        else resolve(stdout + stderr);
      });
    });

  test("starts a test bed, and ends it with the last test run that uses it", async () => {
    const other = spawn("sleep", ["600"]);
    const lease = join(places().leases, `${other.pid}-${refOf(other.pid ?? 0)?.startedAt}`);
    await writeFile(lease, "");
    expect(await testRun({ FANFOLD_TESTBED_CACHE: folder })).toContain("sees: 4 registries");
    expect(existsSync(places().file)).toBe(true);
    other.kill("SIGKILL");
    const output = await testRun({ FANFOLD_TESTBED_CACHE: folder });
    expect(output).toContain(`provided: ${JSON.stringify({ file: places().file })}`);
    expect(existsSync(places().state)).toBe(false);
    expect(existsSync(lease)).toBe(false);
  });

  test("leaves alone what a person started", async () => {
    await bringUp(places(), "person", () => {});
    expect(await testRun({ FANFOLD_TESTBED_CACHE: folder })).toContain("sees: 4 registries");
    expect(await testRun({ FANFOLD_TESTBED: places().file })).toContain("sees: 4 registries");
    expect(existsSync(places().file)).toBe(true);
  });

  test("says loudly that tests are skipped", async () => {
    const output = await testRun({ FANFOLD_TESTBED: "off" });
    const reason = "switched off by FANFOLD_TESTBED=off";
    expect(output).toContain(`testbed unavailable: ${reason}; integration tests that need it are skipped\n`);
    expect(output).toContain(`sees: ${reason}`);
  });
});
