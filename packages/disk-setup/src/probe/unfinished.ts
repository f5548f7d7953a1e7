import { UNITS, type UnfinishedMove } from "./probe-data.ts";
import type { System } from "./system.ts";

/** Root's directory for what a run must remember until the machine is switched off. */
export const STATE = "/run/disk-setup";

/**
 * Reads the note of a move that was killed: one line `from<TAB>to` for each store, then one with the units. A note that
 * was killed while it was written has no last line, and then nothing was changed yet.
 */
export function readUnfinished(system: System): UnfinishedMove | undefined {
  const text = system.read(`${STATE}/move`);
  if (text === undefined) return undefined;
  const lines = text.split("\n").map((line) => line.split("\t"));
  const stores = lines.flatMap(([from, to, ...rest]) =>
    from?.startsWith("/") && to?.startsWith("/") && rest.length === 0 ? [{ from, to }] : [],
  );
  const words = lines.find(([word]) => word === "units");
  return words === undefined ? undefined : { stores, units: UNITS.filter((unit) => words.includes(unit)) };
}
