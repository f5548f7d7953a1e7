import { dependentsOf } from "@fanfold/changed-backends/internal";
import type { FamilyGraph } from "./family-graph.ts";

/** What an image of the family is built from, and what is built from it. */
export interface ImageBases {
  /** From 1; null: it neither has a base nor is one. */
  readonly wave: number | null;
  /** Each with the line that says so: `app/Dockerfile:3 FROM ${BASE}`. */
  readonly bases: readonly { readonly image: string; readonly where: string }[];
  readonly dependents: readonly string[];
}

/** Neighbours of one image, by its id. */
export function basesOf({ graph, entries }: Pick<FamilyGraph, "graph" | "entries">, id: string): ImageBases {
  const edges = graph.edges.flat();
  const below = edges.filter(({ from }) => from === id).map(({ base, where }) => ({ image: base, where }));
  const above = new Set(edges.flatMap(({ from, to }) => (to === id ? [from] : [])));
  return {
    wave: graph.waves.get(id) ?? null,
    bases: [...new Map(below.map((base) => [`${base.image} ${base.where}`, base])).values()],
    dependents: [...new Set(entries.flatMap(({ image }) => (above.has(image.id) ? [image.name] : [])))],
  };
}

/** Names of what would be selected with images of these names, because it is, or may be, built from them; in file order. */
export function standingOn(
  names: Iterable<string>,
  { graph, entries }: Pick<FamilyGraph, "graph" | "entries">,
): readonly string[] {
  const given = new Set(names);
  const ids = entries.flatMap(({ image }) => (given.has(image.name) ? [image.id] : []));
  const above = dependentsOf(ids, [...graph.edges, ...graph.perhaps].flat());
  return [...new Set(entries.flatMap(({ image }) => (above.has(image.id) ? [image.name] : [])))];
}

/** Names of images wave by wave, in file order; empty: no image is built from another one. */
export function waveNames({ graph, entries }: Pick<FamilyGraph, "graph" | "entries">): readonly (readonly string[])[] {
  const names = Array.from({ length: Math.max(0, ...graph.waves.values()) }, () => new Set<string>());
  for (const { image } of entries) names[(graph.waves.get(image.id) ?? 0) - 1]?.add(image.name);
  return names.map((each) => [...each]);
}
