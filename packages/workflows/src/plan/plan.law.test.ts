import type { MatrixEntry, MatrixList, SelectedChanges } from "@fanfold/changed-backends";
import { compileInputs, select } from "@fanfold/changed-backends/internal";
import { bySuffix } from "@fanfold-internal/matrix/identity";
import { SHARD_KINDS } from "@fanfold-internal/matrix/shards";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_CONFIG } from "../config/config.ts";
import { familyIdentity } from "../config/identity.ts";
import { configMetadata } from "../config/metadata.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";
import { sampleEvent } from "../published/sample-events.ts";
import { makePlan, mergeMatrix, type Plan } from "./plan.ts";
import { planOutputs } from "./plan-outputs.ts";
import { planSchema } from "./plan-schema.ts";

const PLATFORMS = ["amd64", "arm64", "riscv64"] as const;

/** Images of one to three legs, interleaved as a file may have them. */
const images = fc
  .array(fc.record({ legs: fc.integer({ min: 1, max: 3 }), backend: fc.nat(5) }), { minLength: 1, maxLength: 150 })
  .map((drawn) => drawn.map((image, number) => ({ ...image, suffix: `-i${number}` })));

const list = (drawn: readonly { legs: number; backend: number; suffix: string }[]): readonly MatrixEntry[] =>
  [0, 1, 2].flatMap((leg) =>
    drawn
      .filter(({ legs }) => leg < legs)
      .map(({ legs, backend, suffix }) => ({
        "tag-suffix": suffix,
        backend: `b${backend}`,
        ...(legs > 1 ? { platforms: `linux/${PLATFORMS[leg]}`, "platform-tag": PLATFORMS[leg] ?? "" } : {}),
      })),
  );

const { inputs } = compileInputs(
  { inputs: [{ paths: ["{backend}/**"] }], unmatched: "ignore" },
  { keys: new Set(["backend"]), lists: ["include", "includeDarwin"] },
);

function planOf(lists: readonly MatrixList[], changed: readonly number[]): Plan {
  const files = changed.map((number) => ({ path: `b${number}/x`, previousPath: null, status: "modified" }) as const);
  const changes: SelectedChanges = {
    selection: select({ lists, inputs, files, matrix: { path: "matrix.yml", bases: [] } }),
    diff: { precision: "exact", source: "compare", reason: null, calls: 1, files },
    base: "1",
    head: "2",
    warnings: [],
  };
  const event = { name: "push", ref: "refs/heads/main", sha: "2", defaultBranch: "main" };
  const identify = bySuffix;
  return makePlan({
    event,
    lists,
    identify,
    images: imagesOf(lists),
    targets: {},
    anchorHosts: [],
    test: null,
    changes,
    warnings: [],
  });
}

const config = {
  images: ["quay.io/x/y"],
  workflow: { lists: { includeDarwin: { uses: "./x.yml", with: { artifact: "{artifact-name}" } } } },
  inputs: [],
};

function imagesOf(lists: readonly MatrixList[]): readonly PublishedImage[] {
  const matrix = { file: "matrix.yml", lists, warnings: [], place: () => ({ file: "matrix.yml" }) };
  const loaded = { ...NO_CONFIG, config };
  const { metadata } = configMetadata(loaded, matrix, bySuffix);
  const family = { config: loaded, matrix, identity: familyIdentity(config, lists), metadata };
  return publishedImages(family, sampleEvent("refs/heads/main"));
}

const changed = fc.uniqueArray(fc.nat(5), { maxLength: 3 });
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(planSchema);

const suffixesIn = (plan: Plan, name: string, positions: readonly number[]): readonly (string | undefined)[] =>
  positions.map((position) => plan.matrices[name]?.entries[position]?.["tag-suffix"]);

test("shards hold every selected entry once, groups are whole, and the plan is of its schema", () => {
  fc.assert(
    fc.property(images, images, changed, (linux, darwin, numbers) => {
      const lists = [
        { name: "include", entries: list(linux) },
        {
          name: "includeDarwin",
          entries: list(darwin).map((entry) => ({ ...entry, "tag-suffix": `${entry["tag-suffix"]}-d` })),
        },
      ];
      const plan = planOf(lists, numbers);
      expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
      for (const { name, entries } of lists) {
        const planned = plan.matrices[name];
        if (planned === undefined) throw new Error(`no list ${name}`);
        const all = SHARD_KINDS.flatMap((kind) => planned.shards[kind].flat()).toSorted((a, b) => a - b);
        expect(all).toEqual(planned.entries.map((_, position) => position));
        for (const kind of SHARD_KINDS) {
          for (const shard of planned.shards[kind]) expect(shard.length).toBeLessThanOrEqual(256);
          const homes = planned.shards[kind].map((shard) => new Set(suffixesIn(plan, name, shard)));
          for (const [number, home] of homes.entries()) {
            for (const other of homes.slice(number + 1)) {
              expect([...home].filter((suffix) => other.has(suffix))).toEqual([]);
            }
          }
        }
        const wanted = entries.filter(({ backend }) => numbers.some((number) => backend === `b${number}`));
        expect(planned.entries.map((entry) => entry["tag-suffix"])).toEqual(wanted.map((entry) => entry["tag-suffix"]));
        const counts = Map.groupBy(planned.entries, (entry) => entry["tag-suffix"]);
        const several = [...counts].filter(([, legs]) => legs.length > 1).map(([suffix]) => suffix);
        // Of a list with a workflow of its own, what leaves records for the merge.
        const published = name === "include" ? [...counts.keys()] : several;
        const groups = plan.groups.filter(({ matrix }) => matrix === name);
        expect(groups.map((group) => group["tag-suffix"])).toEqual(published);
        for (const group of groups) {
          expect(group.tags).toEqual([`main${group["tag-suffix"]}`, `sha-0123456${group["tag-suffix"]}`]);
          expect(group["moving-tags"]).toEqual([`main${group["tag-suffix"]}`]);
          const artifacts = group.legs.map((leg) => leg["artifact-name"]);
          expect(artifacts).toEqual(counts.get(group["tag-suffix"])?.map((entry) => entry["artifact-name"]));
        }
        expect(mergeMatrix(plan, name, bySuffix).map((item) => item["tag-suffix"])).toEqual(several);
      }
      for (const { matrix, entry } of plan.causes) expect(plan.matrices[matrix]?.entries[entry]).toBeDefined();
    }),
  );
});

test("an image added at the end of the file moves no other", () => {
  fc.assert(
    fc.property(images, changed, fc.integer({ min: 1, max: 3 }), (drawn, numbers, legs) => {
      const before = planOf([{ name: "include", entries: list(drawn) }], numbers);
      const added = list([{ legs, backend: 0, suffix: "-added" }]);
      const after = planOf([{ name: "include", entries: [...list(drawn), ...added] }], numbers);
      for (const kind of SHARD_KINDS) {
        for (const [number, shard] of before.matrices["include"]?.shards[kind].entries() ?? []) {
          const same = after.matrices["include"]?.shards[kind][number] ?? [];
          const kept = suffixesIn(after, "include", same).filter((suffix) => suffix !== "-added");
          expect(kept).toEqual(suffixesIn(before, "include", shard));
        }
      }
    }),
  );
});

test("an entry's shard does not depend on what else is selected", () => {
  fc.assert(
    fc.property(images, changed, (drawn, numbers) => {
      const lists = [{ name: "include", entries: list(drawn) }];
      const [some, all] = [planOf(lists, numbers), planOf(lists, [0, 1, 2, 3, 4, 5])];
      for (const kind of SHARD_KINDS) {
        const whole = all.matrices["include"]?.shards[kind] ?? [];
        for (const [number, shard] of some.matrices["include"]?.shards[kind].entries() ?? []) {
          const there = new Set(suffixesIn(all, "include", whole[number] ?? []));
          for (const suffix of suffixesIn(some, "include", shard)) expect(there.has(suffix)).toBe(true);
        }
        expect(some.matrices["include"]?.shards[kind].length).toBe(whole.length);
      }
    }),
  );
});

test("no output is empty, each matrix parses, and together they are the selection", () => {
  fc.assert(
    fc.property(images, changed, fc.integer({ min: 1, max: 4 }), (drawn, numbers, limit) => {
      const lists = [{ name: "include", entries: list(drawn) }];
      const plan = planOf(lists, numbers);
      const outputs = new Map(planOutputs(plan, { lists, identify: bySuffix }, new Map([["multi", limit]])));
      for (const value of outputs.values()) expect(value).not.toBe("");
      const included = (name: string): readonly unknown[] => JSON.parse(outputs.get(name) ?? "null").include;
      const shards = [...outputs.keys()].filter((name) => /^matrix-(?:multi|single)-\d+$/.test(name));
      expect(shards.flatMap(included)).toHaveLength(plan.matrices["include"]?.entries.length ?? -1);
      for (const name of shards) {
        expect(outputs.get(name.replace("matrix", "has"))).toBe(String(included(name).length > 0));
      }
      expect(shards.filter((name) => name.startsWith("matrix-multi")).length).toBeGreaterThanOrEqual(limit);
      if (outputs.has("matrix")) expect(included("matrix")).toEqual(plan.matrices["include"]?.entries);
      expect(outputs.has("matrix")).toBe((plan.matrices["include"]?.entries.length ?? 0) <= 256);
      expect(outputs.get("has-publish")).toBe(String(plan.groups.length > 0));
      expect(outputs.get("has-merges")).toBe(String(included("merge-matrix").length > 0));
    }),
  );
});
