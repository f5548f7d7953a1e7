import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "./json.ts";

test("what JSON.parse reads and is not too deep is read the same", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      expect(parseJson(text)).toEqual({ kind: "ok", value: JSON.parse(text) });
    }),
  );
});

test.each([
  ["lists", "[".repeat(5_000) + "]".repeat(5_000)],
  ["objects", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`],
  ["lists that never end", "[".repeat(1_000_000)],
])("5,000 levels of %s are refused without walking through them", (_, text) => {
  expect(parseJson(text)).toEqual({ kind: "invalid", reason: "it is nested more than 200 levels deep" });
});

test("brackets within texts are no levels", () => {
  const text = JSON.stringify({ a: "[".repeat(1_000), '"[[': '\\"[' });
  expect(parseJson(text).kind).toBe("ok");
});

test("however texts are quoted, only brackets outside of them are levels", () => {
  const texts = fc.array(fc.constantFrom('"', "\\", "[", "]", "é", "a")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(texts), fc.integer({ min: 198, max: 201 }), (all, levels) => {
      const inner = JSON.stringify(all).slice(1, -1);
      const { kind } = parseJson("[".repeat(levels) + inner + "]".repeat(levels));
      expect(kind).toBe(levels <= 200 ? "ok" : "invalid");
    }),
  );
});

test("what is no JSON says why", () => {
  expect(parseJson("{")).toMatchObject({ kind: "invalid", reason: expect.stringMatching(/JSON/) });
});
