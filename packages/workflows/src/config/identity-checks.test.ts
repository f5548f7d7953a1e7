import { describe, expect, test } from "vitest";
import { errorsIn, familyOf } from "../testing/family-of.ts";
import { MAX_ENTRIES } from "./identity-checks.ts";

const EACH = 'images: ["ghcr.io/o/{image}"]\n';
const matrix = (...entries: readonly string[]): string => `include:\n${entries.map((e) => `  - { ${e} }\n`).join("")}`;

const errors = async (config: string, ...entries: readonly string[]): Promise<readonly string[]> =>
  errorsIn(await familyOf(config, matrix(...entries)));

describe("an entry's repositories", () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    ["by image", EACH, ["image: a", "image: b"], []],
    ["by backend", EACH, ["backend: a", "backend: b, image: c"], []],
    ["a number", 'images: ["ghcr.io/o/{year}"]\n', ["year: 2024"], []],
    [
      "of a key that no entry has",
      'images: ["ghcr.io/o/{imge}"]\n',
      ["image: a"],
      ['unknown-image-key 1:10 no entry has the key "imge" (did you mean "image"?)'],
    ],
    [
      "of image, and there are neither images nor backends",
      EACH,
      ["name: a"],
      ['unknown-image-key 1:10 no entry has the key "image"'],
    ],
    [
      "of what is no key",
      'images: ["ghcr.io/o/{image.name}"]\n',
      ["image: a"],
      ["broken-image-key 1:10 {image.name} is not a placeholder"],
    ],
    [
      "in two braces",
      'images: ["ghcr.io/o/{{image}}"]\n',
      ["image: a"],
      ["broken-image-key 1:10 {{image}} is not a placeholder"],
    ],
    [
      "where one entry lacks the key",
      EACH,
      ["image: a", "tag-suffix: -x"],
      ["no-image-value 3:5 include[1]: images needs a text for {image}, found nothing"],
    ],
    [
      "where it is empty",
      EACH,
      ["image: a", 'image: ""'],
      ['no-image-value 3:14 include[1]: images needs a text for {image}, found ""'],
    ],
    [
      "where it is a list",
      EACH,
      ["image: [a, b]"],
      ['no-image-value 2:14 include[0]: images needs a text for {image}, found ["a","b"]'],
    ],
    [
      "told apart by a list, which would count as nothing",
      "images: [ghcr.io/o/x]\ngroup-by: [version]\n",
      ["backend: a, version: [1, 2]", "backend: a, version: [3], tag-suffix: -x"],
      ["no-image-value 2:28 include[0]: group-by needs a text for version, found [1,2]"],
    ],
    [
      "that no registry takes, once for all entries with it",
      EACH,
      ["image: Plex, tag-suffix: -a", "image: Plex, tag-suffix: -b"],
      [
        'bad-image-name 2:14 image name "ghcr.io/o/Plex": expected lower case: a repository\'s name has no upper-case letters, found "P" at character 11 ("ghcr.io/o/{image}" in images)',
      ],
    ],
    [
      "that no registry takes, whatever the value",
      'images: ["ghcr.io/Example/{image}"]\n',
      ["image: a", "image: b"],
      [
        'bad-image-name 1:10 image name "ghcr.io/Example/x": expected lower case: a repository\'s name has no upper-case letters, found "E" at character 9 ("ghcr.io/Example/{image}" in images)',
      ],
    ],
    [
      "that end in a tag",
      EACH,
      ['image: "plex:1"'],
      ['image-with-tag 2:14 "ghcr.io/o/plex:1" has a tag, which the plan adds ("ghcr.io/o/{image}" in images)'],
    ],
    ["an expression of GitHub's", 'images: ["ghcr.io/${{ github.repository }}"]\n', ["image: a"], expect.anything()],
    ["of an empty matrix", 'images: ["ghcr.io/o/{imge}"]\n', [], []],
  ])("%s", async (_, config, entries, found) => {
    if (!Array.isArray(found)) expect((await errors(config, ...entries)).length).toBeGreaterThan(0);
    else
      expect(
        entries.length === 0 ? errorsIn(await familyOf(config, "include: []\n")) : await errors(config, ...entries),
      ).toEqual(found);
  });
});

describe("group-by", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["[version]", ["image: a, version: 1", "image: a, version: 2"], []],
    ["[version]", ["image: a, version: 1", "image: a"], []],
    [
      "[verison]",
      ["image: a, version: 1"],
      ['unknown-image-key 2:12 no entry has the key "verison" (did you mean "version"?)'],
    ],
    [
      "[platforms]",
      ["image: a, platforms: linux/amd64"],
      ["leg-key-in-group-by 2:12 legs of one image differ in platforms: each would be an image of its own"],
    ],
  ])("%s of %j", async (keys, entries, found) => {
    expect(await errors(`${EACH}group-by: ${keys}\n`, ...entries)).toEqual(found);
  });
});

describe("what looks like legs of one image", () => {
  const leg = (arch: string, rest: string): string => `platforms: linux/${arch}, platform-tag: ${arch}, ${rest}`;

  test("and goes to two repositories is a slip", async () => {
    const found = await errors(EACH, leg("amd64", "backend: a, image: plex"), leg("arm64", "backend: a, image: plx"));
    expect(found).toEqual([
      "legs-apart 3:71 include[0] (amd64) and include[1] (arm64) look like legs of one image, and go to ghcr.io/o/plex and to ghcr.io/o/plx",
    ]);
  });

  test.each<[string, readonly string[]]>([
    ["is one", [leg("amd64", "backend: a"), leg("arm64", "backend: a")]],
    [
      "has suffixes of its own",
      [leg("amd64", "backend: a, image: b, tag-suffix: -x"), leg("arm64", "backend: a, image: c")],
    ],
    ["has other backends", [leg("amd64", "backend: a"), leg("arm64", "backend: b")]],
    ["is of one architecture", [leg("amd64", "backend: a, image: b"), leg("amd64", "backend: a, image: c")]],
    [
      "is two images of two legs",
      ["b", "c"].flatMap((image) => ["amd64", "arm64"].map((arch) => leg(arch, `backend: a, image: ${image}`))),
    ],
    [
      "says no platform-tag",
      ["backend: a, image: b, platforms: linux/amd64", "backend: a, image: c, platforms: linux/arm64"],
    ],
  ])("and %s is fine", async (_, entries) => {
    expect(await errors(EACH, ...entries)).toEqual([]);
  });
});

test("a family ends where GitHub's listing of artifacts does", async () => {
  const entries = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `image: i${index}`);
  expect(await errors(EACH, ...entries(MAX_ENTRIES))).toEqual([]);
  expect(await errors(EACH, ...entries(MAX_ENTRIES + 1))).toEqual([
    expect.stringMatching(/^too-many-entries {1}: 951 entries/),
  ]);
});

test("artifacts of two lists do not take each other's names", async () => {
  const two = (config: string, one: string, other: string) =>
    familyOf(config, `include:\n  - { ${one} }\nincludeDarwin:\n  - { ${other} }\n`).then(errorsIn);
  expect(await two(EACH, "image: a, tag-suffix: -b", "image: a-b")).toEqual([]);
  expect(await two(EACH, "image: a, tag-suffix: -b", "image: a, tag-suffix: -b")).toEqual([
    expect.stringContaining("image-in-two-lists"),
    expect.stringContaining("duplicate-artifact"),
  ]);
  expect(await two("{}", 'tag-suffix: ""', "tag-suffix: -core")).toEqual([
    expect.stringContaining('reserved-suffix 4:19 tag-suffix "-core" stands in includeDarwin and "" in include'),
  ]);
  // The image is part of the name, so that nothing is called the same.
  expect(await two(EACH, 'image: a, tag-suffix: ""', "image: b, tag-suffix: -core")).toEqual([]);
});

test("a slip in one image hides none in another", async () => {
  const leg = (image: string, arch: string): string =>
    `backend: a, image: ${image}, platforms: linux/${arch}, platform-tag: ${arch}`;
  const twice = "backend: b, platforms: linux/amd64, platform-tag: amd64";
  expect(await errors(EACH, leg("plex", "amd64"), leg("plx", "arm64"), twice, twice)).toEqual([
    expect.stringMatching(/^legs-apart /),
    expect.stringMatching(/^duplicate-platform /),
    expect.stringMatching(/^duplicate-artifact /),
  ]);
});
