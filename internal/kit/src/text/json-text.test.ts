import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonText } from "./json-text.ts";

test("one line, the same value, and nothing that a terminal or a runner obeys", () => {
  const pieces = fc.constantFrom("##[error]", "#", "[", "::x::", "\u009b31m", "\u202e", "\u2028", "\u007f", "\n", "a");
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const text = jsonText({ [parts.join("")]: parts });
      expect(JSON.parse(text)).toEqual({ [parts.join("")]: parts });
      expect(text).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*\n$/);
      expect(text).not.toContain("##[");
    }),
  );
});
