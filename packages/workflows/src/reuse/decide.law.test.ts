import fc from "fast-check";
import { expect, test } from "vitest";
import { decideReuse, type ReuseCandidate, type ReuseEvent } from "./decide.ts";
import { REUSE_STATES } from "./published-state.ts";

const images = fc
  .array(
    fc.record({
      state: fc.option(fc.constantFrom(...REUSE_STATES), { nil: undefined }),
      selected: fc.boolean(),
      namesVersion: fc.boolean(),
      bases: fc.array(fc.nat(7), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) =>
    all.map(
      ({ bases, ...image }, index): ReuseCandidate => ({
        ...image,
        id: String(index),
        bases: [...new Set(bases.filter((base) => base < index).map(String))],
      }),
    ),
  );
const event = fc.constantFrom<ReuseEvent>("push", "release", "forced", "stale-schedule", "proposal");
const run = fc.option(fc.constant("run 7"), { nil: undefined });

test("nothing that is selected is forgotten: it is built, or the same content is there", () => {
  fc.assert(
    fc.property(event, images, run, (kind, all, inFlight) => {
      const decisions = decideReuse(kind, all, inFlight);
      for (const { id, selected, state } of all) {
        const decision = decisions.get(id)?.kind;
        if (selected && decision !== "build") expect(["current", "incomplete"]).toContain(state);
        // What is published again is what would be built.
        if (["claim", "heal", "retag"].includes(decision ?? "")) expect(["current", "incomplete"]).toContain(state);
      }
    }),
  );
});

test("what stands on what is built is built, and what it stands on is there", () => {
  fc.assert(
    fc.property(event, images, run, (kind, all, inFlight) => {
      const decisions = decideReuse(kind, all, inFlight);
      const states = new Map(all.map(({ id, state }) => [id, state]));
      for (const { id, bases } of all) {
        const built = bases.filter((base) => decisions.get(base)?.kind === "build");
        if (built.length > 0) expect(decisions.get(id)?.kind).toBe("build");
        if (kind === "proposal" || decisions.get(id)?.kind !== "build") continue;
        for (const base of bases) if (states.get(base) === "absent") expect(built).toContain(base);
      }
    }),
  );
});

test("no more is built than is selected, lost, or stands on that", () => {
  fc.assert(
    fc.property(event, images, run, (kind, all, inFlight) => {
      const decisions = decideReuse(kind, all, inFlight);
      for (const { id, selected, state, bases } of all) {
        if (decisions.get(id)?.kind !== "build") continue;
        const onBuilt = bases.some((base) => decisions.get(base)?.kind === "build");
        expect(selected || state === "stale" || state === "absent" || onBuilt).toBe(true);
      }
    }),
  );
});
