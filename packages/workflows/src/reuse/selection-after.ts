import type { Cause, SelectedChanges } from "@fanfold/changed-backends";
import { withDependents } from "@fanfold/changed-backends/internal";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { PublishedImage } from "../published/published-images.ts";
import type { ReuseDecision } from "./decide.ts";
import type { PublishedState } from "./published-state.ts";

export interface DecidedImages {
  /** All of the family. */
  readonly images: readonly PublishedImage[];
  readonly graph: FamilyGraph;
  readonly decisions: ReadonlyMap<string, ReuseDecision>;
  readonly states: ReadonlyMap<string, PublishedState>;
}

/**
 * The entries that are built, each with its causes: what changed, what it stands on and is built, or that it is not published as
 * it is now. `changed`: as the diff selects, without what stands on that. What another workflow publishes stays as it is.
 */
export function selectionAfter(
  changed: SelectedChanges,
  { images, graph, decisions, states }: DecidedImages,
): SelectedChanges {
  const { selection } = changed;
  const before = withDependents(selection, graph);
  const ids = new Map<string, string>();
  const isBuilt = new Map<string, boolean>();
  for (const { list, group } of images) {
    const decision = decisions.get(group.identity.id);
    const selected = before.lists.find(({ name }) => name === list)?.selected.includes(group.legs[0].index) === true;
    for (const { index } of group.legs) {
      ids.set(`${list} ${index}`, group.identity.id);
      isBuilt.set(`${list} ${index}`, decision === undefined ? selected : decision.kind === "build");
    }
  }
  const built = ({ matrix, entry }: Pick<Cause, "matrix" | "entry">) => isBuilt.get(`${matrix} ${entry}`) === true;
  const lists = selection.lists.map((list) => ({
    ...list,
    selected: Array.from({ length: list.total }, (_, entry) => entry).filter((entry) =>
      built({ matrix: list.name, entry }),
    ),
  }));
  const stale = (matrix: string, entry: number): Cause => {
    const state = states.get(ids.get(`${matrix} ${entry}`) ?? "");
    return { matrix, entry, rule: "stale", stale: state?.why || state?.state || "not published", path: null };
  };
  const lost = lists.flatMap(({ name, selected }) =>
    selected
      .filter((entry) => {
        const decision = decisions.get(ids.get(`${name} ${entry}`) ?? "");
        return decision?.kind === "build" && decision.lost !== undefined;
      })
      .map((entry) => stale(name, entry)),
  );
  const own = [...selection.causes.filter(built), ...lost];
  const onBuilt = withDependents({ ...selection, runAll: false, lists, causes: own }, graph).causes;
  // What stands on what is built may say so, and what does not was selected by what is not.
  const all = selection.runAll ? own : onBuilt.filter(built);
  const named = new Set(all.map(({ matrix, entry }) => `${matrix} ${entry}`));
  const causes = lists.flatMap(({ name, selected }) =>
    selected.flatMap((entry) =>
      named.has(`${name} ${entry}`)
        ? all.filter((cause) => cause.matrix === name && cause.entry === entry)
        : [stale(name, entry)],
    ),
  );
  return { ...changed, selection: { ...selection, lists, causes } };
}
