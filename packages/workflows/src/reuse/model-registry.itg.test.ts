import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { histories, play } from "./testing/histories.ts";
import { registryTools } from "./testing/registry-tools.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`the model of reuse is not played before real registries: ${bed.unavailable}`);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "fanfold-model-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe.skipIf("unavailable" in bed)("before two real registries, by the built commands", () => {
  test("whatever happens, one more push publishes what the head is", async () => {
    await fc.assert(
      fc.asyncProperty(histories(8), async (history) => {
        const { broken, log } = await play(history, scratch, (repository) => registryTools(repository, scratch));
        expect(broken, log.join("\n")).toEqual([]);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 600_000);
});
