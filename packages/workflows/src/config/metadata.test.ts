import { describe, expect, test } from "vitest";
import { errorsIn, familyOf } from "../testing/family-of.ts";

const errors = async (metadata: string, ...entries: readonly string[]): Promise<readonly string[]> =>
  errorsIn(
    await familyOf(`images: [ghcr.io/o/x]\n${metadata}`, `include:\n${entries.map((e) => `  - { ${e} }\n`).join("")}`),
  );

const leg = (arch: string, rest = ""): string =>
  `tag-suffix: -x, platforms: linux/${arch}, platform-tag: ${arch}${rest}`;

test("every line that is none is named by its place", async () => {
  const metadata = `metadata:
  tags: ["type=ref,event=branch", "type=sah", "type=raw,value={{brunch}}"]
  flavor:
    - latest=perhaps
  labels: [org.example.title, "a={{#if x}}"]
`;
  expect(await errors(metadata, "tag-suffix: -x")).toEqual([
    expect.stringMatching(/^bad-metadata 3:35 metadata\.tags: type must be one of .* found "sah"$/),
    expect.stringMatching(/^bad-metadata 3:47 metadata\.tags: value: \{\{brunch\}\} is not known here/),
    'bad-metadata 5:7 metadata.flavor: latest must be one of auto, true, false, found "perhaps"',
    'bad-metadata 6:12 metadata.labels: expected key=value, found "org.example.title"',
    expect.stringMatching(/^bad-metadata 6:31 metadata\.labels: "\{\{#if x\}\}": only plain expressions/),
  ]);
});

describe("keys of entries", () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    ["that are there", 'tags: ["type=raw,value={version}"]', ["tag-suffix: -x, version: 1.2"], []],
    ["that only some have", 'labels: ["a={lang}"]', ["tag-suffix: -x, lang: en", "tag-suffix: -y"], []],
    ["that Fanfold knows", 'labels: ["a={platform-tag}-{tag-latest}-{tag-suffix}-{image}"]', ["backend: x"], []],
    [
      "that nobody has",
      'tags: ["type=sha", "type=raw,value={verison}"]',
      ["tag-suffix: -x, version: 1.2"],
      ['unknown-metadata-key 3:22 no entry has the key "verison" (did you mean "version"?)'],
    ],
    [
      "that are lists",
      'labels: ["a={langs}"]',
      ["tag-suffix: -x, langs: [en, de]"],
      ['metadata-key-not-text 2:30 include[0]: metadata needs a text for {langs}, found ["en","de"]'],
    ],
    [
      "in which legs differ, of a tag",
      'tags: ["type=raw,value={version}"]',
      [leg("amd64", ", version: 1.1"), leg("arm64", ", version: 1.2")],
      ['tags-differ-between-legs 3:77 image "-x": {version} stands in metadata and is "1.2" here, "1.1" in include[0]'],
    ],
    [
      "that one leg lacks, of a flavor",
      'flavor: ["prefix={kind}-"]',
      [leg("amd64", ", kind: a"), leg("arm64")],
      ['tags-differ-between-legs 3:5 image "-x": {kind} stands in metadata and is "" here, "a" in include[0]'],
    ],
    ["in which legs differ, of a label", 'labels: ["a={platform-tag}"]', [leg("amd64"), leg("arm64")], []],
  ])("%s", async (_, line, entries, found) => {
    const lines = line.startsWith("tags") ? `metadata:\n  ${line}\n` : `metadata: { ${line} }\n`;
    expect(await errors(lines, ...entries)).toEqual(found);
  });
});

test("the default is none of anybody's business", async () => {
  expect(await errors("", leg("amd64", ", tag-latest: auto"), leg("arm64", ", tag-latest: auto"))).toEqual([]);
});
