import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { parsePlatform, parsePlatforms } from "../oci/platform.ts";
import { assertPlanOfRun, parsePlan } from "../record/plan-file.ts";
import type { FoundRecords } from "../record/records.ts";
import { parseTag } from "../tags/tags.ts";
import { changed, REVISION } from "../testing/group.ts";
import { world } from "../testing/merge-world.ts";
import { mergeAll } from "./all.ts";
import { groupOfRecords, groupsOfPlan } from "./groups.ts";
import type { GroupReport } from "./run.ts";

describe("groups of a plan", () => {
  const leg = (suffix: string, architecture: string) => ({
    platform: `linux/${architecture}`,
    "platform-tag": architecture,
    "artifact-name": `digests${suffix}--${architecture}`,
  });
  const plan = (suffixes: readonly string[], event: object = {}) => ({
    schema: "fanfold.plan/1",
    event: { name: "push", ref: "refs/heads/main", sha: REVISION, ...event },
    groups: suffixes.map((suffix) => ({
      matrix: "include",
      "tag-suffix": suffix,
      "tag-latest": "auto",
      legs: [leg(suffix, "amd64"), leg(suffix, "arm64")],
    })),
    images: ["quay.io/example/backends", "busybox"],
  });
  const parse = (value: object) => parsePlan(JSON.stringify(value), "plan.json");

  it("reads what it needs", () => {
    const { images, event, groups } = parse(plan(["-cpu-x"]));
    expect(images).toEqual(["quay.io/example/backends", "docker.io/library/busybox"]);
    expect(event).toEqual({ name: "push", ref: "refs/heads/main", sha: REVISION });
    expect(groups).toMatchObject([
      { tagSuffix: "-cpu-x", tagLatest: "auto", legs: [{ artifactName: "digests-cpu-x--amd64" }, {}] },
    ]);
  });

  it("tags them by the event and leaves singles out", () => {
    const value = plan(["-cpu-x", "-cpu-y"]);
    value.groups[1]?.legs.pop();
    const groups = groupsOfPlan(parse(value), 7);
    expect(groups).toMatchObject([
      {
        tagSuffix: "-cpu-x",
        revision: REVISION,
        tags: { tags: [{ name: "main-cpu-x" }, { name: "sha-6113728-cpu-x" }] },
      },
    ]);
  });

  it("refuses both images that claim one tag, and no others", () => {
    const groups = groupsOfPlan(parse(plan(["-a=b", "-a+b", "-c"])), 7);
    expect(groups.map(({ tags }) => tags.kind)).toEqual(["refused", "refused", "tags"]);
    expect(groups[0]?.tags).toMatchObject({
      problems: [
        { code: "tag-conflict", message: 'tag main-a-b is claimed by the images with tag-suffix "-a=b" and "-a+b"' },
        { code: "tag-conflict" },
      ],
    });
  });

  it("refuses tags that are too long", () => {
    const long = `-${"x".repeat(127)}`;
    const groups = groupsOfPlan(parse(plan([long, "-c"])), 7);
    expect(groups[0]?.tags).toMatchObject({ kind: "refused", problems: [{ code: "invalid-tag" }] });
    expect(groups[1]?.tags.kind).toBe("tags");
  });

  it("refuses the image alone whose values cannot be meant, at their place in the file", async () => {
    const value = plan(["-a", "-b", "-c", "-d", "-e", "-single"]);
    const [a, b, c, d, , single] = value.groups;
    if (a === undefined || single === undefined) throw new Error("groups");
    a["tag-latest"] = "maybe";
    single["tag-latest"] = "maybe";
    single.legs.pop();
    for (const [at, platform] of [
      [b, ""],
      [c, "linux/amd46"],
      [d, "linux/amd64,linux/arm64"],
    ] as const) {
      const [first] = at?.legs ?? [];
      if (first !== undefined) first.platform = platform;
    }
    const groups = groupsOfPlan(parse(value), 7);
    expect(groups.map(({ tagSuffix, tags }) => `${tagSuffix} ${tags.kind}`)).toEqual([
      "-a refused",
      "-b refused",
      "-c refused",
      "-d refused",
      "-e tags",
    ]);
    const at = { file: "plan.json" };
    const expected = "expected the one platform of this leg, like linux/amd64, found";
    expect(groups.map(({ tags }) => (tags.kind === "refused" ? tags.problems : []))).toMatchObject([
      [{ code: "invalid-tag", at, message: 'groups[0].tag-latest: tag-latest is "maybe"' }],
      [{ code: "invalid-plan", at, message: `groups[1].legs[0].platform: ${expected} ""` }],
      [{ code: "invalid-platform", at, message: expect.stringContaining('did you mean "amd64"') }],
      [{ code: "invalid-plan", at, message: expect.stringContaining(`${expected} "linux/amd64,linux/arm64"`) }],
      [],
    ]);
  });

  it("names the plan's file when it says nowhere to publish to", async () => {
    const nowhere = parse({ ...plan(["-a"]), images: [] });
    const { openStore } = await world();
    await expect(mergeAll({ plan: nowhere, recordDirectories: [] }, { openStore })).rejects.toMatchObject({
      code: "invalid-plan",
      message: expect.stringMatching(/^plan\.json: images: expected the repositories to publish to/),
    });
  });

  it.each([
    ["no JSON", "{", "invalid-plan", /plan\.json: is not JSON/],
    [
      "another schema",
      JSON.stringify({ schema: "x" }),
      "invalid-plan",
      /schema: expected "fanfold\.plan\/1", found "x"/,
    ],
    [
      "a path for a name",
      JSON.stringify(plan(["/../../etc"])),
      "invalid-plan",
      /groups\[0\]\.legs\[0\]\.artifact-name: expected an artifact's name/,
    ],
    [
      "one artifact for two legs",
      JSON.stringify(plan(["-a", "-a"])),
      "invalid-plan",
      /two legs have the artifact "digests-a--amd64"/,
    ],
  ])("says what is wrong with %s", (_what, text, code, message) => {
    expect(() => parsePlan(text, "plan.json")).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it("is of the run that merges, where GitHub says which that is", () => {
    const own = parse(plan(["-a"]));
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

  it.each([
    ["one platform", "linux/amd64", "linux/amd64"],
    ["two spellings of one platform", "linux/arm64", "linux/arm64/v8"],
  ])("refuses the image alone of which %s is planned twice", (_what, one, other) => {
    const value = plan(["-a", "-b"]);
    for (const [at, platform] of [one, other].entries()) {
      const twice = value.groups[0]?.legs[at];
      if (twice !== undefined) twice.platform = platform;
    }
    const [a, b] = groupsOfPlan(parse(value), 7);
    expect(a?.tags).toMatchObject({ kind: "refused", problems: [{ code: "duplicate-platform" }] });
    expect(b?.tags.kind).toBe("tags");
  });

  it("has no artifact that would be taken for an attempt of another", () => {
    const value = plan(["-a"]);
    const [first, second] = value.groups[0]?.legs ?? [];
    if (first !== undefined) first["artifact-name"] = "digests-a--arm";
    if (second !== undefined) second["artifact-name"] = "digests-a--arm-7";
    expect(() => parse(value)).toThrow(/"digests-a--arm-7" would be taken for an attempt of "digests-a--arm"/);
  });

  it("has bounds on every field", () => {
    const long = "x".repeat(5000);
    const base = plan(["-a"]);
    const [group] = base.groups;
    const [one] = group?.legs ?? [];
    for (const value of [
      { ...base, event: { ...base.event, ref: long } },
      { ...base, event: { ...base.event, sha: long } },
      { ...base, event: { ...base.event, name: long } },
      { ...base, images: Array.from({ length: 1001 }, () => "a/b") },
      { ...base, groups: Array.from({ length: 10_001 }, () => group) },
      { ...base, groups: [{ ...group, "tag-suffix": long }] },
      { ...base, groups: [{ ...group, legs: Array.from({ length: 257 }, () => one) }] },
      { ...base, groups: [{ ...group, legs: [{ ...one, "artifact-name": long }] }] },
    ]) {
      expect(() => parse(value)).toThrow(/expected at most \d+ (?:characters|items), found \d+/);
    }
    expect(() => parsePlan(`{"schema":${"[".repeat(5000)}${"]".repeat(5000)}}`, "plan.json")).toThrow(
      /nested more than 200 levels/,
    );
  });

  it.each([".", "..", "a/b", "a\\b", "", "a\nb", "a".repeat(257)])("takes no path tricks: %j", (name) => {
    const value = plan(["-a"]);
    const [first] = value.groups[0]?.legs ?? [];
    if (first !== undefined) first["artifact-name"] = name;
    expect(() => parse(value)).toThrow(/expected an artifact's name/);
  });
});

describe("a group without a plan", () => {
  const tags = [parseTag("v1.2.3-cpu-x")];
  const expected = parsePlatforms("linux/amd64,linux/arm64");

  it("is what was recorded, held against what is expected", async () => {
    const { merge, records } = await world();
    const [report] = await merge([
      groupOfRecords({ tagSuffix: undefined, expected, tags, revision: undefined }, records),
    ]);
    expect(report).toMatchObject({ verdict: "published", tagSuffix: "-cpu-x" });
  });

  it.each([
    ["linux/amd64,linux/arm64,linux/s390x", ["missing-leg"], "no record for linux/s390x"],
    ["linux/amd64", ["wrong-platform"], "digests-cpu-x--arm64 is linux/arm64; expected linux/amd64"],
  ])("is refused when %s is expected", async (platforms, codes, message) => {
    const { merge, records } = await world();
    const one = groupOfRecords(
      { tagSuffix: undefined, expected: parsePlatforms(platforms), tags, revision: undefined },
      records,
    );
    const [report] = await merge([one]);
    expect(report?.problems.map(({ code }) => code)).toEqual(codes);
    expect(report?.problems[0]?.message).toBe(message);
  });

  it("is refused when nothing was recorded", async () => {
    const { merge } = await world();
    const [report] = await merge(
      [groupOfRecords({ tagSuffix: undefined, expected, tags, revision: undefined }, new Map())],
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
    const one = groupOfRecords({ tagSuffix: "-cpu-x", expected: all, tags, revision: undefined }, found);
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
    const unplanned = groupOfRecords({ tagSuffix: undefined, expected, tags, revision: undefined }, foreign);
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
