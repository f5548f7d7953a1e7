import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import {
  filesystemOf,
  lacksInodes,
  livesInMemory,
  ownDirectory,
  unsuitable,
  writableDisks,
} from "../probe/filesystems.ts";
import type { Filesystem, Probe } from "../probe/probe-data.ts";
import type { LeftOut, TmpdirAction } from "./plan-data.ts";

export type TmpdirDecision =
  | { readonly kind: "move"; readonly action: TmpdirAction }
  | { readonly kind: "stay"; readonly leftOut: LeftOut };

const stay = (reason: LeftOut["reason"], detail: string): TmpdirDecision => ({
  kind: "stay",
  leftOut: { action: "tmpdir", reason, detail },
});

/**
 * Decides on a directory for temporary files: never in memory, and on another disk when this one has less than `need`
 * (no need stated: when another has more).
 *
 * @param freeAfter bytes that can be written on a file system once the plan's other actions are done
 */
export function decideTmpdir(
  probe: Probe,
  need: number | null,
  freeAfter: (filesystem: Filesystem) => number,
): TmpdirDecision {
  const { path } = probe.temporary;
  const now = filesystemOf(probe, path);
  const inMemory = now !== undefined && livesInMemory(probe, now);
  const room = now === undefined ? 0 : freeAfter(now);
  if (!inMemory && need !== null && room >= need) {
    const has = room === now?.bytes.free ? "has" : "will have about";
    return stay("has-room", `${path} ${has} ${formatBytes(room)} free, enough for the need`);
  }
  const best = writableDisks(probe)
    .filter((disk) => !lacksInodes(disk) && unsuitable(probe, disk) === undefined)
    .toSorted((a, b) => freeAfter(b) - freeAfter(a))[0];
  if (best === undefined) return stay("no-more-room", "there is no disk for it");
  if (!inMemory && (best.id === now?.id || freeAfter(best) <= room)) {
    return stay("no-more-room", `${path} is on ${now?.mount ?? "a device"}, and no other has more room`);
  }
  return {
    kind: "move",
    action: {
      kind: "tmpdir",
      from: path,
      to: `${ownDirectory(best.mount)}/tmp`,
      target: best.mount,
      because: inMemory ? "in-memory" : "short-of-room",
      gain: 0,
      seconds: 0,
    },
  };
}
