import type { SignatureState } from "@fanfold/digest-tools/planning";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decideReuse, type ReuseCandidate, type ReuseDecision, type ReuseEvent } from "./decide.ts";
import type { PublishedState, ReuseState } from "./published-state.ts";
import { SignedStates } from "./trusted-states.ts";

const digest = (id: string): string => `sha256:${id.padStart(64, "0")}`;
const reference = (id: string, repository = "quay.io/x"): string => `${repository}@${digest(id)}`;
const published = (id: string, state: ReuseState): PublishedState => ({
  state,
  ledger: `quay.io/x:main-${id}`,
  standing: undefined,
  index: state === "absent" ? {} : { "quay.io/x": digest(id), "ghcr.io/x": digest(id) },
  why: "",
});

interface Image {
  readonly id: string;
  readonly selected?: boolean;
  readonly state: ReuseState;
  readonly bases?: readonly string[];
}

/** Decides as a plan does, in rounds; `signatures`: what is not ours. */
async function decide(event: ReuseEvent, images: readonly Image[], signatures: ReadonlyMap<string, SignatureState>) {
  let states: ReadonlyMap<string, PublishedState> = new Map(images.map(({ id, state }) => [id, published(id, state)]));
  const bases = new Map(images.map((image) => [image.id, image.bases ?? []]));
  const rounds: (readonly string[])[] = [];
  const signed = new SignedStates(async (references) => {
    rounds.push(references);
    return new Map(references.map((each) => [each, signatures.get(each) ?? { kind: "signed" }]));
  });
  for (;;) {
    const candidates = images.map(
      ({ id, selected = false, bases: own = [] }): ReuseCandidate => ({
        id,
        selected,
        state: states.get(id)?.state,
        bases: own,
        namesVersion: false,
      }),
    );
    const decisions = decideReuse(event, candidates, undefined);
    const next = await signed.next({ states, decisions, bases });
    if (next === undefined) return { decisions, states, rounds };
    states = next;
  }
}

const foreign = (...ids: readonly string[]): ReadonlyMap<string, SignatureState> =>
  new Map(ids.map((id) => [reference(id, "ghcr.io/x"), { kind: "unsigned", reason: "no signatures found" }]));
const kinds = (decisions: ReadonlyMap<string, ReuseDecision>) =>
  Object.fromEntries([...decisions].map(([id, { kind }]) => [id, kind]));

describe("what is published again is ours", () => {
  test.each<[ReuseEvent, Image, string]>([
    ["push", { id: "1", selected: true, state: "current" }, "claim"],
    ["push", { id: "1", state: "incomplete" }, "heal"],
    ["release", { id: "1", selected: true, state: "current" }, "retag"],
  ])("or it is built: on a %s", async (event, image, otherwise) => {
    const ours = await decide(event, [image], new Map());
    expect([kinds(ours.decisions), ours.rounds]).toEqual([
      { "1": otherwise },
      [[reference("1"), reference("1", "ghcr.io/x")]],
    ]);
    // A signature that one repository lacks is enough.
    const theirs = await decide(event, [image], foreign("1"));
    expect(kinds(theirs.decisions)).toEqual({ "1": "build" });
    expect(theirs.states.get("1")).toMatchObject({
      state: "stale",
      why: `quay.io/x:main-1 carries no signature that counts in ${reference("1", "ghcr.io/x")}: no signatures found`,
    });
  });

  it("and what nobody can tell of is left to the diff", async () => {
    const unknown: SignatureState = { kind: "unknown", reason: "tuf refresh failed" };
    const images: readonly Image[] = [
      { id: "1", selected: true, state: "current" },
      { id: "2", state: "incomplete" },
    ];
    const all = new Map(["1", "2"].map((id) => [reference(id), unknown] as const));
    const { decisions, states } = await decide("push", images, all);
    expect(kinds(decisions)).toEqual({ "1": "build", "2": "leave" });
    expect(states.get("2")).toMatchObject({ state: "unreadable", why: expect.stringContaining("tuf refresh failed") });
  });

  it("asks for nothing that is not relied on", async () => {
    const images: readonly Image[] = [
      { id: "1", state: "current" },
      { id: "2", selected: true, state: "stale" },
      { id: "3", state: "absent" },
    ];
    expect((await decide("push", images, foreign("1", "2"))).rounds).toEqual([]);
  });
});

it("what is built on something that is not ours gets it built along", async () => {
  const images: readonly Image[] = [
    { id: "1", state: "current" },
    { id: "2", selected: true, state: "stale", bases: ["1"] },
  ];
  expect(kinds((await decide("push", images, new Map())).decisions)).toEqual({ "1": "leave", "2": "build" });
  const theirs = await decide("push", images, foreign("1"));
  expect(kinds(theirs.decisions)).toEqual({ "1": "build", "2": "build" });
  expect(theirs.states.get("1")?.state).toBe("absent");
});

const STATES: readonly ReuseState[] = ["current", "stale", "absent", "incomplete", "unknown", "unreadable"];

it("nothing that is not ours is published again or built on, whatever is published, and each is asked for twice at most", async () => {
  const image = fc.record({
    selected: fc.boolean(),
    state: fc.constantFrom(...STATES),
    bases: fc.array(fc.nat(7), { maxLength: 2 }),
    signature: fc.constantFrom<SignatureState["kind"]>("signed", "unsigned", "unknown"),
  });
  const events: readonly ReuseEvent[] = ["push", "release", "forced", "stale-schedule"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...events), fc.array(image, { maxLength: 8 }), async (event, drawn) => {
      const images = drawn.map(({ selected, state, bases }, at) => ({
        id: String(at),
        selected,
        state,
        bases: [...new Set(bases)].filter((base) => base < at).map(String),
      }));
      const signatures = new Map(
        drawn.map(({ signature }, at): [string, SignatureState] => [
          reference(String(at)),
          signature === "signed" ? { kind: "signed" } : { kind: signature, reason: "x" },
        ]),
      );
      const { decisions, rounds } = await decide(event, images, signatures);
      for (const { id, bases } of images) {
        const kind = decisions.get(id)?.kind;
        if (kind === "claim" || kind === "heal" || kind === "retag")
          expect(drawn[Number(id)]?.signature).toBe("signed");
        for (const base of kind === "build" ? bases : []) {
          const handed = decisions.get(base)?.kind !== "build" && images[Number(base)]?.state !== "absent";
          if (handed) expect(drawn[Number(base)]?.signature).toBe("signed");
        }
      }
      const asked = rounds.flat();
      for (const { id } of images) expect(asked.filter((each) => each === reference(id)).length).toBeLessThanOrEqual(2);
    }),
  );
});
