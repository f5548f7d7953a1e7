import fc from "fast-check";
import { expect, test } from "vitest";
import { loneKey, parseTemplate, renderTemplate, templateKeys } from "./template.ts";

test.each([
  ["{sp ace}", ["{sp ace}"]],
  ["x{a.b}y{ c }", ["{a.b}", "{ c }"]],
  ["{0}{key}", ["{0}"]],
  ["{key}-{other_key}", []],
  ["{", []],
  ["a { b", []],
  ["{}", []],
  ["{{ .Version }}", []],
  ["${{ github.ref }}", []],
  ['{"a": 1}', []],
  ["*.{js,ts}", []],
])("%s holds %j, which are no placeholders", (template, expected) => {
  expect(parseTemplate(template).broken.map(({ text }) => text)).toEqual(expected);
});

test("keys and mistakes are found where they stand", () => {
  const template = parseTemplate("ghcr.io/o/{image}-{a.b}:{base_image}");
  expect(template.segments).toEqual([
    { kind: "text", text: "ghcr.io/o/" },
    { kind: "key", key: "image", offset: 10 },
    { kind: "text", text: "-{a.b}:" },
    { kind: "key", key: "base_image", offset: 24 },
  ]);
  expect(template.broken).toEqual([{ text: "{a.b}", offset: 18 }]);
});

test.each([
  ["{a}", "a"],
  ["x{a}", undefined],
  ["{a}{b}", undefined],
  ["a", undefined],
  ["", undefined],
])("the only thing in %j is the key %j", (text, key) => {
  expect(loneKey(parseTemplate(text))).toBe(key);
});

test("one empty value empties the whole", () => {
  const values: Readonly<Record<string, string>> = { a: "1", empty: "" };
  const render = (text: string) => renderTemplate(parseTemplate(text), (key) => values[key]);
  expect(["x{a}y", "{a}{a}", "{a}{empty}", "{absent}", "", "plain"].map(render)).toEqual([
    "x1y",
    "11",
    undefined,
    undefined,
    "",
    "plain",
  ]);
});

test("whatever the text, its segments are the text, and keys that stand for themselves give it back", () => {
  const texts = fc.array(fc.constantFrom("{", "}", "{a}", "a-b", "{b-c}", ".", "{{", " ", "\n", "é"), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.join("");
      const template = parseTemplate(text);
      expect(renderTemplate(template, (key) => `{${key}}`)).toBe(text);
      for (const segment of template.segments) {
        if (segment.kind === "key") expect(text.startsWith(`{${segment.key}}`, segment.offset)).toBe(true);
      }
      expect(templateKeys(template)).toEqual([...text.matchAll(/\{([a-z-]+)\}/g)].map(([, key]) => key));
    }),
  );
});
