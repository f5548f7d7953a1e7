import { type Architecture, isEmulated, isForeign, type ModelLeg } from "./model/model-legs.ts";
import type { PlannedJob } from "./model/workflow-run.ts";

/** What a way of building makes of the legs of a push. */
export type Variant = (legs: readonly ModelLeg[], ground: VariantGround) => readonly PlannedJob[];

interface VariantGround {
  readonly secondsOf: (leg: ModelLeg) => number;
  /** How many times as long an emulated build takes as a native one. */
  readonly emulated: number;
}

/** Each entry is a job. */
export const asPlanned: Variant = (legs, { secondsOf }) => legs.map((leg) => jobOf(leg, secondsOf(leg)));

/**
 * One job on an amd64 machine for each image, whatever it is built for. Its platforms are built side by side: it takes as long
 * as the slowest, as if they did not share the machine.
 */
export const emulatedInOneJob: Variant = (legs, ground) =>
  [...Map.groupBy(legs, ({ image }) => image).values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const seconds = own.map((leg) => {
      const foreign = leg.platforms.some((platform) => isForeign(platform, "amd64"));
      return nativeSeconds(leg, ground) * (foreign ? ground.emulated : 1);
    });
    return [jobOf(first, Math.max(...seconds))];
  });

/** A job for each platform, on a machine of its own architecture where GitHub has one. */
export const nativeJobs: Variant = (legs, ground) =>
  legs.flatMap((leg) => {
    if (!isEmulated(leg)) return [jobOf(leg, ground.secondsOf(leg))];
    const native = nativeSeconds(leg, ground);
    return leg.platforms.map((platform) =>
      jobOf(leg, native * (isForeign(platform, machineOf(platform)) ? ground.emulated : 1)),
    );
  });

/** All at once: an image whose bases are built too builds them itself, one after the other, as pull requests do. */
export const withoutWaves: Variant = (legs, { secondsOf }) => {
  const images = Map.groupBy(legs, ({ image }) => image);
  const chains = new Map<string, number>();
  const chainOf = (leg: ModelLeg): number => Math.max(0, ...leg.bases.map(wholeOf));
  /** An image with all that it stands on. */
  const wholeOf = (image: string): number => {
    const known = chains.get(image);
    if (known !== undefined) return known;
    // An image that stands on itself is refused long before; here it has an end.
    chains.set(image, 0);
    const own = (images.get(image) ?? []).map((leg) => secondsOf(leg) + chainOf(leg));
    const whole = Math.max(0, ...own);
    chains.set(image, whole);
    return whole;
  };
  return legs.map((leg) => jobOf({ ...leg, place: leg.placeWithoutWaves }, secondsOf(leg) + chainOf(leg)));
};

function jobOf({ list, image, merged, place }: ModelLeg, seconds: number): PlannedJob {
  return { list, image, merged, place, seconds };
}

function nativeSeconds(leg: ModelLeg, { secondsOf, emulated }: VariantGround): number {
  return isEmulated(leg) ? secondsOf(leg) / emulated : secondsOf(leg);
}

function machineOf(platform: string): Architecture {
  return isForeign(platform, "amd64") ? "arm64" : "amd64";
}
