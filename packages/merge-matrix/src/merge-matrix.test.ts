import fc from "fast-check";
import { expect, test } from "vitest";
import { MergeMatrixError } from "./error.ts";
import { shardEntries } from "./merge-matrix.ts";

const entries = fc
  .array(fc.record({ image: fc.nat(40), leg: fc.nat(3) }), { maxLength: 120 })
  .map((picks) => picks.map(({ image, leg }) => ({ "tag-suffix": `-i${image}`, "platform-tag": `a${leg}` })));

const sizes = fc.integer({ min: 1, max: 12 });

function shardsOrRefusal(list: Parameters<typeof shardEntries>[0], size: number) {
  try {
    return shardEntries(list, size);
  } catch (error) {
    if (error instanceof MergeMatrixError && error.code === "group-too-large") return undefined;
    throw error;
  }
}

test("every entry is in exactly one shard, no shard is too large, no group is cut", () => {
  fc.assert(
    fc.property(entries, sizes, (list, size) => {
      const shards = shardsOrRefusal(list, size);
      const groups = Map.groupBy(list, (entry) => entry["tag-suffix"]);
      const largest = Math.max(0, ...[...groups.values()].map((legs) => legs.length));
      expect(shards === undefined).toBe(largest > size);
      if (shards === undefined) return;
      const all = [...shards.multi, ...shards.single];
      expect(all.flat().toSorted((a, b) => a - b)).toEqual(list.map((_, index) => index));
      for (const shard of all) expect(shard.length).toBeLessThanOrEqual(size);
      const homes = new Map<string | undefined, number>();
      for (const [number, shard] of shards.multi.entries()) {
        for (const index of shard) {
          const suffix = list[index]?.["tag-suffix"];
          expect(homes.get(suffix) ?? number).toBe(number);
          homes.set(suffix, number);
        }
      }
    }),
  );
});

test("an image added at the end of the file moves no other", () => {
  fc.assert(
    fc.property(entries, sizes, fc.integer({ min: 1, max: 4 }), (list, size, legs) => {
      const before = shardsOrRefusal(list, size);
      const added = Array.from({ length: legs }, (_, leg) => ({ "tag-suffix": "-new", "platform-tag": `a${leg}` }));
      const after = shardsOrRefusal([...list, ...added], size);
      if (before === undefined || after === undefined) return;
      for (const kind of ["multi", "single"] as const) {
        for (const [number, shard] of before[kind].entries()) {
          expect(after[kind][number]?.filter((index) => index < list.length)).toEqual(shard);
        }
      }
    }),
  );
});

test("256 jobs fill a matrix, the 257th opens another", () => {
  const singles = (count: number) => Array.from({ length: count }, (_, index) => ({ "tag-suffix": `-${index}` }));
  expect(shardEntries(singles(256)).single.map((shard) => shard.length)).toEqual([256]);
  expect(shardEntries(singles(257)).single.map((shard) => shard.length)).toEqual([256, 1]);
  expect(shardEntries([])).toEqual({ multi: [], single: [] });
});
