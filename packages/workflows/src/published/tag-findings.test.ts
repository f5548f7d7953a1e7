import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Family } from "../config/family.ts";
import { familyOf } from "../testing/family-of.ts";
import { builtGitTags, checkGitTags } from "./git-tags.ts";
import { publishedImages } from "./published-images.ts";
import { sampleEvent, sampleTagErrors } from "./sample-events.ts";
import { taggedNames, tagWarnings } from "./tag-findings.ts";

const matrix = (...entries: readonly string[]): string => `include:\n${entries.map((e) => `  - { ${e} }\n`).join("")}`;

const MAIN = sampleEvent("refs/heads/main");

const tagsOf = (family: Family, event = MAIN) =>
  publishedImages(family, event).map(({ group, metadata }) => [
    group.identity.name,
    metadata.tags.map(({ name }) => name),
  ]);

describe("tags of images", () => {
  test("are by default a branch, a version or a commit, with the suffix", async () => {
    const family = await familyOf("images: [ghcr.io/o/x]\n", matrix("tag-suffix: -a", "tag-latest: 'false'"));
    expect(tagsOf(family)).toEqual([
      ["-a", ["main-a", "sha-0123456-a"]],
      ["", ["main", "sha-0123456"]],
    ]);
    expect(tagsOf(family, sampleEvent("refs/tags/v1.2.3"))).toEqual([
      ["-a", ["v1.2.3-a", "sha-0123456-a", "latest-a"]],
      ["", ["v1.2.3", "sha-0123456"]],
    ]);
  });

  test("are the first leg's where tag-latest differs, as merge-matrix says", async () => {
    const leg = (arch: string, latest: string): string =>
      `tag-suffix: -a, platforms: linux/${arch}, platform-tag: ${arch}, tag-latest: "${latest}"`;
    const family = await familyOf("{}", matrix(leg("amd64", "true"), leg("arm64", "false")));
    expect(tagsOf(family)).toEqual([["-a", ["main-a", "sha-0123456-a", "latest-a"]]]);
    expect(publishedImages(family, MAIN)[0]?.labels).toHaveLength(2);
  });

  test("have an image's own version, and stand in its own repositories", async () => {
    const config = `images: ["ghcr.io/o/{image}"]\ngroup-by: [version]\nmetadata: { tags: ["type=raw,value={version}"] }\n`;
    const family = await familyOf(config, matrix("image: python, version: 3.12", "image: python, version: 3.13"));
    expect(tagsOf(family)).toEqual([
      ["python:3.12", ["3.12"]],
      ["python:3.13", ["3.13"]],
    ]);
    expect(publishedImages(family, MAIN).map(({ repositories }) => repositories)).toEqual([
      ["ghcr.io/o/python"],
      ["ghcr.io/o/python"],
    ]);
  });
});

const errors = async (config: string, ...entries: readonly string[]): Promise<readonly string[]> =>
  sampleTagErrors(await familyOf(config, matrix(...entries))).map(({ message }) => message);

describe("two images that would take each other's tags", () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    [
      "differ in what no tag can hold",
      "images: [ghcr.io/o/x]\n",
      ["tag-suffix: -a+b", "tag-suffix: -a-b"],
      [
        'image "-a-b" would be published as ghcr.io/o/x:main-a-b, and so would "-a+b" (.github/backend-matrix.yml:2:19)',
      ],
    ],
    ["stand in two repositories", 'images: ["ghcr.io/o/{image}"]\n', ["image: a", "image: b"], []],
    [
      "stand in two repositories and in one that both go to",
      'images: ["ghcr.io/o/{image}", ghcr.io/o/all]\n',
      ["image: a", "image: b"],
      ['image "b" would be published as ghcr.io/o/all:main, and so would "a" (.github/backend-matrix.yml:2:5)'],
    ],
    [
      "are told apart by group-by, and have the default tags",
      "images: [ghcr.io/o/x]\ngroup-by: [version]\n",
      ["version: 1", "version: 2"],
      ['image "2" would be published as ghcr.io/o/x:main, and so would "1" (.github/backend-matrix.yml:2:5)'],
    ],
    [
      "have no suffix in their flavor",
      "images: [ghcr.io/o/x]\nmetadata: { flavor: [latest=auto] }\n",
      ["tag-suffix: -a", "tag-suffix: -b"],
      ['image "-b" would be published as ghcr.io/o/x:main, and so would "-a" (.github/backend-matrix.yml:2:19)'],
    ],
    [
      "collide with a release alone",
      'images: [ghcr.io/o/x]\nmetadata: { tags: ["type=raw,value={version}", "type=semver,pattern={{major}},suffix="] }\n',
      ["tag-suffix: -a, version: 1", "tag-suffix: -b, version: 2"],
      ['image "-b" would be published as ghcr.io/o/x:1, and so would "-a" (.github/backend-matrix.yml:2:19)'],
    ],
    [
      "are written in two ways",
      'images: ["{registry}/x"]\nmetadata: { flavor: [latest=auto] }\n',
      ["registry: docker.io/library, tag-suffix: -a", "registry: index.docker.io/library, tag-suffix: -b"],
      [expect.stringContaining("index.docker.io/library/x:main, and so would")],
    ],
    [
      "are published nowhere yet",
      "{}",
      ["tag-suffix: -a/b", "tag-suffix: -a-b"],
      [expect.stringContaining("main-a-b")],
    ],
  ])("%s", async (_, config, entries, found) => {
    expect(await errors(config, ...entries)).toEqual(found);
  });

  test("are found exactly where they are", async () => {
    const value = fc.constantFrom("a", "b", "a+", "a-");
    const drawn = fc.array(fc.record({ image: value, suffix: value }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(drawn, fc.constantFrom('"r.io/{image}"', "r.io/all"), async (all, template) => {
        const distinct = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
        const entries = distinct.map(
          ({ image, suffix }) => `image: "${image.replace(/[+-]/g, "0")}", tag-suffix: "-${suffix}"`,
        );
        const family = await familyOf(`images: [${template}]\n`, matrix(...new Set(entries)));
        fc.pre(family.matrixFindings.every(({ severity }) => severity !== "error"));
        const names = publishedImages(family, MAIN).flatMap((image) => taggedNames(image).map(({ key }) => key));
        expect(sampleTagErrors(family).length > 0).toBe(new Set(names).size < names.length);
      }),
      { numRuns: 200 },
    );
  });
});

test("a tag that no registry takes is an error of its image", async () => {
  const config = 'images: [ghcr.io/o/x]\nmetadata: { tags: ["type=raw,value={title}"] }\n';
  expect(await errors(config, `title: ${"a".repeat(129)}`, "title: .a, tag-suffix: -b")).toEqual([
    expect.stringMatching(/^image "": tag "a+" has 129 characters, 128 are allowed$/),
    'image "-b": tag ".a-b" must be a letter, a digit or _, then letters, digits, _ . and -',
  ]);
});

describe("warnings", () => {
  const warnings = async (tags: string, event = MAIN): Promise<readonly string[]> => {
    const family = await familyOf(
      `images: ["ghcr.io/o/{image}"]\nmetadata: { tags: ${tags} }\n`,
      matrix("image: a, version: 1.2.3", "image: b, version: x"),
    );
    return tagWarnings(publishedImages(family, event)).map(({ message }) => message);
  };

  test.each<[string, ReturnType<typeof sampleEvent>, readonly string[]]>([
    ['["type=ref,event=branch"]', MAIN, []],
    [
      '["type=ref,event=tag"]',
      MAIN,
      ["no rule of metadata gives a tag for this event: the image is published by digest alone"],
    ],
    [
      '["type=semver,pattern={{version}},value={version}"]',
      MAIN,
      [
        'type=semver,pattern={{version}},value={version} gives no tag: it cannot read "x" (image "b")',
        'no rule of metadata gives a tag for this event: the image is published by digest alone (image "b")',
      ],
    ],
    ['["type=ref,event=tag"]', sampleEvent("refs/tags/2024.05"), []],
    ['["type=sha"]', sampleEvent("refs/tags/2024.05"), ["no rule makes a tag of the git tag 2024.05"]],
  ])("%s", async (tags, event, found) => {
    expect(await warnings(tags, event)).toEqual(found);
  });
});

test("a release of one image is of that image alone", async () => {
  const config = 'images: ["ghcr.io/o/{image}"]\nmetadata: { tags: ["type=match,pattern=^{image}/v(.*)$,group=1"] }\n';
  const family = await familyOf(config, matrix("image: api", "image: web"));
  expect(tagsOf(family, sampleEvent("refs/tags/api/v1.2.3"))).toEqual([
    ["api", ["1.2.3", "latest"]],
    ["web", []],
  ]);
});

test("a value that makes no regular expression costs its image an error, and no more", async () => {
  const config = 'images: ["ghcr.io/o/{image}"]\nmetadata: { tags: ["type=match,pattern={lang}-(.*),group=1"] }\n';
  expect(await errors(config, 'image: a, lang: "c++"', "image: b, lang: go")).toEqual([
    expect.stringMatching(/^image "a": .*c\+\+/),
  ]);
});

test.each<[string, readonly string[]]>([
  ["{}", ["*"]],
  ['metadata: { tags: ["type=raw,value={version}", "type=raw,value=rolling"] }', []],
  ['metadata: { tags: ["type=match,pattern=^x-(.*)$"] }', ["*"]],
  ['metadata: { tags: ["type=raw,value={version}"] }\nworkflow: { tags: ["v*"] }', ["v*"]],
])("of %s the git tags %j are built", async (config, patterns) => {
  expect(builtGitTags(await familyOf(config, matrix("tag-suffix: -a, version: 1")))).toEqual(patterns);
});

describe("git tags that workflow.tags takes", () => {
  test.each<[string, string, readonly string[]]>([
    ["*", '["type=semver,pattern={{version}}"]', []],
    ["v*", '["type=semver,pattern={{version}}"]', []],
    ["v*.*", '["type=semver,pattern={{version}}"]', []],
    ["v[0-9]+.[0-9]+.[0-9]+", '["type=semver,pattern={{version}}"]', []],
    ["20[0-9][0-9].*", '["type=pep440,pattern={{version}}"]', []],
    ["**", '["type=ref,event=tag"]', []],
    ["**", '["type=raw,value=release-{{tag}}"]', []],
    ["!v1", '["type=sha"]', []],
    ["api/v*", '["type=match,pattern=^api/v(.*)$,group=1"]', []],
    ["api/v*", '["type=semver,pattern={{version}}"]', ["api/v1.2.3"]],
    ["*", '["type=sha", "type=ref,event=branch"]', ["1.2.3"]],
    ["nightly", '["type=semver,pattern={{version}}"]', ["nightly"]],
  ])("%s, by %s", async (pattern, tags, found) => {
    const config = `images: [ghcr.io/o/x]\nmetadata: { tags: ${tags} }\nworkflow: { tags: ["${pattern}"] }\n`;
    const findings = checkGitTags(await familyOf(config, matrix("tag-suffix: -a")));
    expect(findings.map(({ message }) => message.split(" ").at(-1))).toEqual(found);
    for (const { at } of findings) expect(at).toMatchObject({ line: 3, column: 20 });
  });
});
