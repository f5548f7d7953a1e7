import { FEWEST_INODES, filesystemOf, sharedRoom } from "../probe/filesystems.ts";
import type { Filesystem, Probe } from "../probe/probe-data.ts";
import type { Counted, DeleteAction, PruneAction } from "./plan-data.ts";

/** What can be written on a file system. */
export interface Room {
  readonly bytes: number;
  /** No more bytes than this can be free, whatever is deleted. */
  readonly size: number;
  /** Infinity where the file system counts none. */
  readonly inodes: number;
}

/** A path at which the need must be free, and the file systems that decide about it. */
export interface Place {
  readonly path: string;
  readonly mount: string;
  readonly filesystems: readonly Filesystem[];
}

/** Free space by file system, as it is or as it is expected to become. */
export type Rooms = ReadonlyMap<string, Room>;

export function placesOf(probe: Probe, paths: readonly string[]): Place[] {
  return paths.flatMap((path) => {
    const filesystem = filesystemOf(probe, path) ?? filesystemOf(probe, "/");
    return filesystem === undefined ? [] : [placeOn(probe, path, filesystem)];
  });
}

export function placeOn(probe: Probe, path: string, filesystem: Filesystem): Place {
  return { path, mount: filesystem.mount, filesystems: sharedRoom(probe, filesystem) };
}

export function roomOf({ bytes, inodes }: Filesystem): Room {
  return { bytes: bytes.free, size: bytes.size, inodes: inodes.size === 0 ? Number.POSITIVE_INFINITY : inodes.free };
}

export function roomsOf(places: readonly Place[]): Rooms {
  return new Map(places.flatMap(({ filesystems }) => filesystems.map((each) => [each.id, roomOf(each)])));
}

/** Bytes that can really be written: none without inodes. */
export function usable({ bytes, inodes }: Pick<Room, "bytes" | "inodes">): number {
  return inodes < FEWEST_INODES ? 0 : bytes;
}

/** The least that can be written on any of the file systems. */
export function leastUsable(rooms: Rooms): number {
  return Math.min(...[...rooms.values()].map(usable));
}

/** The rooms as expected after the action. Docker does not count the inodes of images; they have plenty. */
export function roomsAfter(rooms: Rooms, action: DeleteAction | PruneAction): Rooms {
  const room = rooms.get(action.filesystem);
  if (room === undefined) return rooms;
  const inodes = action.kind === "delete" ? action.inodes : FEWEST_INODES;
  const bytes = Math.min(room.size, room.bytes + action.gain);
  return new Map(rooms).set(action.filesystem, { ...room, bytes, inodes: room.inodes + inodes });
}

export function countedAt(places: readonly Place[], rooms: Rooms): Counted {
  const all = [...rooms.values()];
  return {
    places: places.map(({ path, mount }) => ({ path, mount })),
    mounts: [...new Set(places.flatMap(({ filesystems }) => filesystems.map(({ mount }) => mount)))],
    free: Math.min(...all.map(({ bytes }) => bytes)),
    inodes: all.some(({ inodes }) => inodes < FEWEST_INODES) ? "scarce" : "enough",
  };
}
