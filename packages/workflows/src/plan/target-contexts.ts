import { targetName } from "@fanfold/changed-backends/internal";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { BakeTarget } from "../build/target.ts";
import type { PublishedImage } from "../published/published-images.ts";

/**
 * Builds whose named contexts are other entries (`target:…`), which a bake file of one build does not hold: a base of this run
 * is handed over by the build itself, and any other is what the default branch has published.
 */
export function withoutForeignTargets(
  targets: Readonly<Record<string, BakeTarget>>,
  selected: readonly PublishedImage[],
  { list, graph, publishedAs }: FamilyGraph,
): Readonly<Record<string, BakeTarget>> {
  const images = selected.filter((image) => image.list === list.name);
  const built = new Set(images.map(({ group }) => group.identity.id));
  const changed = images.flatMap(({ group }) =>
    group.legs.flatMap(({ index, artifact }): readonly [string, BakeTarget][] => {
      const bases = new Map(
        (graph.edges[index] ?? []).flatMap(({ reference, to }): readonly [string, string][] => {
          const name = reference === undefined ? undefined : targetName(reference);
          return name === undefined ? [] : [[`target:${name}`, to]];
        }),
      );
      const target = targets[artifact];
      const contexts = target?.["contexts"];
      if (bases.size === 0 || target === undefined || !isJsonObject(contexts)) return [];
      const kept = Object.entries(contexts).flatMap(([name, value]): readonly [string, Json][] => {
        const base = typeof value === "string" ? bases.get(value) : undefined;
        if (base === undefined) return [[name, value]];
        const published = built.has(base) ? undefined : publishedAs(base);
        return published === undefined ? [] : [[name, `docker-image://${published}`]];
      });
      return [[artifact, { ...target, contexts: Object.fromEntries(kept) }]];
    }),
  );
  return { ...targets, ...Object.fromEntries(changed) };
}
