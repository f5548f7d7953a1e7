import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  ambiguousArtifacts,
  artifactName,
  artifactOfUpload,
  listOutputPart,
  uploadedName,
  uploadsOf,
  withPart,
} from "./names.ts";

test.each([
  ["", "-cpu-x", "amd64", "digests-cpu-x--amd64"],
  ["", "-cpu-x", undefined, "digests-cpu-x--single"],
  ["", "", "arm64", "digests-core--arm64"],
  ["", "", "", "digests-core--single"],
  ["radarr", "", "amd64", "digests-radarr-core--amd64"],
  ["python-3.13", "-slim", undefined, "digests-python-3.13-slim--single"],
])("%j, %j, %j", (image, suffix, tag, expected) => {
  expect(artifactName(image, suffix, tag)).toBe(expected);
});

test("an image's name that the artifact service would refuse is not that of another", () => {
  expect(artifactName("team/api", "", "amd64")).toMatch(/^digests-team-api-core--amd64-[0-9a-f]{12}$/);
  expect(artifactName("team/api", "", "amd64")).not.toBe(artifactName("team:api", "", "amd64"));
});

const suffixes = fc
  .string({ unit: fc.constantFrom("a", "-", "/", ":", "*", "é", "\n"), maxLength: 400 })
  .filter((suffix) => !suffix.includes("--") && !suffix.endsWith("-") && suffix !== "-core");

test("always acceptable to the artifact service, with its attempt, and distinct", () => {
  fc.assert(
    fc.property(
      suffixes,
      suffixes,
      fc.constantFrom("amd64", "arm64"),
      fc.integer({ min: 1, max: 99_999 }),
      (left, right, tag, attempt) => {
        const name = artifactName("", left, tag);
        const uploaded = uploadedName(name, attempt);
        expect(uploaded).not.toMatch(/["<>:|*?\\/\r\n]/);
        expect([...uploaded].length).toBeLessThanOrEqual(256);
        expect(name === artifactName("", right, tag)).toBe(left === right);
      },
    ),
  );
});

test("an image's part makes two names equal only where the texts between dashes are", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "-", "/", "."), maxLength: 6 });
  const suffix = fc.constantFrom("", "-a", "-core", "-a-core");
  fc.assert(
    fc.property(part, suffix, part, suffix, (left, one, right, other) => {
      const text = (image: string, end: string) => `${image === "" ? "" : `-${image}`}${end === "" ? "-core" : end}`;
      const equal = text(left, one) === text(right, other);
      expect(artifactName(left, one, "amd64") === artifactName(right, other, "amd64")).toBe(equal);
    }),
    { numRuns: 2_000 },
  );
});

describe("the uploads of an artifact", () => {
  const amd64 = "digests-x--amd64";

  it("are those of its very name, the highest attempt first", () => {
    const uploaded = [
      `${amd64}-2`,
      `${amd64}-10`,
      amd64,
      "digests-x--amd64-v2-3",
      "digests-x--amd6-4",
      "digests-y--amd64-9",
      `${amd64}-02`,
      `${amd64}-0`,
      `${amd64}-1-`,
      `${amd64}-1-1`,
      `${amd64}-123456`,
    ];
    expect(uploadsOf(amd64, uploaded)).toEqual([
      { uploaded: `${amd64}-10`, attempt: 10 },
      { uploaded: `${amd64}-2`, attempt: 2 },
      { uploaded: amd64, attempt: undefined },
    ]);
  });

  it("keep the digits of their own name", () => {
    expect(uploadsOf("digests-x--arm-7", ["digests-x--arm-7", "digests-x--arm-7-2", "digests-x--arm-8"])).toEqual([
      { uploaded: "digests-x--arm-7-2", attempt: 2 },
      { uploaded: "digests-x--arm-7", attempt: undefined },
    ]);
  });

  it("of names that are not ambiguous belong to one artifact each", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "-", "1", "0", "7"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        fc.integer({ min: 1, max: 99_999 }),
        (names, at, attempt) => {
          fc.pre(ambiguousArtifacts(names).length === 0);
          const mine = names[at % names.length] ?? "";
          const uploaded = uploadedName(mine, attempt);
          expect(artifactOfUpload(uploaded)).toBe(mine);
          const owners = names.filter((one) => uploadsOf(one, [uploaded]).length > 0);
          expect(owners.filter((one) => one !== uploaded)).toEqual([mine]);
        },
      ),
    );
  });
});

it("finds names that are another's with an attempt", () => {
  expect(ambiguousArtifacts(["a--arm", "a--arm-7", "b--arm-7", "a--arm-07"])).toEqual([["a--arm-7", "a--arm"]]);
});

test.each([
  ["include", ""],
  ["includeDarwin", "darwin"],
  ["includeFooBar", "foo-bar"],
  ["includeGPUImages", "gpu-images"],
  ["include_arm64", "arm64"],
])("the list %s is %j in outputs", (list, part) => {
  expect(listOutputPart(list)).toBe(part);
});

test("a part follows the name", () => {
  expect([withPart("matrix", ""), withPart("matrix", "darwin")]).toEqual(["matrix", "matrix-darwin"]);
});
