import { FEWEST_INODES } from "../probe/filesystems.ts";
import type { Filesystem } from "../probe/probe-data.ts";
import type { BuildPlace, DeleteAction, PruneAction } from "./plan-data.ts";

/** What can be written where images are built: on the fullest device, if there are several. */
export interface Room {
  readonly bytes: number;
  /** No more bytes than this can be free, whatever is deleted. */
  readonly size: number;
  /** Infinity where the file system counts none. */
  readonly inodes: number;
}

export function roomOn(builds: readonly Filesystem[]): Room {
  return {
    bytes: Math.min(...builds.map(({ bytes }) => bytes.free)),
    size: fullest(builds)?.bytes.size ?? Number.POSITIVE_INFINITY,
    inodes: Math.min(...builds.map(({ inodes }) => (inodes.size === 0 ? Number.POSITIVE_INFINITY : inodes.free))),
  };
}

/** Where deleting helps; with two such places it cannot help both. */
export function fullest(builds: readonly Filesystem[]): Filesystem | undefined {
  return builds.toSorted((a, b) => usable(roomOn([a])) - usable(roomOn([b])))[0];
}

/** Bytes that can really be written: none without inodes. */
export function usable({ bytes, inodes }: Pick<Room, "bytes" | "inodes">): number {
  return inodes < FEWEST_INODES ? 0 : bytes;
}

/** As expected after the action. Docker does not count the inodes of images; they have plenty. */
export function roomAfter(room: Room, action: DeleteAction | PruneAction): Room {
  const inodes = action.kind === "delete" ? action.inodes : FEWEST_INODES;
  return { ...room, bytes: Math.min(room.size, room.bytes + action.gain), inodes: room.inodes + inodes };
}

export function placeWith({ bytes, inodes }: Room, builds: readonly Filesystem[]): BuildPlace {
  return {
    mounts: builds.map(({ mount }) => mount),
    free: bytes,
    inodes: inodes < FEWEST_INODES ? "scarce" : "enough",
  };
}
