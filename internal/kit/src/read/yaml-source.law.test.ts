import fc from "fast-check";
import { expect, test } from "vitest";
import { isNode, LineCounter, parseDocument, stringify } from "yaml";
import { isJsonObject, type Json } from "./json.ts";
import { type PathStep, parseYaml } from "./yaml-source.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => !/[\r\n]/.test(value)),
  fc.constantFrom("1.10", "true", "~", "0x1f", "- a", "a: b", "# c", "*x", "&x", "!t", "<<", "", " ", "'", '"'),
);
const key = text.filter((value) => value !== "__proto__" && value !== "<<");
const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any;

/** Every path that leads to a value, the root's first. */
function paths(json: Json, here: readonly PathStep[] = []): readonly (readonly PathStep[])[] {
  const below: readonly (readonly [PathStep, Json])[] = Array.isArray(json)
    ? [...json.entries()]
    : isJsonObject(json)
      ? Object.entries(json)
      : [];
  return [here, ...below.flatMap(([step, child]) => paths(child, [...here, step]))];
}

// Two parsers that nobody wrote together agree on what is there, and where.
test.each([
  ["block", (json: Json) => stringify(json, { lineWidth: 0 })],
  ["flow", (json: Json) => JSON.stringify(json, null, 1)],
])("values and their places are those of another parser: %s", (_, write) => {
  fc.assert(
    fc.property(value, (json) => {
      const written = write(json);
      const parsed = parseYaml(written, "f.yml");
      if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
      expect(parsed.value.value).toEqual(json);
      const lines = new LineCounter();
      const document = parseDocument(written, { lineCounter: lines });
      for (const path of paths(json)) {
        const node = path.length === 0 ? document.contents : document.getIn(path, true);
        const [start] = (isNode(node) ? node.range : undefined) ?? [];
        if (start === undefined) continue;
        const { line, col } = lines.linePos(start);
        expect({ path, ...parsed.value.place(path) }).toEqual({ path, file: "f.yml", line, column: col });
      }
    }),
  );
});
