import fc from "fast-check";
import { expect, it } from "vitest";
import type { Digest } from "../oci/descriptor.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { REPOSITORIES } from "../testing/merge-world.ts";
import { type ReuseWorld, reuseWorld } from "../testing/reused.ts";

interface Run {
  readonly content: string;
  readonly failsAt: number;
}

/** Runs in the order in which they were started; `ends` is the order in which they merge. */
const histories = fc
  .array(fc.record({ content: fc.constantFrom("1-a", "1-b", "1-c"), failsAt: fc.integer({ min: 0, max: 40 }) }), {
    minLength: 2,
    maxLength: 6,
  })
  .chain((runs) =>
    fc.record({
      runs: fc.constant(runs),
      ends: fc.shuffledSubarray([...runs.keys()], { minLength: runs.length, maxLength: runs.length }),
      // When each has looked at what stands: as it starts, or later, when others have merged.
      looks: fc.array(fc.nat(5), { minLength: runs.length, maxLength: runs.length }),
    }),
  );

const found = (world: ReuseWorld, content: string): ReadonlyMap<string, Digest> | undefined =>
  world.standing("main").size > 0 && world.read("main").annotations["io.github.fanfold.content-key"] === content
    ? world.standing("main")
    : undefined;

async function play(runs: readonly Run[], ends: readonly number[], looks: readonly number[], failing: boolean) {
  const world = reuseWorld(REPOSITORIES.map((name) => new MemoryStore(name)));
  await world.build("1-a", { id: 1, tags: ["main"] });
  const seen = new Map<number, ReadonlyMap<string, Digest> | undefined>();
  const done: number[] = [];
  for (const [at, index] of ends.entries()) {
    for (const [run, look] of looks.entries()) {
      if (look === at && !seen.has(run)) seen.set(run, found(world, runs[run]?.content ?? ""));
    }
    const run = runs[index];
    if (run === undefined) continue;
    const standing = seen.has(index) ? seen.get(index) : found(world, run.content);
    const id = index + 2;
    let requests = 0;
    for (const store of world.stores) {
      store.before = () => {
        if (failing && requests++ === run.failsAt) throw new TypeError("broken");
      };
    }
    const report =
      standing === undefined
        ? await world.build(run.content, { id, tags: ["main"] }).catch(() => undefined)
        : await world.reuse({ why: "claim", index: standing, key: run.content }, { id, tags: ["main"] });
    for (const store of world.stores) store.before = () => {};
    if (report?.verdict === "published" || report?.verdict === "unchanged") done.push(id);
  }
  return { world, done };
}

it("in whatever order runs end, the newest one that ended keeps the tag, with its content", async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ runs, ends, looks }) => {
      const { world, done } = await play(runs, ends, looks, false);
      expect(done.toSorted()).toEqual(runs.map((_, index) => index + 2).toSorted());
      for (const store of world.stores) {
        const { annotations } = world.read("main", store);
        expect(annotations["io.github.fanfold.run-id"]).toBe(String(runs.length + 1));
        expect(annotations["io.github.fanfold.content-key"]).toBe(runs.at(-1)?.content);
      }
    }),
    { numRuns: 200 },
  );
});

it("whatever request fails, no tag goes to a run that is older than one that ended, and every child is there", async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ runs, ends, looks }) => {
      const { world, done } = await play(runs, ends, looks, true);
      const newest = Math.max(1, ...done);
      for (const store of world.stores) {
        const { annotations, children } = world.read("main", store);
        expect(Number(annotations["io.github.fanfold.run-id"])).toBeGreaterThanOrEqual(newest);
        expect(children.every((child) => store.manifests.has(child))).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
