import type { Counted } from "../plan/plan-data.ts";
import { FEWEST_INODES } from "../probe/filesystems.ts";
import type { System } from "../probe/system.ts";

/** Free space where the need is counted, as it is now. */
export interface Measured {
  /** Bytes on the fullest file system; 0 for one that cannot be measured. */
  readonly free: number;
  readonly inodes: "enough" | "scarce";
  readonly at: readonly { readonly path: string; readonly mount: string; readonly free: number }[];
}

export function measure(
  system: Pick<System, "space">,
  { places, mounts }: Pick<Counted, "places" | "mounts">,
): Measured {
  const spaces = mounts.map((mount) => system.space(mount));
  const scarce = spaces.some(
    (space) => space !== undefined && space.inodes.size > 0 && space.inodes.free < FEWEST_INODES,
  );
  return {
    free: Math.min(...spaces.map((space) => space?.bytes.free ?? 0)),
    inodes: scarce ? "scarce" : "enough",
    at: places.map((place) => ({ ...place, free: system.space(place.path)?.bytes.free ?? 0 })),
  };
}

export function isMet(need: number | null, { free, inodes }: Pick<Measured, "free" | "inodes">): boolean {
  return need === null || (inodes === "enough" && free >= need);
}
