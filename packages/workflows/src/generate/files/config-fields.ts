import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { CONFIG_KEYS, eachKey, type KeyTable } from "../../keys/key-table.ts";
import type { ConfigKey } from "../../keys/keys.ts";

type Written = Pick<ConfigKey, "places" | "lines">;

/** What follows from how many entries the matrix file has, and from no key of the config. */
const MATRIX_LISTS: Written = {
  places: ["jobs.*.outputs", "jobs.*.needs", "jobs.build-*multi-*", "jobs.build-*single-*"],
  lines: ["--shards "],
};

/** Which field of the config a line of a generated file (counted from 1) comes from, where that can be said. */
export function fieldOfLine(text: string, line: number, table: KeyTable = CONFIG_KEYS): string | undefined {
  const fields: readonly (readonly [field: string, written: Written])[] = [
    ...eachKey(table).map(([path, key]) => [path.join("."), key] as const),
    ["the lists of the matrix file", MATRIX_LISTS],
  ];
  const content = text.split("\n")[line - 1]?.trimStart() ?? "";
  const named = fields.find(([, { lines = [] }]) => lines.some((start) => content.startsWith(start)));
  if (named !== undefined) return named[0];
  let found: string | undefined;
  // From the outside in: what lies inside says more.
  for (const path of pathsOfLine(text, line)) found = fieldOfPath(path, fields) ?? found;
  return found;
}

function fieldOfPath(
  path: readonly string[],
  fields: readonly (readonly [field: string, written: Written])[],
): string | undefined {
  for (const [field, { places = [] }] of fields) {
    for (const place of places) {
      const match = placePattern(place).exec(path.join("\n"));
      const name = match?.groups?.["name"];
      if (match !== null) return name === undefined ? field : `${field}.${name}`;
    }
  }
  return undefined;
}

function placePattern(place: string): RegExp {
  const steps = place.split(".").map((step) => step.replaceAll("*", "[^\\n]*").replace("{name}", "(?<name>[^\\n]+)"));
  return new RegExp(`^${steps.join("\\n")}$`);
}

/** The paths of everything that spans a line, from the outside in: `jobs`, `jobs.build`, … */
function pathsOfLine(text: string, line: number): readonly (readonly string[])[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const paths: (readonly string[])[] = [];
  const covers = (start: number, end: number): boolean =>
    lines.linePos(start).line <= line && line <= lines.linePos(Math.max(start, end - 1)).line;
  const walk = (node: unknown, path: readonly string[]): void => {
    const children = isMap(node) ? node.items : isSeq(node) ? node.items : [];
    for (const [index, child] of children.entries()) {
      const key = isPair(child) && isScalar(child.key) ? child.key : undefined;
      const value = isPair(child) ? child.value : child;
      const start = (key ?? (isNode(value) ? value : undefined))?.range?.[0];
      const end = (isNode(value) ? value.range?.[1] : undefined) ?? key?.range?.[1];
      if (start === undefined || end === undefined || !covers(start, end)) continue;
      const here = [...path, String(key?.value ?? index)];
      paths.push(here);
      walk(value, here);
    }
  };
  walk(document.contents, []);
  return paths;
}
