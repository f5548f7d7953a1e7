import type { MetadataEvent } from "@fanfold/digest-tools/internal";
import type { Leg } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { BUILT_LIST } from "../config/lists.ts";
import type { BuildConfig } from "../keys/build-keys.ts";
import type { PublishedImage } from "../published/published-images.ts";
import { type BakeTarget, fillingOf, type TargetFault, targetOf } from "./target.ts";

export interface BuildTargets {
  /** By artifact name; without those that must not be built. */
  readonly targets: Readonly<Record<string, BakeTarget>>;
  readonly problems: readonly Diagnostic[];
}

/**
 * What the build of each leg of the images is, of those that the generated workflow builds. One that cannot be built costs its
 * own image, not the others: it has no target, and a warning says why.
 */
export function buildTargets(
  images: readonly PublishedImage[],
  { build, event }: { readonly build: BuildConfig; readonly event: MetadataEvent },
): BuildTargets {
  const problems: Diagnostic[] = [];
  const targets: Record<string, BakeTarget> = {};
  for (const { group, labels, metadata } of images.filter(({ list }) => list === BUILT_LIST)) {
    for (const [index, leg] of group.legs.entries()) {
      const filling = fillingOf(leg.entry, leg.artifact, { event, version: metadata.version });
      const ground = { build, filling, labels: labels[index] ?? {}, anew: event.name === "schedule" };
      const { target, faults } = targetOf(leg.entry, leg.artifact, ground);
      if (faults.length === 0) targets[leg.artifact] = target;
      problems.push(...faults.map((fault) => unbuildable(leg, fault)));
    }
  }
  return { targets, problems };
}

function unbuildable({ artifact }: Leg, { message }: TargetFault): Diagnostic {
  return {
    code: "unbuildable",
    severity: "warning",
    message: `${artifact} cannot be built: ${message}`,
    fix: "mend the entry, or build in the config",
  };
}
