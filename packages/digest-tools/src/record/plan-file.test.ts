import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REVISION } from "../testing/group.ts";
import { planOf } from "../testing/plan.ts";
import { assertPlanOfRun, parsePlan } from "./plan-file.ts";

const parse = (value: object) => parsePlan(JSON.stringify(value), "plan.json");
/** A plan of `-a` with something else in its place, and of `-b`, which must not suffer. */
function spoiled(change: object, leg: object = {}) {
  const plan = planOf([{ "tag-suffix": "-a" }, { "tag-suffix": "-b" }]);
  const [first, second] = plan.groups;
  const [one, ...others] = first?.legs ?? [];
  return { ...plan, groups: [{ ...first, legs: [{ ...one, ...leg }, ...others], ...change }, second] };
}

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("a plan", () => {
  it("names every repository that it is published to once", () => {
    const { images, event } = parse(
      planOf([{ "tag-suffix": "-a" }, { "tag-suffix": "-b", images: ["busybox", "quay.io/example/backends"] }]),
    );
    expect(images).toEqual(["quay.io/example/backends", "docker.io/library/busybox"]);
    expect(event).toEqual({ name: "push", ref: "refs/heads/main", sha: REVISION });
  });

  it.each([
    ["no JSON", "{", /plan\.json: is not JSON/],
    ["another schema", JSON.stringify({ schema: "x" }), /schema: expected "fanfold\.plan\/1", found "x"/],
    ["no groups", JSON.stringify({ ...planOf([]), groups: {} }), /groups: expected a list, found \{\}/],
    [
      "a repository for all that is none",
      JSON.stringify({ ...planOf([]), images: ["A/B"] }),
      /plan\.json: images\[0\]: image name "A\/B"/,
    ],
    ["a document without an end", `{"schema":${"[".repeat(5000)}${"]".repeat(5000)}}`, /nested more than 200 levels/],
  ])("is refused as a whole for %s", (_what, text, message) => {
    expect(() => parsePlan(text, "plan.json")).toThrow(message);
  });

  it("has bounds on every field", () => {
    const long = "x".repeat(5000);
    const plan = planOf([]);
    for (const value of [
      { ...plan, event: { ...plan.event, ref: long } },
      { ...plan, event: { ...plan.event, sha: long } },
      { ...plan, event: { ...plan.event, name: long } },
      { ...plan, images: Array.from({ length: 1001 }, () => "a/b") },
      { ...plan, groups: Array.from({ length: 10_001 }, () => ({})) },
    ]) {
      expect(() => parse(value)).toThrow(/expected at most \d+ (?:characters|items), found \d+/);
    }
  });

  it("says by which content key an image's index is known, beside its own annotations", () => {
    const key = `1-${"a".repeat(64)}`;
    const of = (change: object) => parse(spoiled(change)).groups[0];
    expect(of({ annotations: { a: "b" }, "content-key": key })?.annotations).toEqual({
      a: "b",
      "io.github.fanfold.content-key": key,
    });
    for (const none of [{}, { "content-key": null }]) expect(of(none)?.annotations).toEqual({});
    for (const bad of ["", "1-abc", `1-${"A".repeat(64)}`, `0-${"a".repeat(64)}`, 7]) {
      const group = of({ "content-key": bad });
      expect(group?.problems.map(({ message }) => message)).toEqual([expect.stringContaining("content-key")]);
      expect(group?.annotations).toEqual({});
    }
  });

  it("is of the run that merges, where GitHub says which that is", () => {
    const own = parse(planOf([{}]));
    for (const env of [{}, { GITHUB_SHA: REVISION }, { GITHUB_SHA: REVISION, GITHUB_REF: "refs/heads/main" }]) {
      expect(() => assertPlanOfRun(own, env)).not.toThrow();
    }
    for (const [env, message] of [
      [{ GITHUB_SHA: "f".repeat(40) }, /the plan is for the commit 6113728.*, but GITHUB_SHA is ffff/],
      [{ GITHUB_REF: "refs/tags/v1" }, /the plan is for the ref refs\/heads\/main, but GITHUB_REF is refs\/tags\/v1/],
    ] as const) {
      expect(() => assertPlanOfRun(own, env)).toThrow(
        expect.objectContaining({ code: "foreign-plan", message: expect.stringMatching(message) }),
      );
    }
  });
});

describe("what concerns one image is a problem of that image alone", () => {
  const long = "x".repeat(5000);
  const from = (change: object) => ({
    why: "claim",
    index: { "quay.io/example/backends": DIGEST },
    key: "1-a",
    ...change,
  });
  const many = (count: number) => Array.from({ length: count }, () => ({}));
  it.each<[what: string, change: object, leg: object, code: string, message: RegExp]>([
    ["tag-latest", { "tag-latest": "maybe" }, {}, "invalid-tag", /^groups\[0\]\.tag-latest: tag-latest is "maybe"/],
    ["tag-suffix", { "tag-suffix": 1 }, {}, "invalid-plan", /^groups\[0\]\.tag-suffix: expected a text, found 1/],
    ["a long tag-suffix", { "tag-suffix": long }, {}, "invalid-plan", /expected at most 128 characters, found 5000/],
    ["image", { image: 7 }, {}, "invalid-plan", /^groups\[0\]\.image: expected a text/],
    ["no legs", { legs: [] }, {}, "invalid-plan", /^groups\[0\]\.legs: expected at least one leg/],
    ["legs that are none", { legs: "x" }, {}, "invalid-plan", /^groups\[0\]\.legs: expected a list/],
    ["too many legs", { legs: many(257) }, {}, "invalid-plan", /expected at most 256 items, found 257/],
    ["no platform", {}, { platform: "" }, "invalid-plan", /legs\[0\]\.platform: expected the one platform of this leg/],
    ["two platforms", {}, { platform: "linux/amd64,linux/arm64" }, "invalid-plan", /expected the one platform/],
    ["a platform", {}, { platform: "linux/amd46" }, "invalid-platform", /did you mean "amd64"/],
    ["one platform twice", {}, { platform: "linux/arm64/v8" }, "duplicate-platform", /has linux\/arm64 twice/],
    ["repositories", { images: ["A/B"] }, {}, "invalid-reference", /^groups\[0\]\.images\[0\]: image name "A\/B"/],
    [
      "no repositories",
      { images: [] },
      {},
      "invalid-plan",
      /images: expected the repositories to publish to, found \[\]/,
    ],
    ["a tag", { tags: ["a b"] }, {}, "invalid-tag", /^groups\[0\]\.tags\[0\]: tag "a b" must be a letter/],
    ["a long tag", { tags: ["a".repeat(129)] }, {}, "invalid-tag", /has 129 characters, 128 are allowed/],
    ["tags that are none", { tags: "1.2.3" }, {}, "invalid-plan", /^groups\[0\]\.tags: expected a list/],
    [
      "a moving tag that is no tag",
      { tags: ["1"], "moving-tags": ["2"] },
      {},
      "invalid-plan",
      /moving-tags: expected only tags that are among tags, found \["2"\]/,
    ],
    ["annotations", { annotations: { a: 1 } }, {}, "invalid-plan", /^groups\[0\]\.annotations\.a: expected a text/],
    ["version", { tags: ["1"], version: 1 }, {}, "invalid-plan", /^groups\[0\]\.version: expected a text/],
    ["wrapped", { wrapped: "yes" }, {}, "invalid-plan", /^groups\[0\]\.wrapped: expected true or false, found "yes"/],
    ["from", { from: [] }, {}, "invalid-plan", /^groups\[0\]\.from: expected an object/],
    ["why", { from: from({ why: "steal" }) }, {}, "invalid-plan", /from\.why: expected "claim" or "heal" or "retag"/],
    [
      "nothing that stands",
      { from: from({ index: {} }) },
      {},
      "invalid-plan",
      /index: expected the digest in at least one/,
    ],
    [
      "a repository that is not the image's",
      { from: from({ index: { "quay.io/example/other": DIGEST } }) },
      {},
      "invalid-plan",
      /^groups\[0\]\.from\.index: expected only repositories of the image \(quay\.io\/example\/backends\), found \{"quay/,
    ],
    ["no repository", { from: from({ index: { "A/B": DIGEST } }) }, {}, "invalid-reference", /image name "A\/B"/],
    [
      "a digest that is none",
      { from: from({ index: { "quay.io/example/backends": "latest" } }) },
      {},
      "invalid-plan",
      /from\.index\.quay\.io\/example\/backends: expected "sha256:" and 64 hexadecimal digits, found "latest"/,
    ],
    ["a key", { from: from({ key: 1 }) }, {}, "invalid-plan", /from\.key: expected a text, found 1/],
    [
      "another image's artifact",
      {},
      { "artifact-name": "digests-a--arm64" },
      "invalid-plan",
      /two legs have the artifact "digests-a--arm64": of the image "-a"/,
    ],
    [
      "an artifact that ends like an attempt",
      {},
      { "artifact-name": "digests-a--arm64-7" },
      "invalid-plan",
      /"digests-a--arm64-7" would be taken for an attempt of "digests-a--arm64"/,
    ],
    ...[".", "..", "a/b", "a\\b", "", "a\nb", "a".repeat(257)].map((name): [string, object, object, string, RegExp] => [
      `a path: ${JSON.stringify(name).slice(0, 20)}`,
      {},
      { "artifact-name": name },
      "invalid-plan",
      /artifact-name: expected an artifact's name/,
    ]),
  ])("%s", (_what, change, leg, code, message) => {
    const [first, second] = parse(spoiled(change, leg)).groups;
    expect(first?.problems).toMatchObject([
      { code, at: { file: "plan.json" }, message: expect.stringMatching(message) },
    ]);
    expect(second?.problems).toEqual([]);
  });

  it("even where it is no object", () => {
    const plan = planOf([{ "tag-suffix": "-b" }]);
    const [first, second] = parse({ ...plan, groups: [null, ...plan.groups] }).groups;
    expect(first).toMatchObject({ image: "groups[0]" });
    expect(first?.problems.length).toBeGreaterThan(0);
    expect(second).toMatchObject({ image: "-b", problems: [] });
  });

  it("whatever is there", () => {
    const any = fc.jsonValue({ maxDepth: 3 });
    const fields = [
      "image",
      "tag-suffix",
      "tag-latest",
      "images",
      "tags",
      "moving-tags",
      "version",
      "annotations",
      "legs",
      "wrapped",
      "from",
    ];
    const change = fc.dictionary(fc.constantFrom(...fields), any);
    const leg = fc.dictionary(fc.constantFrom("platform", "artifact-name"), any);
    fc.assert(
      fc.property(change, leg, (spoiledGroup, spoiledLeg) => {
        const { groups } = parse(spoiled(spoiledGroup, spoiledLeg));
        expect(groups).toHaveLength(2);
        expect(groups[1]).toMatchObject({ image: "-b", legs: [{}, {}], problems: [] });
      }),
      { numRuns: 300 },
    );
  });

  it("what is built and published again as it stands", () => {
    const plan = planOf([{ "tag-suffix": "-a", from: from({}) }, { "tag-suffix": "-b" }]);
    const entries = [{ "artifact-name": "digests-a--arm64" }, { "artifact-name": "digests-b--arm64" }];
    const [first, second] = parse({ ...plan, matrices: { include: { entries } } }).groups;
    expect(first?.problems.map(({ message }) => message)).toEqual([
      'the plan builds digests-a--arm64 and has "from", which says that nothing of its image is built',
    ]);
    expect(second?.problems).toEqual([]);
    expect(parse(plan).groups[0]).toMatchObject({
      reused: { why: "claim", index: new Map([["quay.io/example/backends", DIGEST]]), key: "1-a" },
      problems: [],
    });
  });

  it("two images of one artifact, both", () => {
    const { groups } = parse(planOf([{ image: "a" }, { image: "b" }, { "tag-suffix": "-c" }]));
    expect(groups.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
      ["amd64", "arm64"].map((one) => `two legs have the artifact "digests-core--${one}": of the images "a" and "b"`),
      ["amd64", "arm64"].map((one) => `two legs have the artifact "digests-core--${one}": of the images "a" and "b"`),
      [],
    ]);
  });
});
