import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { parsePlatform, parsePlatforms } from "../oci/platform.ts";
import { parsePlan } from "../record/plan-file.ts";
import type { FoundRecords } from "../record/records.ts";
import { parseTag } from "../tags/tags.ts";
import { changed, REVISION } from "../testing/group.ts";
import { REPOSITORIES, world } from "../testing/merge-world.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";
import { chooseGroups } from "./choice.ts";
import { groupOfRecords, groupsOfPlan } from "./groups.ts";
import type { GroupReport } from "./run.ts";

describe("groups of a plan", () => {
  const groupsOf = (images: readonly PlanImage[], event: object = {}) =>
    groupsOfPlan(parsePlan(JSON.stringify(planOf(images, event)), "plan.json"), 7);
  const tagNames = (images: readonly PlanImage[]) =>
    groupsOf(images).map(({ tags }) => (tags.kind === "tags" ? tags.tags.map(({ name }) => name) : tags.problems));

  it("have their own repositories, tags, version and annotations", () => {
    const own = {
      image: "radarr:nightly",
      images: ["ghcr.io/o/radarr", "busybox"],
      tags: ["1.2.3", "1.2", "latest"],
      "moving-tags": ["1.2", "latest"],
      version: "1.2.3",
      annotations: { "org.opencontainers.image.vendor": "o" },
    };
    expect(groupsOf([own])).toEqual([
      {
        image: "radarr:nightly",
        tagSuffix: "",
        repositories: ["ghcr.io/o/radarr", "docker.io/library/busybox"],
        form: "index",
        legs: [
          { artifactName: "digests-core--amd64", planned: parsePlatform("linux/amd64") },
          { artifactName: "digests-core--arm64", planned: parsePlatform("linux/arm64") },
        ],
        expected: parsePlatforms("linux/amd64,linux/arm64"),
        revision: REVISION,
        tags: {
          kind: "tags",
          tags: [
            { name: "1.2.3", kind: "fixed" },
            { name: "1.2", kind: "moving" },
            { name: "latest", kind: "moving" },
          ],
          version: "1.2.3",
        },
        annotations: { "org.opencontainers.image.vendor": "o" },
      },
    ]);
  });

  it("are published again where the plan says so, and singles are wrapped where it does", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const from = { why: "retag", index: { "quay.io/example/backends": digest }, key: null };
    const single = { platforms: ["linux/amd64"] };
    const groups = groupsOf([
      { "tag-suffix": "-a", from },
      { ...single, "tag-suffix": "-b", wrapped: true },
      { ...single, "tag-suffix": "-c", wrapped: false },
      { "tag-suffix": "-d", wrapped: true },
    ]);
    expect(groups.map(({ form, reused }) => [form, reused?.why, reused?.key])).toEqual([
      ["index", "retag", undefined],
      ["wrapped", undefined, undefined],
      ["as-built", undefined, undefined],
      ["index", undefined, undefined],
    ]);
    expect(chooseGroups(groups, { rest: true }).map(({ image }) => image)).toEqual(["-a", "-b", "-c"]);
  });

  it("without tags are tagged by the event, as plans were that had none", () => {
    expect(tagNames([{ "tag-suffix": "-cpu-x" }])).toEqual([["main-cpu-x", "sha-6113728-cpu-x"]]);
    expect(tagNames([{ "tag-suffix": "-x", "tag-latest": "true" }])).toEqual([["main-x", "sha-6113728-x", "latest-x"]]);
    expect(tagNames([{ tags: [] }])).toEqual([[]]);
  });

  it("of one leg are published as they were built", () => {
    const single = { "tag-suffix": "-one", platforms: ["linux/amd64,linux/arm64"] };
    const open = { "tag-suffix": "-open", platforms: [""] };
    expect(groupsOf([single, open])).toMatchObject([
      { form: "as-built", expected: parsePlatforms("linux/amd64,linux/arm64"), legs: [{}] },
      { form: "as-built", expected: [], legs: [{}] },
    ]);
  });

  it("are refused both where they claim one tag in one repository, and no others", () => {
    const groups = groupsOf([{ "tag-suffix": "-a=b" }, { "tag-suffix": "-a+b" }, { "tag-suffix": "-c" }]);
    expect(groups.map(({ tags }) => tags.kind)).toEqual(["refused", "refused", "tags"]);
    expect(groups[0]?.tags).toMatchObject({
      problems: [
        {
          code: "tag-conflict",
          message: 'quay.io/example/backends:main-a-b is claimed by the images "-a=b" and "-a+b"',
        },
        { code: "tag-conflict" },
      ],
    });
  });

  it("may have one tag in repositories of their own, and not in one that they share", () => {
    const image = (name: string, ...images: readonly string[]): PlanImage => ({ image: name, images, tags: ["1.2.3"] });
    const kinds = (images: readonly PlanImage[]) =>
      groupsOf(images.map((one) => ({ ...one, artifact: one.image }))).map(({ tags }) => tags.kind);
    expect(kinds([image("a", "ghcr.io/o/a"), image("b", "ghcr.io/o/b")])).toEqual(["tags", "tags"]);
    expect(kinds([image("a", "ghcr.io/o/a", "quay.io/o/x"), image("b", "ghcr.io/o/b", "quay.io/o/x")])).toEqual([
      "refused",
      "refused",
    ]);
  });

  it("are refused for tags that are too long", () => {
    const [long, other] = groupsOf([{ "tag-suffix": `-${"x".repeat(127)}` }, { "tag-suffix": "-c" }]);
    expect(long?.tags).toMatchObject({ kind: "refused", problems: [{ code: "invalid-tag" }] });
    expect(other?.tags.kind).toBe("tags");
  });

  describe("chosen", () => {
    const images: readonly PlanImage[] = [
      { image: "radarr", artifact: "a" },
      { image: "x,y", artifact: "b" },
      { image: "", artifact: "c", platforms: ["linux/amd64"] },
    ];
    const chosen = (choice: Parameters<typeof chooseGroups>[1]) =>
      chooseGroups(groupsOf(images), choice).map(({ image }) => image);

    it.each([
      [{}, ["radarr", "x,y", ""]],
      [{ only: ["radarr"] }, ["radarr"]],
      [{ only: ["radarr", ""] }, ["radarr", ""]],
      [{ only: ['""'] }, [""]],
      [{ only: ["x,y"] }, ["x,y"]],
      [{ only: ["radarr,"] }, ["radarr", ""]],
      [{ rest: true }, [""]],
    ])("by %j", (choice, names) => {
      expect(chosen(choice)).toEqual(names);
    });

    it("by no name that is not there", () => {
      expect(() => chosen({ only: ["radar"] })).toThrow(
        'the plan has no image "radar" (did you mean "radarr"?); it has "radarr", "x,y", ""',
      );
      expect(() => chooseGroups([], { only: ["radarr"] })).toThrow(/it has none$/);
    });

    it("does not hide a tag that two images claim", () => {
      const [group] = chooseGroups(
        groupsOf([
          { image: "a", tags: ["1"], artifact: "a" },
          { image: "b", tags: ["1"], artifact: "b" },
        ]),
        { only: ["a"] },
      );
      expect(group?.tags.kind).toBe("refused");
    });
  });
});

describe("a group without a plan", () => {
  const tags = [parseTag("v1.2.3-cpu-x")];
  const expected = parsePlatforms("linux/amd64,linux/arm64");
  const shared = { repositories: REPOSITORIES, annotations: {}, revision: undefined, tags };

  it("is what was recorded, held against what is expected", async () => {
    const { merge, records } = await world();
    const [report] = await merge([groupOfRecords({ ...shared, tagSuffix: undefined, expected }, records)]);
    expect(report).toMatchObject({ verdict: "published", tagSuffix: "-cpu-x" });
  });

  it.each([
    ["linux/amd64,linux/arm64,linux/s390x", ["missing-leg"], "no record for linux/s390x"],
    ["linux/amd64", ["wrong-platform"], "digests-cpu-x--arm64 is linux/arm64; expected linux/amd64"],
  ])("is refused when %s is expected", async (platforms, codes, message) => {
    const { merge, records } = await world();
    const one = groupOfRecords({ ...shared, tagSuffix: undefined, expected: parsePlatforms(platforms) }, records);
    const [report] = await merge([one]);
    expect(report?.problems.map(({ code }) => code)).toEqual(codes);
    expect(report?.problems[0]?.message).toBe(message);
  });

  it("is refused when nothing was recorded", async () => {
    const { merge } = await world();
    const [report] = await merge(
      [groupOfRecords({ ...shared, tagSuffix: undefined, expected }, new Map())],
      {},
      new Map(),
    );
    expect(report?.problems.map(({ code }) => code)).toEqual(["missing-leg", "missing-leg"]);
  });

  it.each([
    ["one that cannot be read", 1, []],
    ["two that cannot be read", 2, []],
    ["one that cannot be read, and one that is not there", 1, ["linux/s390x"]],
  ])("tells what is wrong once: %s", async (_what, broken, more) => {
    const { merge, records } = await world();
    const error = new DigestToolsError({ code: "invalid-record", message: "is not JSON" });
    const found: FoundRecords = new Map(
      [...records].map(([name, one], at) => [name, at < broken ? { kind: "unreadable", error } : one]),
    );
    const all = [...expected, ...more.map(parsePlatform)];
    const one = groupOfRecords({ ...shared, tagSuffix: "-cpu-x", expected: all }, found);
    const [report] = await merge([one], {}, found);
    expect(report?.problems.map(({ message }) => message)).toEqual([
      ...Array.from({ length: broken }, () => "is not JSON"),
      ...(more.length === 0 ? [] : ["no record for 1 of linux/amd64, linux/s390x"]),
    ]);
  });

  it("is advised by its command's options, a planned one by the plan", async () => {
    const { merge, one, records } = await world();
    const foreign = changed(records, "digests-cpu-x--arm64", {
      tagSuffix: "-cpu-y",
      platforms: parsePlatforms("linux/s390x"),
    });
    const unplanned = groupOfRecords({ ...shared, tagSuffix: undefined, expected }, foreign);
    const fixes = (report: GroupReport | undefined) => report?.problems.map(({ code, fix }) => `${code}: ${fix}`);
    expect(fixes((await merge([unplanned], {}, foreign))[0])).toEqual([
      "missing-leg: run that leg's build again, then merge again",
      "invalid-record: name the image with --tag-suffix, or keep only its records in the directory",
      "wrong-platform: expect linux/s390x too, or keep only the records of this image's legs",
    ]);
    expect(fixes(await one({}, foreign))).toEqual([
      'invalid-record: build that leg again, by push with --tag-suffix "-cpu-x"',
      "wrong-platform: build it with push --platform as the plan says",
    ]);
  });
});
