import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { PlayedHistory } from "./testing/histories.ts";
import { filesOf } from "./testing/model-family.ts";
import type { ModelTools } from "./testing/model-run.ts";
import type { ModelOp } from "./testing/model-world.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "fanfold-mutants-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
afterEach(() => {
  vi.doUnmock("@fanfold/changed-backends/internal");
  vi.doUnmock("../content/image-content.ts");
  vi.resetModules();
});

const push = (change: "text" | "mode" | "revert", image: number): ModelOp => ({ kind: "push", change, image });
const steps = (at: number, count: number): readonly ModelOp[] =>
  Array.from({ length: count }, () => ({ kind: "step", at, fails: null }));
const fails: ModelOp = { kind: "step", at: 0, fails: 0 };
const RELEASE: ModelOp = { kind: "release" };
const [BASE, MIDDLE, TOP, OTHER] = [0, 1, 2, 3];

/** A change is built, and taken back before it is published; the run that takes it back is the first to end. */
const REVERT_IN_FLIGHT = [push("text", OTHER), ...steps(0, 2), push("revert", OTHER), ...steps(1, 3), ...steps(0, 1)];
const RELEASED = [RELEASE, ...steps(0, 3)];
/** A file becomes executable, and its build fails. */
const LOST_MODE = [push("mode", OTHER), ...steps(0, 1), fails, ...steps(0, 1)];
/** What stands on a base is built before the run that builds the base ends. */
const BASE_IN_FLIGHT = [push("text", BASE), ...steps(0, 1), push("text", TOP), ...steps(1, 3)];

/** The registry that is read is down when a push is planned, and up again when it is merged. */
const DOWN_FOR_A_PLAN: readonly ModelOp[] = [
  push("text", MIDDLE),
  { kind: "down", place: 0 },
  ...steps(0, 1),
  { kind: "up" },
  ...steps(0, 2),
];

type Change = (tools: ModelTools, repository: ScratchRepository) => ModelTools;

/** Plays it with everything loaded anew, as what was mocked before says. */
async function broken(ops: readonly ModelOp[], change: Change = (tools) => tools) {
  vi.resetModules();
  const { play } = await import("./testing/histories.ts");
  const { memoryTools } = await import("./testing/memory-tools.ts");
  const history: PlayedHistory = { ops, order: [] };
  const made = async (repository: ScratchRepository) => change(await memoryTools(repository, scratch), repository);
  return (await play(history, scratch, made)).broken;
}

test.each([
  ["a revert in flight", REVERT_IN_FLIGHT],
  ["a release", RELEASED],
  ["a lost mode", LOST_MODE],
  ["a base in flight", BASE_IN_FLIGHT],
  ["a registry that is down for a plan", DOWN_FOR_A_PLAN],
])("unchanged, the model holds: %s", async (_name, ops) => {
  expect(await broken(ops)).toEqual([]);
});

test("no claim for a revert in flight: an older run takes the tag", async () => {
  const found = await broken(REVERT_IN_FLIGHT, (tools) => ({
    ...tools,
    plan: async (...about) => {
      const plan = await tools.plan(...about);
      return { ...plan, groups: plan.groups.filter(({ from }) => from?.why !== "claim") };
    },
  }));
  expect(found).toContain("one.example/m/other:main is of run 2, though run 3 has ended");
});

test("a retag that keeps the old annotations: a release that says that it is a branch", async () => {
  const found = await broken(RELEASED, (tools) => ({
    ...tools,
    merge: async (run, plan) => {
      const reports = await tools.merge(run, { ...plan, groups: plan.groups.filter(({ from }) => from === null) });
      for (const { from, images, tags } of plan.groups) {
        for (const repository of from === null ? [] : images) {
          const standing = await tools.open(repository).getManifest(from?.index[repository] ?? "");
          if (standing === undefined) throw new Error("it stands");
          for (const tag of tags) await tools.open(repository).putManifest(tag, standing);
        }
      }
      return reports;
    },
  }));
  expect(found).toContain("one.example/m/other:v1.0.0 says that it is main");
  expect(found).toContain("one.example/m/other:latest is of run 1, though run 2 has ended");
});

test("a key without modes: a lost build stays lost", async () => {
  // The same commits without modes.
  const plain = new Map<string | null, string>();
  vi.doMock("@fanfold/changed-backends/internal", async (original) => {
    const real = await original<typeof import("@fanfold/changed-backends/internal")>();
    const readInputHashes: typeof real.readInputHashes = (request, entries, head) => {
      const { event } = request;
      return real.readInputHashes(
        { ...request, event: { ...event, sha: plain.get(event.sha) ?? null } },
        entries,
        head,
      );
    };
    return { ...real, readInputHashes };
  });
  const found = await broken(LOST_MODE, (tools, repository) => ({
    ...tools,
    plan: async (run, runs, forced) => {
      const { sha, sources } = run.commit;
      const without = Object.entries(sources).map(([name, { text }]) => [name, { text, executable: false }] as const);
      const files = filesOf(Object.fromEntries(without));
      plain.set(sha, await repository.commit({ branch: "plain", parent: sha, files }));
      return tools.plan(run, runs, forced);
    },
  }));
  expect(found).toContain("one.example/m/other:main (linux/amd64) is [other 0], expected [other 0 x]");
});

test("a key taken from the head's bases instead of those handed over: what stands on an old base passes for current", async () => {
  vi.doMock("../content/image-content.ts", async (original) => {
    const real = await original<typeof import("../content/image-content.ts")>();
    const keysOfBuilt: typeof real.keysOfBuilt = (contents) => real.keysOfBuilt(contents, new Set(contents.keys()));
    return { ...real, keysOfBuilt };
  });
  const found = await broken(BASE_IN_FLIGHT);
  expect(found.some((line) => line.startsWith("one.example/m/top:main (linux/amd64) is [base 0, "))).toBe(true);
});
