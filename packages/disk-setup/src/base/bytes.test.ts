import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBytes, parseDockerSize } from "./bytes.ts";

describe("parseBytes", () => {
  test.each([
    ["60GB", 60_000_000_000],
    ["60 gb", 60_000_000_000],
    ["60GiB", 64_424_509_440],
    ["1.5TB", 1_500_000_000_000],
    ["512MiB", 536_870_912],
    ["1000", 1000],
    ["1B", 1],
  ])("%s", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  test.each(["60G", "60g", "", "GB", "-1GB", "0", "0GB", "1e3", "1,5GB", "60GB!", "9999999TB", "0.1B"])(
    "refuses %j",
    (text) => {
      expect(() => parseBytes(text)).toThrow(expect.objectContaining({ code: "size-invalid" }));
    },
  );

  test("reads what formatBytes writes, to a tenth of the unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (bytes) => {
        const back = parseBytes(formatBytes(bytes));
        expect(back).toBeLessThanOrEqual(bytes);
        expect(bytes - back).toBeLessThanOrEqual(Math.max(1, bytes * 0.1));
      }),
    );
  });
});

test.each([
  ["1.234GB (100%)", 1_234_000_000],
  ["512kB", 512_000],
  ["0B (0%)", 0],
  ["", undefined],
  ["N/A", undefined],
])("parseDockerSize %j", (text, bytes) => expect(parseDockerSize(text)).toBe(bytes));
