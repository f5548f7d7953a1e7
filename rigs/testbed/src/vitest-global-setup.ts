import { homedir } from "node:os";
import type { TestProject } from "vitest/node";
import { bringUp } from "./bring-up.ts";
import { returnLease, takeLease } from "./leases.ts";
import { placesFor } from "./machine/places.ts";
import { TestbedError } from "./machine/testbed-error.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The path of testbed.json, or why there is no test bed. */
    testbed: { readonly file: string } | { readonly unavailable: string };
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Has the test bed up for a test run; tests find it by `testbed()`. FANFOLD_TESTBED may name one that is up already, or be `off`. What
 * this started, the returned function ends.
 */
// biome-ignore lint/style/noDefaultExport: what vitest looks for, https://vitest.dev/config/globalsetup
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["FANFOLD_TESTBED"];
  if (given === "off") return declareUnavailable(project, "switched off by FANFOLD_TESTBED=off");
  if (given) {
    project.provide("testbed", { file: given });
    return;
  }
  const places = placesFor(process.env, homedir());
  try {
    await takeLease(places);
    const { engineObstacle } = await bringUp(places, "tests", say);
    if (engineObstacle !== null) announce(`no engine, only registries: ${engineObstacle}`);
    process.env["FANFOLD_TESTBED"] = places.file;
    project.provide("testbed", { file: places.file });
    return () => returnLease(places);
  } catch (error) {
    if (!(error instanceof TestbedError)) throw error;
    await returnLease(places);
    return declareUnavailable(project, error.message);
  }
}

function declareUnavailable(project: TestProject, reason: string): undefined {
  announce(reason);
  process.env["FANFOLD_TESTBED_UNAVAILABLE"] = reason;
  project.provide("testbed", { unavailable: reason });
}

function announce(reason: string): void {
  say(`\ntestbed unavailable: ${reason}; integration tests that need it are skipped\n`);
}
