import { describe, expect, test } from "vitest";
import { decideReuse, type ReuseCandidate, type ReuseDecision, type ReuseEvent } from "./decide.ts";
import { REUSE_STATES, type ReuseState } from "./published-state.ts";

function candidate(id: string, state: ReuseState | undefined, more: Partial<ReuseCandidate> = {}): ReuseCandidate {
  return { id, state, selected: false, bases: [], namesVersion: false, ...more };
}

const one = (event: ReuseEvent, state: ReuseState | undefined, more: Partial<ReuseCandidate> = {}, run?: string) =>
  decideReuse(event, [candidate("x", state, more)], run).get("x");

const BUILD: ReuseDecision = { kind: "build" };
const LEAVE: ReuseDecision = { kind: "leave" };

describe("a push", () => {
  test.each<[ReuseState | undefined, ReuseDecision, ReuseDecision]>([
    // State; what becomes of what the diff selects, and of what it does not.
    ["current", { kind: "claim" }, LEAVE],
    ["incomplete", { kind: "heal" }, { kind: "heal" }],
    ["stale", BUILD, { kind: "build", lost: "stale" }],
    ["absent", BUILD, { kind: "build", lost: "absent" }],
    ["unknown", BUILD, LEAVE],
    ["unreadable", BUILD, LEAVE],
    [undefined, BUILD, LEAVE],
  ])("%s", (state, selected, not) => {
    expect(one("push", state, { selected: true })).toEqual(selected);
    expect(one("push", state)).toEqual(not);
  });

  test("what is lost is left to an earlier run that is not over, and nothing else is", () => {
    expect(one("push", "stale", {}, "run 7")).toEqual({ kind: "leave", to: "run 7" });
    expect(one("push", "absent", {}, "run 7")).toEqual({ kind: "leave", to: "run 7" });
    expect(one("push", "stale", { selected: true }, "run 7")).toEqual(BUILD);
    expect(one("push", "current", { selected: true }, "run 7")).toEqual({ kind: "claim" });
  });

  test("what stands on a lost build is built with it", () => {
    const images = [candidate("base", "stale"), candidate("app", "current", { bases: ["base"] })];
    expect([...decideReuse("push", images, undefined).values()]).toEqual([{ kind: "build", lost: "stale" }, BUILD]);
    expect([...decideReuse("push", images, "run 7").values()]).toEqual([{ kind: "leave", to: "run 7" }, LEAVE]);
  });

  test("what is claimed is no reason to build what stands on it", () => {
    const images = [
      candidate("base", "current", { selected: true }),
      candidate("app", "current", { selected: true, bases: ["base"] }),
    ];
    expect([...decideReuse("push", images, undefined).values()]).toEqual([{ kind: "claim" }, { kind: "claim" }]);
  });

  test("a base that is not there is built for what stands on it, whoever else may be at it", () => {
    const images = [candidate("base", "absent"), candidate("app", "stale", { selected: true, bases: ["base"] })];
    expect(decideReuse("push", images, "run 7").get("base")).toEqual({ kind: "build", lost: "absent" });
  });
});

describe("a release", () => {
  test("gives what its branch has published its tags, and builds the rest", () => {
    for (const state of REUSE_STATES) {
      const there = state === "current" || state === "incomplete";
      expect([state, one("release", state, { selected: true })]).toEqual([state, there ? { kind: "retag" } : BUILD]);
    }
  });

  test("builds what names its version", () => {
    expect(one("release", "current", { selected: true, namesVersion: true })).toEqual(BUILD);
  });
});

test("a dispatch and FORCE_ALL build what they name, whatever is published", () => {
  for (const state of [...REUSE_STATES, undefined]) {
    expect(one("forced", state, { selected: true })).toEqual(BUILD);
    expect(one("forced", state)).toEqual(LEAVE);
  }
});

test("a schedule for what is stale builds all but what is published", () => {
  for (const state of [...REUSE_STATES, undefined]) {
    const expected = state === "current" ? LEAVE : state === "incomplete" ? { kind: "heal" } : BUILD;
    expect([state, one("stale-schedule", state, { selected: true })]).toEqual([state, expected]);
  }
});

test("a pull request leaves out what its target has, and builds nothing that is lost", () => {
  for (const state of [...REUSE_STATES, undefined]) {
    const there = state === "current" || state === "incomplete";
    expect([state, one("proposal", state, { selected: true })]).toEqual([state, there ? LEAVE : BUILD]);
    expect([state, one("proposal", state)]).toEqual([state, LEAVE]);
  }
});
