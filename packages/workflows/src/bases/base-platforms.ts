import type { BasedEntry, BaseGraph, Edge } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { includesPlatform } from "../build/smoke-test.ts";

/**
 * Legs for a platform that what they are built from is not built for: BuildKit finds that when all that is below has been built.
 * A stage that names its platform says itself which it takes.
 */
export function platformFindings(
  entries: readonly BasedEntry[],
  { edges }: Pick<BaseGraph, "edges">,
): readonly Diagnostic[] {
  const seen = new Set<string>();
  // Hundreds of images may stand on one base.
  const byBase = new Map<string, Unserved & { readonly images: string[] }>();
  for (const [index, entry] of entries.entries()) {
    for (const edge of edges[index] ?? []) {
      const pair = JSON.stringify([edge.from, edge.to]);
      if (seen.has(pair) || saysPlatform(edge, entry)) continue;
      const built = platformsOf(edge.to, entries);
      const missing = built === undefined ? [] : lacking(edge, entry, { built, entries });
      if (missing.length === 0) continue;
      seen.add(pair);
      const key = JSON.stringify([edge.to, missing]);
      const unserved = byBase.get(key) ?? { edge, missing, built, images: [] };
      unserved.images.push(imageText(entry.image.name));
      byBase.set(key, unserved);
    }
  }
  return [...byBase.values()].map((unserved) => platformFinding(unserved, unserved.images));
}

/** The first edge to a base from images that are built for more platforms than it is. */
interface Unserved extends Pick<BuiltFor, "built"> {
  readonly edge: Edge;
  readonly missing: readonly string[];
}

/** Those of an image's legs; undefined: a leg names none, and is built for its runner's, whichever that is. */
function platformsOf(id: string, entries: readonly BasedEntry[]): readonly string[] | "runner" | undefined {
  const legs = entries.filter(({ image }) => image.id === id).map(({ question }) => question.platforms);
  if (legs.length === 1 && legs[0]?.length === 0) return "runner";
  return legs.some((platforms) => platforms.length === 0) ? undefined : legs.flat();
}

interface BuiltFor {
  readonly built: readonly string[] | "runner" | undefined;
  readonly entries: readonly BasedEntry[];
}

/** Of one that is built for its runner's platform nobody knows which it is, but that it is one. */
function lacking({ from }: Edge, { question }: BasedEntry, { built, entries }: BuiltFor): readonly string[] {
  if (built !== "runner") {
    return question.platforms.filter((platform) => !includesPlatform(built ?? [], platform));
  }
  const all = platformsOf(from, entries);
  return Array.isArray(all) && all.length > 1 ? all.slice(1) : [];
}

function saysPlatform({ reference }: Edge, { dockerfile }: BasedEntry): boolean {
  if (reference === undefined || reference.label.includes("--platform=")) return true;
  // A named context is taken by a stage, which may say one.
  return reference.line === 0 && dockerfile?.stages.some(({ from }) => from.platform !== "") !== false;
}

function platformFinding(
  { edge: { base, where, at }, missing, built }: Unserved,
  images: readonly string[],
): Diagnostic {
  const alone = Array.isArray(built) ? built.join(" and ") : "the platform of its runner";
  const are = images.length === 1 ? "is" : "are";
  return {
    code: "base-platform",
    severity: "warning",
    message: `${fewNames(images, 5)} ${are} built for ${missing.join(" and ")} from ${imageText(base)} (${where}), which is built for ${alone} alone`,
    at,
    fix: `build ${imageText(base)} for it, too, or say in the stage which is meant: FROM --platform=…`,
  };
}
