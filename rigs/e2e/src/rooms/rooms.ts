/** A folder of sources, as ARCHITECTURE.md lists it. */
interface Room {
  readonly name: string;
  /** What belongs there. */
  readonly holds: string;
  /** How many sources it may have, where that is more than `SOURCES`; the reason stands beside it. */
  readonly sources: number | undefined;
}

/** For each folder (`packages/digest-tools/src`), its rooms from the bottom up: each may import those before it. */
export type Rooms = ReadonlyMap<string, readonly Room[]>;

/** How many sources a folder has at most without a reason, and how many with one. */
export const SOURCES = 15;
export const MOST_SOURCES = 20;

/**
 * Reads the fenced blocks named `rooms`: a folder on a line of its own, below it, indented, a room and what it holds, with
 * `(up to 18 sources: reason)` at the end where it is larger than others.
 * @throws Error with the line that has another shape
 */
export function readRooms(markdown: string): Rooms {
  const rooms = new Map<string, Room[]>();
  for (const [, block = ""] of markdown.matchAll(/^```rooms\n(.*?)^```$/gms)) {
    let current: Room[] | undefined;
    for (const line of block.split("\n").filter((text) => text.trim() !== "")) {
      const [, indent = "", name = "", holds = ""] = /^( *)(\S+)(?: {2,}(\S.*))?$/.exec(line) ?? [];
      if (name === "" || (indent !== "" && (current === undefined || holds === ""))) {
        throw new Error(
          `ARCHITECTURE.md, rooms: expected a folder, or an indented room and what it holds, found: ${line}`,
        );
      }
      if (indent === "") {
        current = rooms.get(name) ?? [];
        rooms.set(name, current);
      } else {
        const [, sources] = /\(up to (\d+) sources: .+\)$/.exec(holds) ?? [];
        current?.push({ name, holds, sources: sources === undefined ? undefined : Number(sources) });
      }
    }
  }
  return rooms;
}
