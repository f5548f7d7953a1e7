import { bySuffix, identifyBy } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MergeMatrixError } from "./error.ts";
import { groupEntries } from "./group.ts";
import { checkGroups } from "./group-checks.ts";
import { checkKeys } from "./key-checks.ts";
import { shardEntries } from "./merge-matrix.ts";

const entries = fc
  .array(fc.record({ image: fc.nat(6), version: fc.nat(3), suffix: fc.nat(4), leg: fc.nat(3) }), { maxLength: 120 })
  .map((picks) =>
    picks.map(
      ({ image, version, suffix, leg }): MatrixEntry => ({
        "tag-suffix": `-i${suffix}`,
        "platform-tag": `a${leg}`,
        image: `n${image}`,
        ...(version === 0 ? {} : { version }),
      }),
    ),
  );

const identities = fc.constantFrom(
  bySuffix,
  identifyBy(["tag-suffix", "image"]),
  identifyBy(["tag-suffix", "version"]),
  identifyBy(["tag-suffix", "image", "version"]),
  // Whatever a config makes of its entries.
  ({ image, version }: MatrixEntry) => {
    const id = String((Number(String(image).slice(1)) * 7 + Number(version ?? 0)) % 5);
    return { id, name: `image ${id}`, artifact: id };
  },
);

const sizes = fc.integer({ min: 1, max: 12 });

function shardsOrRefusal(list: readonly MatrixEntry[], size: number, identify = bySuffix) {
  try {
    return shardEntries(list, size, identify);
  } catch (error) {
    if (error instanceof MergeMatrixError && error.code === "group-too-large") return undefined;
    throw error;
  }
}

test("every entry is in exactly one shard, no shard is too large, no group is cut", () => {
  fc.assert(
    fc.property(entries, sizes, identities, (list, size, identify) => {
      const shards = shardsOrRefusal(list, size, identify);
      const groups = Map.groupBy(list, (entry) => identify(entry).id);
      const largest = Math.max(0, ...[...groups.values()].map((legs) => legs.length));
      expect(shards === undefined).toBe(largest > size);
      if (shards === undefined) return;
      const all = [...shards.multi, ...shards.single];
      expect(all.flat().toSorted((a, b) => a - b)).toEqual(list.map((_, index) => index));
      for (const shard of all) expect(shard.length).toBeLessThanOrEqual(size);
      const homes = new Map<string, number>();
      for (const [number, shard] of shards.multi.entries()) {
        for (const index of shard) {
          const { id } = identify(list[index] ?? {});
          expect(homes.get(id) ?? number).toBe(number);
          homes.set(id, number);
        }
      }
    }),
  );
});

test("an image added at the end of the file moves no other", () => {
  fc.assert(
    fc.property(entries, sizes, fc.integer({ min: 1, max: 4 }), identities, (list, size, legs, identify) => {
      fc.pre(
        list.every((entry) => identify(entry).id !== identify({ "tag-suffix": "-new", image: "n99", version: 9 }).id),
      );
      const before = shardsOrRefusal(list, size, identify);
      const added = Array.from({ length: legs }, (_, leg) => ({
        "tag-suffix": "-new",
        "platform-tag": `a${leg}`,
        image: "n99",
        version: 9,
      }));
      const after = shardsOrRefusal([...list, ...added], size, identify);
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

test("entries whose artifacts have one name, or one that is taken for another, are an error", () => {
  const word = fc.constantFrom("", "a", "b", "a-b", "core", "a-core", "1");
  const matrix = fc.array(
    fc.record({ image: word, version: word, suffix: word, tag: fc.constantFrom("", "amd64", "arm", "arm-7") }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(matrix, identities, (drawn, identify) => {
      const list = drawn.map(
        ({ image, version, suffix, tag }): MatrixEntry => ({
          image,
          version,
          "tag-suffix": suffix === "" ? "" : `-${suffix}`,
          "platform-tag": tag,
        }),
      );
      const groups = groupEntries(list, identify);
      const names = groups.flatMap(({ legs }) => legs.map(({ artifact }) => artifact));
      const uploads = names.flatMap((name) => [name, `${name}-7`]);
      if (checkGroups(groups).some(({ severity }) => severity === "error")) return;
      expect(new Set(uploads).size).toBe(uploads.length);
    }),
    { numRuns: 1_000 },
  );
});

test("legs of one image that differ in a key by which images are told apart are an error, whole images are not", () => {
  const tags = fc.uniqueArray(fc.constantFrom("amd64", "arm64", "arm-v7", "s390x"), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(tags, fc.nat(3), fc.constantFrom("image", "version"), (legs, at, key) => {
      const identify = identifyBy(["tag-suffix", key]);
      const image = (value: string) => legs.map((tag) => ({ backend: "x", [key]: value, "platform-tag": tag }));
      const slip = image("right").map((entry, index) =>
        index === at % legs.length ? { ...entry, [key]: "rihgt" } : entry,
      );
      const codes = (list: readonly MatrixEntry[]) => checkKeys(groupEntries(list, identify)).map(({ code }) => code);
      expect(codes(slip)).toEqual(["legs-apart"]);
      expect(codes([...image("one"), ...image("other")])).toEqual([]);
    }),
  );
});
