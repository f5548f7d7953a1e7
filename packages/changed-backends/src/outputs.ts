import { listOutputPart, withPart } from "@fanfold-internal/edge/list-output";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/edge/matrix-file";
import type { OutputPairs } from "@fanfold-internal/edge/output-file";
import { backendOf, type Selection } from "./selection.ts";

/** A matrix takes 256 jobs (https://docs.github.com/actions/reference/limits). */
const MAX_JOBS = 256;

/**
 * The outputs of a selection: `run-all`, per list `has-backends` and `matrix` (absent when it has more than 256 jobs), and
 * one boolean per backend. None is ever empty: a runner silently drops an output that holds a masked value, and whoever
 * reads `''` must be able to tell.
 */
export function selectionOutputs(lists: readonly MatrixList[], selection: Selection): OutputPairs {
  const pairs: (readonly [string, string])[] = [["run-all", String(selection.runAll)]];
  const backends = new Map<string, boolean>();
  for (const list of lists) {
    const part = listOutputPart(list.name);
    const selected = new Set(selection.lists.find(({ name }) => name === list.name)?.selected);
    const include = list.entries.filter((_, index) => selected.has(index)).map(emitted);
    pairs.push([withPart("has-backends", part), String(include.length > 0)]);
    if (include.length <= MAX_JOBS) pairs.push([withPart("matrix", part), JSON.stringify({ include })]);
    for (const [index, entry] of list.entries.entries()) {
      const backend = backendOf(entry);
      if (backend !== undefined) backends.set(backend, backends.get(backend) === true || selected.has(index));
    }
  }
  for (const [backend, selected] of backends) pairs.push([backend, String(selected)]);
  return pairs;
}

/** An entry as a job gets it: what it says of its inputs is the plan's business. */
export function emitted({ paths: _, ...entry }: MatrixEntry): MatrixEntry {
  return entry;
}
