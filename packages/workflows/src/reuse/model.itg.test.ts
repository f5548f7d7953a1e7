import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { histories, type PlayedHistory, play } from "./testing/histories.ts";
import { memoryTools } from "./testing/memory-tools.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "fanfold-model-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const played = (history: PlayedHistory) => play(history, scratch, (repository) => memoryTools(repository, scratch));

test("whatever happens, one more push publishes what the head is, on the bases that its keys name", async () => {
  await fc.assert(
    fc.asyncProperty(histories(12), async (history) => {
      const { broken, log } = await played(history);
      expect(broken, log.join("\n")).toEqual([]);
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 600_000);
