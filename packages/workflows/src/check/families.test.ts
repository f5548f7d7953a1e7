import { expect, test } from "vitest";
import type { Family } from "../config/family.ts";
import { familyOf } from "../testing/family-of.ts";
import { checkFamilies } from "./families.ts";

const matrix = (...entries: readonly string[]): string => `include:\n${entries.map((e) => `  - { ${e} }\n`).join("")}`;

async function named(name: string, config: string, text: string): Promise<Family> {
  const family = await familyOf(`${config}\nworkflow: { name: ${name} }\n`, text);
  return { ...family, config: { ...family.config, file: `.github/fanfold.${name}.yml` } };
}

const found = async (one: readonly [string, string], other: readonly [string, string]): Promise<readonly string[]> =>
  checkFamilies([await named("one", ...one), await named("two", ...other)]).map(({ message }) => message);

const SHARED = "images: [ghcr.io/o/x]";

test.each<[string, readonly [string, string], readonly [string, string], readonly string[]]>([
  ["one suffix in one repository", [SHARED, matrix("tag-suffix: -a")], [SHARED, matrix("tag-suffix: -a")], ["-a"]],
  ["two suffixes", [SHARED, matrix("tag-suffix: -a")], [SHARED, matrix("tag-suffix: -b")], []],
  ["two repositories", [SHARED, matrix("tag-suffix: -a")], ["images: [ghcr.io/o/y]", matrix("tag-suffix: -a")], []],
  [
    "a placeholder that makes the other's repository",
    ['images: ["ghcr.io/o/{image}"]', matrix("image: x")],
    [SHARED, matrix("tag-suffix: ''")],
    [""],
  ],
  [
    "one suffix, and another one behind it",
    [SHARED, matrix("tag-suffix: -a")],
    [`${SHARED}\nmetadata: { flavor: ["suffix={tag-suffix}-b"] }`, matrix("tag-suffix: -a")],
    [],
  ],
  [
    "versions that are equal",
    [`${SHARED}\nmetadata: { tags: ["type=raw,value={v}"] }`, matrix("v: 1")],
    [`${SHARED}\nmetadata: { tags: ["type=raw,value={w}"] }`, matrix("w: 1, tag-suffix: ''")],
    [""],
  ],
  ["nowhere", ["", matrix("tag-suffix: -a")], ["", matrix("tag-suffix: -a")], []],
])("%s", async (_, one, other, images) => {
  const expected = images.map((name) =>
    expect.stringMatching(
      new RegExp(`^image "${name}" would be published as ghcr\\.io/o/x:.*\\.github/fanfold\\.one\\.yml`),
    ),
  );
  expect(await found(one, other)).toEqual(expected);
});
