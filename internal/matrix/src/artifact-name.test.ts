import fc from "fast-check";
import { expect, test } from "vitest";
import { artifactName } from "./artifact-name.ts";

test.each([
  ["-cpu-x", "amd64", "digests-cpu-x--amd64"],
  ["-cpu-x", undefined, "digests-cpu-x--single"],
  ["", "arm64", "digests-core--arm64"],
  ["", "", "digests-core--single"],
])("%j, %j", (suffix, tag, expected) => {
  expect(artifactName(suffix, tag)).toBe(expected);
});

const suffixes = fc
  .string({ unit: fc.constantFrom("a", "-", "/", ":", "*", "é", "\n"), maxLength: 400 })
  .filter((suffix) => !suffix.includes("--") && !suffix.endsWith("-") && suffix !== "-core");

test("always acceptable to the artifact service, and distinct", () => {
  fc.assert(
    fc.property(suffixes, suffixes, fc.constantFrom("amd64", "arm64"), (left, right, tag) => {
      const name = artifactName(left, tag);
      expect(name).not.toMatch(/["<>:|*?\\/\r\n]/);
      expect([...name].length).toBeLessThanOrEqual(256);
      expect(name === artifactName(right, tag)).toBe(left === right);
    }),
  );
});
