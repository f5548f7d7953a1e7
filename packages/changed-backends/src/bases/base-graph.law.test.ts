import fc from "fast-check";
import { expect, test } from "vitest";
import { familyGraph, type TestImage } from "../testing/image-family.ts";
import { dependentsOf } from "./base-graph.ts";

/** Images of which each stands on some that come before it, at most eight deep; in whatever order. */
const family = fc
  .array(fc.uniqueArray(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 25, size: "max" })
  .map((numbers) => {
    const depths: number[] = [];
    return numbers.map((wanted, at): TestImage & { readonly bases: readonly string[] } => {
      const earlier = at === 0 ? [] : wanted.map((number) => number % at);
      const bases = [...new Set(earlier)].filter((base) => (depths[base] ?? 0) < 8);
      depths.push(1 + Math.max(0, ...bases.map((base) => depths[base] ?? 0)));
      const copies = bases.map((base) => `COPY --from=ghcr.io/x/i${base} /a /${base}\n`);
      return { name: `i${at}`, dockerfile: `FROM alpine\n${copies.join("")}`, bases: bases.map((base) => `i${base}`) };
    });
  })
  .chain((images) => fc.shuffledSubarray(images, { minLength: images.length }));

test("every base's wave is lower, and an image without an edge is in none", () => {
  fc.assert(
    fc.property(family, (images) => {
      const { waves, findings } = familyGraph(images);
      expect(findings).toEqual([]);
      const used = new Set(images.flatMap(({ bases }) => bases));
      for (const { name, bases } of images) {
        const wave = waves.get(name);
        if (bases.length === 0) expect(wave).toBe(used.has(name) ? 1 : undefined);
        else expect(wave).toBe(1 + Math.max(...bases.map((base) => waves.get(base) ?? Number.NaN)));
      }
    }),
  );
});

test("dependents are exactly what can be reached", () => {
  fc.assert(
    fc.property(family, fc.uniqueArray(fc.nat(25), { maxLength: 4 }), (images, numbers) => {
      const chosen = new Set(numbers.map((number) => `i${number}`));
      const reached = new Set(chosen);
      // As often as there are images is often enough.
      for (const _ of images) {
        for (const { name, bases } of images) if (bases.some((base) => reached.has(base))) reached.add(name);
      }
      const expected = [...reached].filter((name) => !chosen.has(name)).toSorted();
      expect([...dependentsOf(chosen, familyGraph(images).edges.flat())].toSorted()).toEqual(expected);
    }),
  );
});
