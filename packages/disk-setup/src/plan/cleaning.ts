import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import type { CatalogueRow } from "../probe/catalogue.ts";
import type { Probe } from "../probe/probe-data.ts";
import { findDeletable } from "./deletion.ts";
import { type Rooms, roomsAfter, usable } from "./free-space.ts";
import { pruneLast } from "./images.ts";
import type { DeleteAction, LeftOut, PlanOptions, PruneAction } from "./plan-data.ts";

export interface Cleaning {
  readonly actions: readonly (DeleteAction | PruneAction)[];
  readonly reserve: readonly (DeleteAction | PruneAction)[];
  readonly leftOut: readonly LeftOut[];
  /** When the actions are done, and when all that can go is gone. */
  readonly expected: Rooms;
  readonly most: Rooms;
}

/** What to delete so that the need is free on each file system that counts: the densest first, no more than it takes. */
export function planCleaning(
  probe: Probe,
  options: Pick<PlanOptions, "need" | "keep" | "also">,
  rooms: Rooms,
  catalogue: readonly CatalogueRow[],
): Cleaning {
  const { need, keep } = options;
  const found = findDeletable(probe, options, rooms, catalogue);
  const prune = pruneLast(probe, keep, rooms);
  const possible = [...found.actions, ...(prune.kind === "prune-images" ? [prune] : [])];
  const leftOut = [...found.leftOut, ...(prune.kind === "prune-images" ? [] : [prune.leftOut])];
  const actions: (DeleteAction | PruneAction)[] = [];
  const reserve: (DeleteAction | PruneAction)[] = [];
  let expected = rooms;
  for (const action of possible) {
    const roomIn = (state: Rooms): number => {
      const room = state.get(action.filesystem);
      return room === undefined ? Number.POSITIVE_INFINITY : usable(room);
    };
    const omit = (reason: LeftOut["reason"], detail: string): unknown =>
      leftOut.push({ action: nameOf(action), reason, detail });
    if (need === null) omit("no-need", "nothing is deleted unless --need says how much is needed");
    else if (roomIn(expected) >= need) {
      // An estimate, so the script falls back on these.
      if (actions.some(({ filesystem }) => filesystem === action.filesystem)) reserve.push(action);
      else omit("need-met", "the need is met without it");
    } else if (action.kind === "prune-images" && roomIn(roomsAfter(expected, action)) < need) {
      // Images may be what an earlier step pulled on purpose, so they go only where that makes the difference.
      omit("not-enough", `it would free ${formatBytes(action.gain)}, and that would not be enough either`);
    } else {
      actions.push(action);
      expected = roomsAfter(expected, action);
    }
  }
  return { actions, reserve, leftOut, expected, most: possible.reduce(roomsAfter, rooms) };
}

const nameOf = (action: DeleteAction | PruneAction): string =>
  action.kind === "delete" ? `delete:${action.row}` : action.kind;
