import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { type BaseGraph, dependentsOf } from "../bases/base-graph.ts";
import type { Edge } from "../bases/edges.ts";
import { type Cause, type Selection, wholeImages } from "./selection.ts";

/** What a list's images are built from; its entries are the graph's, in the same order. */
export interface ListGraph {
  readonly list: MatrixList;
  readonly graph: Pick<BaseGraph, "edges" | "perhaps">;
  readonly identify: Identify;
}

/** A selection, and everything that is built from what it selects, directly or not. */
export function withDependents(selection: Selection, { list, graph, identify }: ListGraph): Selection {
  const chosen = selection.lists.find(({ name }) => name === list.name)?.selected ?? [];
  // Of everything there is nothing to add, and one reason is enough.
  if (selection.runAll || chosen.length === 0) return selection;
  const ids = list.entries.map((entry) => identify(entry).id);
  const edges = [...graph.edges, ...graph.perhaps].flat();
  const built = new Set(chosen.flatMap((entry) => ids[entry] ?? []));
  for (const id of dependentsOf(built, edges)) built.add(id);
  const added = list.entries.flatMap((_, entry): readonly Cause[] => {
    const causesOf = (each: readonly Edge[] = []): readonly Cause[] =>
      each
        .filter(({ to }) => built.has(to))
        .map(({ base, where }) => ({ matrix: list.name, entry, rule: "base", base, inferred: where, path: null }));
    const certain = causesOf(graph.edges[entry]).map((cause) => [`${cause.base} ${cause.inferred}`, cause] as const);
    // What may be any of them is said once.
    const perhaps = causesOf(graph.perhaps[entry])
      .map((cause) => [`${cause.inferred}`, cause] as const)
      .toReversed();
    return [...new Map([...certain, ...perhaps]).values()];
  });
  const own = selection.causes.filter(({ matrix }) => matrix === list.name);
  const whole = wholeImages(list, [...own, ...added], ids);
  return {
    ...selection,
    lists: selection.lists.map((each) => (each.name === list.name ? whole.selection : each)),
    causes: selection.lists.flatMap(({ name }) =>
      name === list.name ? whole.causes : selection.causes.filter(({ matrix }) => matrix === name),
    ),
  };
}
