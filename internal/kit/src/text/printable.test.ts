import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownCode, markdownText, printable } from "./printable.ts";

test.each([
  ["plain/path.ts", "plain/path.ts"],
  ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
  ["\u001b[31mred", "\\u001b[31mred"],
  ["::set-output name=x::y", "\\u003a:set-output name=x::y"],
  ["  ::error::x", "  \\u003a:error::x"],
  ["x ##[add-path]/tmp", "x ##\\u005badd-path]/tmp"],
  ["\u202egnp.exe", "\\u202egnp.exe"],
  ["größe 漢字 🎉", "größe 漢字 🎉"],
  ["pay\u200bload", "pay\\u200bload"],
  ["a\u00a0b\u3000c", "a\\u00a0b\\u3000c"],
  ["\u{e0041}x\ud800", "\\u{e0041}x\\ud800"],
  ["\u3164", "\\u3164"],
])("%j is shown as %s", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("one line, without control characters or workflow commands, whatever comes in", () => {
  const hostile = fc.string({
    unit: fc.constantFrom(":", "#", "[", " ", "\n", "\u001b", "\u0085", "a", "\u00a0", "\ufeff"),
  });
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(shown.trimStart().startsWith("::")).toBe(false);
      expect(shown).not.toContain("##[");
    }),
  );
});

test("Markdown text holds no markup", () => {
  expect(markdownText("a|b `c` <img src=x> [l](u) @me *b*")).not.toMatch(/[|`<>[\]*@]/);
});

test.each([
  ["a`b", "``a`b``"],
  ["`", "`` ` ``"],
  ["", "`  `"],
  ["a|b", "`a\\|b`"],
])("code: %j", (text, code) => {
  expect(markdownCode(text)).toBe(code);
});
