import { bySuffix } from "@fanfold-internal/matrix/identity";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withDependents } from "./dependents.ts";
import type { Selection } from "./selection.ts";

/** Entries of a few images, each with edges to images that come before its own. */
const graph = fc
  .array(fc.record({ legs: fc.integer({ min: 1, max: 3 }), bases: fc.uniqueArray(fc.nat(12), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 12,
    size: "max",
  })
  .map((images) =>
    images.flatMap(({ legs, bases }, image) =>
      Array.from({ length: legs }, (_, leg) => ({
        id: `-i${image}`,
        // One leg alone may say so: a Dockerfile for its platform.
        bases: leg === 0 && image > 0 ? bases.map((base) => `-i${base % image}`) : [],
      })),
    ),
  );

test("what is selected is what was, and all that is built from it; each with its causes", () => {
  fc.assert(
    fc.property(graph, fc.uniqueArray(fc.nat(11), { maxLength: 3 }), (entries, numbers) => {
      const list = { name: "include", entries: entries.map(({ id }) => ({ "tag-suffix": id })) };
      const chosen = new Set(numbers.map((number) => `-i${number}`).filter((id) => entries.some((e) => e.id === id)));
      const selected = entries.flatMap(({ id }, index) => (chosen.has(id) ? [index] : []));
      const selection: Selection = {
        runAll: false,
        lists: [
          { name: "other", total: 0, selected: [] },
          { name: "include", total: entries.length, selected },
        ],
        causes: selected.map((entry) => ({ matrix: "include", entry, rule: "paths", path: "a" })),
        unmatched: [],
      };
      const at = { file: "Dockerfile" };
      const edges = entries.map(({ id, bases }) =>
        bases.map((base) => ({ from: id, to: base, base, where: `FROM ${base}`, at, reference: undefined })),
      );
      const found = withDependents(selection, { list, identify: bySuffix, graph: { edges, perhaps: [] } });

      const reached = new Set(chosen);
      for (const { id, bases } of [...entries, ...entries])
        if (bases.some((base) => reached.has(base))) reached.add(id);
      const expected = entries.flatMap(({ id }, index) => (reached.has(id) ? [index] : []));
      expect(found.lists[1]?.selected).toEqual(expected);
      expect(new Set(found.causes.map(({ entry }) => entry))).toEqual(new Set(expected));
      for (const cause of found.causes.filter(({ base }) => base !== undefined)) {
        expect(entries[cause.entry]?.bases).toContain(cause.base);
        expect(reached.has(cause.base ?? "")).toBe(true);
      }
      const maybe = { edges: [], perhaps: edges };
      expect(withDependents(selection, { list, identify: bySuffix, graph: maybe }).lists).toEqual(found.lists);
    }),
  );
});
