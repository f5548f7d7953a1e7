import type { MetadataEvent } from "@fanfold/digest-tools/internal";
import type { Leg } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { BUILT_LIST } from "../config/lists.ts";
import type { BuildConfig } from "../keys/build-keys.ts";
import type { PublishedImage } from "../published/published-images.ts";
import {
  type BakeTarget,
  fillingOf,
  type MadeTarget,
  type TargetFault,
  type TargetGround,
  targetOf,
} from "./target.ts";

export interface BuildTargets {
  /** By artifact name; without those that must not be built. */
  readonly targets: Readonly<Record<string, BakeTarget>>;
  /** By artifact name, what is built inside a leg's own build, by the names that `contexts` have for it: `target:NAME`. */
  readonly linked: LinkedTargets;
  readonly problems: readonly Diagnostic[];
}

export type LinkedTargets = Readonly<Record<string, Readonly<Record<string, BakeTarget>>>>;

/**
 * What the build of each leg of the images is, of those that the generated workflow builds. One that cannot be built costs its
 * own image, not the others: it has no target, and a warning says why.
 */
export function buildTargets(
  images: readonly PublishedImage[],
  { build, event, baked = false }: BuildsGround,
): BuildTargets {
  const problems: Diagnostic[] = [];
  const targets: Record<string, BakeTarget> = {};
  const linked: Record<string, Readonly<Record<string, BakeTarget>>> = {};
  for (const { group, labels, metadata } of images.filter(({ list }) => list === BUILT_LIST)) {
    for (const [index, leg] of group.legs.entries()) {
      const filling = fillingOf(leg.entry, leg.artifact, { event, version: metadata.version });
      const ground = { build, filling, labels: labels[index] ?? {}, anew: event.name === "schedule" };
      const { target, faults } = targetOf(leg.entry, leg.artifact, ground);
      const inside = baked ? linkedTargets(leg, ground) : [];
      const all = [...faults, ...inside.flatMap((each) => each.faults)];
      if (all.length === 0) {
        targets[leg.artifact] = target;
        if (inside.length > 0)
          linked[leg.artifact] = Object.fromEntries(inside.map((each) => [each.name, each.target]));
      }
      problems.push(...all.map((fault) => unbuildable(leg, fault)));
    }
  }
  return { targets, linked, problems };
}

export interface BuildsGround {
  readonly build: BuildConfig;
  readonly event: MetadataEvent;
  /** Whether entries are targets of bake files, which may hold others. */
  readonly baked?: boolean;
}

/** Of what is built inside a leg's own build the config says nothing. */
function linkedTargets(
  { entry, artifact }: Leg,
  ground: TargetGround,
): readonly (MadeTarget & { readonly name: string })[] {
  const linked = isJsonObject(entry["linked"]) ? entry["linked"] : {};
  return Object.entries(linked).flatMap(([name, build]) => {
    if (!isJsonObject(build)) return [];
    const { target, faults } = targetOf(build, artifact, { ...ground, build: {}, labels: {} });
    const { platforms } = build;
    return [{ name, target: platforms === undefined ? target : { ...target, platforms }, faults }];
  });
}

function unbuildable({ artifact }: Leg, { message }: TargetFault): Diagnostic {
  return {
    code: "unbuildable",
    severity: "warning",
    message: `${artifact} cannot be built: ${message}`,
    fix: "mend the entry, or build in the config",
  };
}
