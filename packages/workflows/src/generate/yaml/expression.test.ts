import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../testing/run-step.ts";
import { entryKey, filled, literal, matrixKey } from "./expression.ts";

const inputs = (entry: object) => ({ inputs: { entry: JSON.stringify(entry) } });

test.each([
  ["{a}", "fromJson(inputs.entry).a"],
  ["{a-b}", "fromJson(inputs.entry).a-b"],
])("%s alone is the value itself", (template, expression) => {
  expect(filled(template, entryKey)).toBe(`\${{ ${expression} }}`);
});

describe("GitHub evaluates what is made of a text with placeholders", () => {
  test.each([
    ["{a}", { a: "x" }, "x"],
    ["{a}", { a: false }, "false"],
    ["{a}", { a: 1.5 }, "1.5"],
    ["{a}", {}, ""],
    ["{a}{b}", { a: 0, b: false }, "0false"],
    ["rocm-{v}", { v: "6.3" }, "rocm-6.3"],
    ["rocm-{v}", { v: "" }, ""],
    ["rocm-{v}", {}, ""],
    ["it's {{v}} }", { v: "x" }, "it's {x} }"],
    ["plain ${{ github.token }}", {}, "plain ${{ github.token }}"],
  ])("%s with %j is %j", (template, entry, expected) => {
    expect(evaluate(filled(template, entryKey), inputs(entry))).toBe(expected);
  });

  test("whatever text stands around, and whatever the values are", () => {
    const text = fc.string({
      unit: fc.constantFrom("{", "}", "$", "'", " ", "a", "\n", "0", '"', "}}", "${{"),
      maxLength: 8,
    });
    const value = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(text, text, value, value, (before, between, a, b) => {
        const template = `${before}{one}${between}{two}`;
        // Text that makes another placeholder of its surroundings means something else.
        fc.pre(template.match(/\{[A-Za-z_][A-Za-z0-9_-]*\}/g)?.length === 2);
        // @actions/expressions 0.3.61 unescapes only the first quote of a string; runners unescape all.
        fc.pre(template.split("'").length <= 2);
        const made = evaluate(filled(template, entryKey), inputs({ one: a, two: b }));
        expect(made).toBe(`${before}${a}${between}${b}`);
      }),
    );
    fc.assert(
      fc.property(text, (plain) => {
        expect(evaluate(literal(plain), {})).toBe(plain);
      }),
    );
  });
});

test("keys that no name can hold are looked up by text", () => {
  expect(matrixKey("it's")).toBe("matrix['it''s']");
  expect(matrixKey("0")).toBe("matrix['0']");
});
