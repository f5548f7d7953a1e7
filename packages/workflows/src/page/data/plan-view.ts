import type { FileStatus, Precision } from "@fanfold/changed-backends";
import { causeLine, diffLine, listLines } from "@fanfold/changed-backends/internal";
import type { Plan } from "../../plan/plan.ts";
import type { PlannedLists } from "../../plan/plan-outputs.ts";
import { eventLine, outcomeIn } from "../../plan/render.ts";
import { republishedNames } from "../../plan/republished.ts";
import type { ReuseState } from "../../reuse/published-state.ts";

/** A plan as its page shows it: by images, without what only jobs need. */
export interface PlanView {
  /** `push refs/heads/main, 1a2b3c4..5d6e7f8` */
  readonly event: string;
  /** `12 changed files, exact, by git` */
  readonly diff: string;
  readonly precision: Precision;
  /** `3 current, 1 stale, of 4 images`; null: no registry was asked. */
  readonly published: string | null;
  readonly files: readonly {
    readonly path: string;
    readonly previousPath: string | null;
    readonly status: FileStatus;
  }[];
  /** Entries of the matrix file. */
  readonly entries: { readonly selected: number; readonly total: number };
  readonly images: readonly PlanViewImage[];
  /** Names of the images that stay as they are. */
  readonly leftOut: readonly string[];
  readonly warnings: readonly string[];
}

export interface PlanViewImage {
  readonly name: string;
  /** The list of the matrix file. */
  readonly list: string;
  readonly legs: readonly string[];
  /** From 1; null: it waits for nothing, and nothing waits for it. */
  readonly wave: number | null;
  /** `merged`, `tagged`, `only built`, … */
  readonly outcome: string;
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly causes: readonly string[];
  readonly bases: readonly { readonly name: string; readonly built: boolean }[];
  /** What is published of it; null: nobody asked. */
  readonly state: ReuseState | null;
  readonly contentKey: string | null;
}

/** @param published - what registries have said, in a line */
export function planView(plan: Plan, { lists, identify }: PlannedLists, published: string | undefined): PlanView {
  const again = republishedNames(plan);
  const lines = listLines(plan, lists, identify);
  const matrices = Object.entries(plan.matrices);
  return {
    event: eventLine(plan),
    diff: diffLine(plan.diff),
    precision: plan.diff.precision,
    published: published ?? null,
    files: plan.diff.files.map(({ path, previousPath, status }) => ({ path, previousPath, status })),
    entries: {
      selected: matrices.reduce((sum, [, { entries }]) => sum + entries.length, 0),
      total: matrices.reduce((sum, [, { total }]) => sum + total, 0),
    },
    images: [...builtImages(plan, { lists, identify }, lines), ...republishedImages(plan)],
    leftOut: lines.flatMap(({ leftOut }) => leftOut.filter((image) => !again.has(image))),
    warnings: plan.warnings,
  };
}

function builtImages(
  plan: Plan,
  { identify }: Pick<PlannedLists, "lists" | "identify">,
  lines: ReturnType<typeof listLines>,
): readonly PlanViewImage[] {
  const outcome = outcomeIn(plan);
  return lines.flatMap(({ name: list, images }) => {
    const planned = plan.matrices[list];
    const entries = (planned?.entries ?? []).map((entry, at) => ({ at, entry, identity: identify(entry) }));
    const waves = new Map(
      (planned?.shards.waves ?? []).flatMap((shards, wave) => shards.flat().map((at) => [at, wave + 1] as const)),
    );
    const causes = Map.groupBy(
      plan.causes.filter(({ matrix }) => matrix === list),
      ({ entry }) => entries[entry]?.identity.id,
    );
    const groups = new Map(plan.groups.filter(({ matrix }) => matrix === list).map((group) => [group.image, group]));
    // Both are by image, in the order of their first entries.
    return [...Map.groupBy(entries, ({ identity }) => identity.id)].flatMap(([id, legs], position) => {
      const line = images[position];
      if (line === undefined) return [];
      const group = groups.get(line.image);
      const bases = legs.flatMap(({ entry }) => plan.bases[entry["artifact-name"]] ?? []);
      return {
        name: line.image,
        list,
        legs: legs.map(({ entry }) => String(entry["platforms"] || entry["platform-tag"] || entry["runs-on"] || "")),
        wave: waves.get(legs[0]?.at ?? -1) ?? null,
        outcome: outcome(line),
        repositories: group?.images ?? [],
        tags: group?.tags ?? [],
        causes: [...new Set((causes.get(id) ?? []).map(causeLine))],
        bases: [...new Map(bases.map(({ image, selected }) => [image, { name: image, built: selected }])).values()],
        state: group?.state ?? null,
        contentKey: group?.["content-key"] ?? null,
      };
    });
  });
}

const AGAIN = { claim: "claimed, not built", heal: "healed, not built", retag: "retagged, not built" } as const;

/** What is published again without a build. */
function republishedImages({ groups }: Plan): readonly PlanViewImage[] {
  return groups.flatMap((group): readonly PlanViewImage[] => {
    if (group.from === null) return [];
    return [
      {
        name: group.image,
        list: group.matrix,
        legs: group.legs.map(({ platform }) => platform),
        wave: null,
        outcome: AGAIN[group.from.why],
        repositories: group.images,
        tags: group.tags,
        causes: [],
        bases: [],
        state: group.state,
        contentKey: group["content-key"],
      },
    ];
  });
}
