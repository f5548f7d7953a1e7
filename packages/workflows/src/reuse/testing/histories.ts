import type { ScratchRepository } from "@fanfold-rigs/github-stand-in";
import fc from "fast-check";
import type { ModelTools } from "./model-run.ts";
import { type ModelOp, ModelWorld } from "./model-world.ts";

/** What happens, and in which order what is then under way comes to its end. */
export interface PlayedHistory {
  readonly ops: readonly ModelOp[];
  readonly order: readonly number[];
}

const at = fc.nat(4);
const place = fc.nat(1);
const image = fc.nat(4);

/** Mostly pushes and stages of runs; runs end in any order, fail, are cancelled; registries forget and are down. */
const op: fc.Arbitrary<ModelOp> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("push" as const),
      change: fc.constantFrom("text" as const, "text" as const, "revert" as const, "mode" as const, "nothing" as const),
      image,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("step" as const),
      at,
      fails: fc.option(fc.nat(5), { freq: 4, nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), at }) },
  { weight: 1, arbitrary: fc.constant({ kind: "release" } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete-tag" as const), image, place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete-child" as const), image, place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("down" as const), place }) },
  { weight: 2, arbitrary: fc.constant({ kind: "up" } as const) },
);

export function histories(most: number): fc.Arbitrary<PlayedHistory> {
  return fc.record({
    ops: fc.array(op, { minLength: 2, maxLength: most, size: "max" }),
    order: fc.array(at, { maxLength: 6 }),
  });
}

/** Plays a history in a world of its own; what an invariant found, and what happened. */
export async function play(
  { ops, order }: PlayedHistory,
  scratch: string,
  makeTools: (repository: ScratchRepository) => Promise<ModelTools>,
): Promise<{ readonly broken: readonly string[]; readonly log: readonly string[] }> {
  await using world = await ModelWorld.create(scratch, makeTools);
  for (const each of ops) await world.apply(each);
  await world.settle(order);
  await world.cleanUp();
  return { broken: world.broken, log: world.log };
}
