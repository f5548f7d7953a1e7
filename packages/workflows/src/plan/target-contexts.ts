import { targetName } from "@fanfold/changed-backends/internal";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { type AskedContext, withContexts } from "../build/inner-targets.ts";
import type { BakeTarget } from "../build/target.ts";
import type { BuildTargets } from "../build/targets.ts";
import type { PublishedImage } from "../published/published-images.ts";

type Targets = Pick<BuildTargets, "targets" | "linked">;

/**
 * Builds whose named contexts are other entries (`target:…`), which a bake file of one build does not hold: a base of this run
 * is handed over by the build itself, and any other is what the default branch has published.
 */
export function withoutForeignTargets(
  { targets, linked }: Targets,
  selected: readonly PublishedImage[],
  { list, graph, publishedAs }: FamilyGraph,
): Targets {
  const images = selected.filter((image) => image.list === list.name);
  const built = new Set(images.map(({ group }) => group.identity.id));
  const legs = images.flatMap(({ group }) => group.legs);
  const changed = { targets: { ...targets }, linked: { ...linked } };
  for (const { index, artifact } of legs) {
    const bases = new Map(
      (graph.edges[index] ?? []).flatMap(({ reference, to }): readonly [string, string][] => {
        const name = reference === undefined ? undefined : targetName(reference);
        return name === undefined ? [] : [[`target:${name}`, to]];
      }),
    );
    if (bases.size === 0) continue;
    const ground = { bases, built, publishedAs };
    const [target, inside] = [targets[artifact], linked[artifact]];
    if (target !== undefined) changed.targets[artifact] = withoutBases(target, ground);
    if (inside !== undefined) {
      const others = Object.entries(inside).map(([name, each]) => [name, withoutBases(each, ground)] as const);
      changed.linked[artifact] = Object.fromEntries(others);
    }
  }
  return changed;
}

interface ContextGround extends Pick<FamilyGraph, "publishedAs"> {
  /** Ids of images, by the contexts that stand for them. */
  readonly bases: ReadonlyMap<string, string>;
  readonly built: ReadonlySet<string>;
}

function withoutBases(target: BakeTarget, { bases, built, publishedAs }: ContextGround): BakeTarget {
  const contexts = target["contexts"];
  if (!isJsonObject(contexts)) return target;
  const kept = Object.entries(contexts).flatMap(([name, value]): readonly [string, Json][] => {
    const base = typeof value === "string" ? bases.get(value) : undefined;
    if (base === undefined) return [[name, value]];
    const published = built.has(base) ? undefined : publishedAs(base);
    return published === undefined ? [] : [[name, `docker-image://${published}`]];
  });
  return { ...target, contexts: Object.fromEntries(kept) };
}

/** Builds that take images from elsewhere by their digests, by artifact name. */
export function heldToDigests(
  { targets, linked }: Targets,
  held: ReadonlyMap<string, readonly AskedContext[]>,
): Targets {
  const all = Object.entries(targets).map(([artifact, target]) => {
    const build = { target, inner: linked[artifact] ?? {} };
    return { artifact, inside: linked[artifact] !== undefined, ...withContexts(build, held.get(artifact) ?? []) };
  });
  return {
    targets: Object.fromEntries(all.map(({ artifact, target }) => [artifact, target])),
    linked: Object.fromEntries(all.flatMap(({ artifact, inside, inner }) => (inside ? [[artifact, inner]] : []))),
  };
}
