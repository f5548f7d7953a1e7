import { contextOf, type Edge, imageReferences } from "@fanfold/changed-backends/internal";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { BuildTargets } from "../build/targets.ts";
import type { PublishedImage } from "../published/published-images.ts";

/** An image of the family that an entry is built from. */
export interface PlannedBase {
  /**
   * The name of the build context that stands for it: the image's name as the Dockerfile writes it, in the short form in
   * which buildx compares it (no `docker.io/`, no `library/`, no `:latest`). Null: no line of the Dockerfile names it, so
   * that it is only built before.
   */
  readonly context: string | null;
  /** The base's name. */
  readonly image: string;
  /** Of the base's legs in this run; none where it is not built in it. */
  readonly artifacts: readonly string[];
  /** Whether it is built in this run; it is taken as published otherwise. */
  readonly selected: boolean;
  /** Of one that is not, its digest by repository, as the plan has read it: the build is handed that. Null: nobody knows. */
  readonly digest: Readonly<Record<string, string>> | null;
  /** The build inside the entry's own that asks for it, as `linked` names it; absent: the entry's own does. */
  readonly within?: string;
}

/** By artifact name, of selected entries that are built from images of the family. */
export type PlannedBases = Readonly<Record<string, readonly PlannedBase[]>>;

type BasedEntry = FamilyGraph["entries"][number];
type AskingBuild = Pick<BasedEntry, "question" | "dockerfile">;

/**
 * What the graph of a family says of the images that a run builds. `published`: digests of images that are not built, by their
 * ids.
 */
export function plannedBases(
  { list, graph, entries }: FamilyGraph,
  selected: readonly PublishedImage[],
  { targets, linked = {} }: Pick<BuildTargets, "targets"> & Partial<Pick<BuildTargets, "linked">>,
  published: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(),
): PlannedBases {
  const built = new Map(
    selected.filter((image) => image.list === list.name).map((image) => [image.group.identity.id, image]),
  );
  const bases: Record<string, readonly PlannedBase[]> = {};
  for (const { group } of built.values()) {
    for (const { index, artifact } of group.legs) {
      const found = (graph.edges[index] ?? []).map(
        ({ within, ...edge }): PlannedBase => ({
          context: contextIn(edge, buildIn(entries[index], within), targetIn({ targets, linked }, artifact, within)),
          image: edge.base,
          artifacts: (built.get(edge.to)?.group.legs ?? []).map((leg) => leg.artifact),
          selected: built.has(edge.to),
          digest: built.has(edge.to) ? null : (published.get(edge.to) ?? null),
          ...(within === undefined ? {} : { within }),
        }),
      );
      if (found.length === 0) continue;
      const keyOf = ({ context, image, within }: PlannedBase): string =>
        JSON.stringify([context, image, within ?? null]);
      bases[artifact] = [...new Map(found.map((base) => [keyOf(base), base])).values()];
    }
  }
  return bases;
}

/** A glob of what the bases of an entry leave behind in a run, whatever the attempt; undefined: there is nothing. */
export function basesPattern(bases: readonly PlannedBase[]): string | undefined {
  const patterns = [...new Set(bases.flatMap(({ artifacts }) => artifacts))].map((artifact) => `${artifact}-*`);
  if (patterns.length < 2) return patterns[0];
  return `{${patterns.join(",")}}`;
}

/** The context's name, with what only the build itself is given: values that come from the event. */
function contextIn({ reference }: Edge, entry: AskingBuild | undefined, target: JsonObject | undefined): string | null {
  if (reference === undefined) return null;
  const known = contextOf(reference);
  if (known !== undefined || entry?.dockerfile === undefined) return known ?? null;
  const given = Object.entries(objectOf(target?.["args"])).map(([name, value]) => [name, String(value)] as const);
  const question = { ...entry.question, arguments: { values: new Map(given), open: false } };
  const asBuilt = imageReferences(entry.dockerfile, question).find(
    ({ line, label }) => line === reference.line && label === reference.label,
  );
  return (asBuilt === undefined ? undefined : contextOf(asBuilt)) ?? null;
}

/** The entry's own build, or one inside it. */
function buildIn(entry: BasedEntry | undefined, within: string | undefined): AskingBuild | undefined {
  return within === undefined ? entry : entry?.linked?.find(({ name }) => name === within);
}

function targetIn(
  { targets, linked }: Pick<BuildTargets, "targets" | "linked">,
  artifact: string,
  within: string | undefined,
): JsonObject | undefined {
  return within === undefined ? targets[artifact] : linked[artifact]?.[within];
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
