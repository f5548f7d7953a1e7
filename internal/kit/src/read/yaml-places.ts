import type { Place } from "../process/errors.ts";

/** A key or an index on the way from the document's root to a value. */
export type PathStep = string | number;

/** A value's place in the text, and those of what it holds. */
export interface YamlNode {
  readonly start: number;
  /** How many values it has once each alias is replaced by what it stands for. */
  readonly size: number;
  /** By key or index; `key` is where a key stands. */
  readonly children?: ReadonlyMap<PathStep, { readonly key: number; readonly node: YamlNode }>;
}

export interface Places {
  /** Where the value at a path stands; of a path that leads nowhere, the nearest thing on the way. */
  place(path: readonly PathStep[]): Place;
  /** Where the key of a path's last step stands. */
  placeOfKey(path: readonly PathStep[]): Place;
}

/** The place of an offset; lines and columns count from 1. */
export type PlaceAt = (offset: number) => Place;

/** Where values and keys stand, by their way from the document's root. */
export function placesOf(root: YamlNode | undefined, file: string, placeAt: PlaceAt): Places {
  const find = (path: readonly PathStep[]): { readonly key: number; readonly node: YamlNode } | undefined => {
    if (root === undefined) return undefined;
    let here: { readonly key: number; readonly node: YamlNode } = { key: root.start, node: root };
    for (const step of path) {
      const child = here.node.children?.get(step);
      if (child === undefined) break;
      here = child;
    }
    return here;
  };
  const place = (path: readonly PathStep[]): Place => {
    const found = find(path);
    return found === undefined ? { file } : placeAt(found.node.start);
  };
  const placeOfKey = (path: readonly PathStep[]): Place => {
    const parent = find(path.slice(0, -1));
    const key = parent?.node.children?.get(path.at(-1) ?? "")?.key;
    return key === undefined ? place(path) : placeAt(key);
  };
  return { place, placeOfKey };
}

/** The places of a text's offsets. */
export function placesIn(text: string, file: string): PlaceAt {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    const line = lineIn(starts, offset);
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** The last line that begins at an offset or before it, by halves: each entry of a long file may be asked for its place. */
function lineIn(starts: readonly number[], offset: number): number {
  let [from, to] = [0, starts.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((starts[middle] ?? 0) <= offset) from = middle;
    else to = middle;
  }
  return from;
}
