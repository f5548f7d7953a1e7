import type { Place } from "@fanfold-internal/kit/process/diagnostic";
import type { PrintedBake } from "./printed.ts";

/**
 * Where targets stand in the texts of bake files: the line of their block, or, of one that a `matrix` made, of the block that
 * it is made from, whose name bake gives to the group of them. What stands in no block is at its file.
 */
export function targetPlaces(
  texts: ReadonlyMap<string, string>,
  { groups }: Pick<PrintedBake, "groups">,
): (target: string) => Place {
  const blocks = new Map<string, Place>();
  for (const [file, text] of texts) {
    const block = /\.ya?ml$/i.test(file) ? SERVICE : BLOCK;
    for (const [index, line] of text.split("\n").entries()) {
      const [, quoted, bare] = block.exec(line) ?? [];
      const name = quoted ?? bare;
      if (name !== undefined && !blocks.has(name)) blocks.set(name, { file, line: index + 1, column: 1 });
    }
  }
  const [file = ""] = texts.keys();
  return (target) => {
    const made = [...groups].find(([name, members]) => members.includes(target) && blocks.has(name));
    return blocks.get(target) ?? blocks.get(made?.[0] ?? "") ?? { file };
  };
}

// Of a Compose file, a key that begins a mapping.
const SERVICE = /^ +(?:"([\w.-]+)"|([\w.-]+)):\s*(?:\{.*)?(?:#.*)?$/;
const BLOCK = /^\s*target\s+(?:"([^"]+)"|([\w-]+))\s*\{/;
