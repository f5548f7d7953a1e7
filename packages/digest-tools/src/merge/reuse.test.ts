import { beforeEach, describe, expect, it } from "vitest";
import { parsePlatforms } from "../oci/platform.ts";
import type { FoundRecord } from "../record/record-file.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { REPOSITORIES } from "../testing/merge-world.ts";
import { record } from "../testing/record.ts";
import { type ReuseWorld, reuseWorld, revisionOf, runOf } from "../testing/reused.ts";

let world: ReuseWorld;
beforeEach(() => {
  world = reuseWorld(REPOSITORIES.map((name) => new MemoryStore(name)));
});

const MAIN = ["main", `sha-${revisionOf(1).slice(0, 7)}`];
const shortTag = (id: number): string => `sha-${revisionOf(id).slice(0, 7)}`;
const [first = "", second = ""] = REPOSITORIES;

describe("what is published, published again", () => {
  it("claim: the same children under an index of this run, whose annotations say so", async () => {
    const { digest } = await world.build("1-a", { id: 1, tags: MAIN });
    const before = world.read("main");
    const report = await world.reuse(
      { why: "claim", index: world.standing("main"), key: "1-a" },
      { id: 2, tags: ["main", shortTag(2)] },
    );
    expect(report).toMatchObject({ verdict: "published", reused: "claim", problems: [], warnings: [] });
    expect(report.digest).not.toBe(digest);
    const after = world.read("main");
    expect(after.children).toEqual(before.children);
    expect(after.annotations).toEqual({
      "io.github.fanfold.content-key": "1-a",
      "io.github.fanfold.run-id": "2",
      "io.github.fanfold.server": "https://github.com",
      "org.opencontainers.image.revision": revisionOf(2),
      "org.opencontainers.image.version": "main",
    });
    for (const store of world.stores) expect(store.tags.get(shortTag(2))).toBe(report.digest);
    expect(world.stores[0]?.tags.get(shortTag(1))).toBe(digest);
  });

  it("in the order of every merge: children in every repository, the index, fixed tags, moving ones", async () => {
    await world.build("1-a", { id: 1, tags: MAIN });
    const index = world.standing("main");
    const children = world.read("main").children;
    for (const { log } of world.stores) log.length = 0;
    const { digest } = await world.reuse({ why: "claim", index, key: "1-a" }, { id: 2, tags: ["main", shortTag(2)] });
    const [log] = world.stores.map((store) => store.log);
    expect(log).toEqual([
      `GET ${index.get(first)}`,
      `HEAD ${shortTag(2)}`,
      ...children.map((child) => `HEAD ${child}`),
      `PUT ${digest}`,
      `PUT ${shortTag(2)}`,
      `HEAD ${shortTag(2)}`,
      "GET main",
      "PUT main",
      "HEAD main",
    ]);
    expect(world.stores[1]?.log.filter((request) => request.startsWith("GET"))).toEqual([]);
  });

  it("heal: the tag that one repository has lost is there again, and both agree", async () => {
    await world.build("1-a", { id: 1, tags: MAIN });
    world.stores[1]?.tags.delete("main");
    const report = await world.reuse({ why: "heal", index: world.standing("main"), key: "1-a" }, { id: 2, tags: MAIN });
    expect(report).toMatchObject({ verdict: "published", reused: "heal" });
    expect([...world.standing("main").values()]).toEqual([report.digest, report.digest]);
  });

  it("of indexes that differ, the one with the key, wherever it stands", async () => {
    await world.build("1-old", { id: 1, tags: MAIN });
    const old = world.standing("main");
    await world.build("1-new", { id: 2, tags: ["main"] });
    const children = world.read("main").children;
    const index = new Map([
      [first, old.get(first) ?? "sha256:"],
      [second, world.standing("main").get(second) ?? "sha256:"],
    ] as const);
    expect(await world.reuse({ why: "heal", index, key: "1-new" }, { id: 3, tags: ["main"] })).toMatchObject({
      verdict: "published",
    });
    expect(world.read("main").children).toEqual(children);
  });

  it("retag: the release's tags, with its own version; the tag of a commit that holds the same stays", async () => {
    const { digest } = await world.build("1-a", { id: 1, tags: MAIN });
    const run = { id: 2, tags: ["v1.2.3", shortTag(1), "latest"], revision: revisionOf(1) };
    const report = await world.reuse({ why: "retag", index: world.standing("main"), key: "1-a" }, run);
    expect(report).toMatchObject({ verdict: "published", reused: "retag" });
    for (const store of world.stores) {
      expect(store.tags.get("main")).toBe(digest);
      expect(store.tags.get(shortTag(1))).toBe(digest);
      expect([store.tags.get("v1.2.3"), store.tags.get("latest")]).toEqual([report.digest, report.digest]);
    }
    expect(world.read("v1.2.3").annotations).toMatchObject({ "org.opencontainers.image.version": "v1.2.3" });
    expect(report.tags.filter(({ outcome }) => outcome === "left").map(({ tag }) => tag.name)).toEqual([
      shortTag(1),
      shortTag(1),
    ]);
    const again = await world.reuse(
      { why: "retag", index: world.standing("main"), key: "1-a" },
      { ...run, attempt: 2 },
    );
    expect(again).toMatchObject({ verdict: "unchanged", digest: report.digest });
  });

  it("a commit's tag is set where it stands for other children, or not in every repository", async () => {
    await world.build("1-a", { id: 1, tags: MAIN });
    const index = world.standing("main");
    const run = { id: 3, tags: ["v1.2.3", shortTag(1)], revision: revisionOf(1) };
    world.stores[1]?.tags.delete(shortTag(1));
    const { digest } = await world.reuse({ why: "retag", index, key: "1-a" }, run);
    expect([...world.standing(shortTag(1)).values()]).toEqual([digest, digest]);
    await world.build("1-b", { id: 4, tags: [shortTag(1)], revision: revisionOf(1) });
    const repaired = await world.reuse({ why: "retag", index, key: "1-a" }, run);
    expect([...world.standing(shortTag(1)).values()]).toEqual([repaired.digest, repaired.digest]);
  });

  it("makes the same bytes again, and prints what it would do", async () => {
    await world.build("1-a", { id: 1, tags: MAIN });
    const from = { why: "claim", index: world.standing("main"), key: "1-a" } as const;
    const run = { id: 2, tags: ["main", shortTag(2)] };
    const dry = await world.reuse(from, run, { dryRun: true });
    expect(dry).toMatchObject({ verdict: "planned", reused: "claim" });
    expect(world.stores[0]?.tags.get(shortTag(2))).toBeUndefined();
    const puts = dry.steps?.flatMap((step) => (step.kind === "request" && step.method === "PUT" ? step.reference : []));
    expect(puts).toEqual([dry.digest, dry.digest, shortTag(2), shortTag(2), "main", "main"]);
    expect(await world.reuse(from, run)).toMatchObject({ verdict: "published", digest: dry.digest });
    expect(await world.reuse(from, { ...run, attempt: 2 })).toMatchObject({
      verdict: "unchanged",
      digest: dry.digest,
    });
  });
});

describe("is refused, and no tag moves", () => {
  const claim = async (change: object = {}, options: object = {}) => {
    const index = world.standing("main");
    const before = world.stores.map((store) => store.state());
    const report = await world.reuse(
      { why: "claim", index, key: "1-a", ...change },
      { id: 2, tags: ["main", shortTag(2)] },
      options,
    );
    expect(report).toMatchObject({ verdict: "refused", reused: "claim" });
    expect(world.stores.map((store) => store.state())).toEqual(before);
    return report.problems;
  };
  beforeEach(async () => {
    await world.build("1-a", { id: 1, tags: MAIN });
  });

  it("where a repository has lost a child, by name", async () => {
    const gone = world.read("main").children[1];
    if (gone === undefined) throw new Error("two images");
    world.stores[1]?.manifests.delete(gone);
    expect(await claim()).toEqual([
      {
        code: "not-found",
        severity: "error",
        message: `what is published (linux/arm64, ${gone}) is not in ${second}, or no longer`,
        fix: "plan again: an image that is not there as it should be is built",
      },
    ]);
  });

  it("where the index itself is gone", async () => {
    const index = world.standing("main");
    for (const store of world.stores) for (const digest of index.values()) store.manifests.delete(digest);
    const problems = await claim();
    expect(problems.map(({ code }) => code)).toEqual(["not-found", "not-found"]);
    expect(problems[0]?.message).toBe(`${first}@${index.get(first)} does not exist`);
  });

  it("where it has another content key, or none", async () => {
    expect((await claim({ key: "1-b" })).map(({ message }) => message)).toEqual([
      `${first}@${world.standing("main").get(first)} has the content key 1-a; the plan says 1-b`,
    ]);
  });

  it("where it has other platforms than the plan", async () => {
    const change = { expected: parsePlatforms("linux/amd64,linux/s390x") };
    expect((await claim({ change }))[0]).toMatchObject({
      code: "wrong-platform",
      message: expect.stringMatching(/ is linux\/amd64,linux\/arm64; expected linux\/amd64,linux\/s390x$/),
    });
  });

  it("where this attempt has built it; what an earlier attempt left behind does not count", async () => {
    const found = (attempt: number): FoundRecord => ({
      kind: "record",
      file: "x",
      record: record({ run: { ...runOf(2), attempt } }),
    });
    const [name = ""] = ["digests--amd64"];
    expect(await claim({ records: new Map([[name, found(1)]]) })).toMatchObject([
      {
        code: "unplanned-leg",
        message: "digests--amd64 left a record, and the plan says that nothing of this image is built",
      },
    ]);
    const earlier: FoundRecord = { kind: "record", file: "x", record: record({ run: { ...runOf(2), attempt: 0 } }) };
    const report = await world.reuse(
      { why: "claim", index: world.standing("main"), key: "1-a", records: new Map([[name, earlier]]) },
      { id: 2, tags: ["main"] },
    );
    expect(report.verdict).toBe("published");
  });

  it("--immutable refuses a fixed tag that stands for something else", async () => {
    await world.build("1-b", { id: 3, tags: ["v1.2.3"] });
    const report = await world.reuse(
      { why: "retag", index: world.standing("main"), key: "1-a" },
      { id: 4, tags: ["v1.2.3"] },
      { immutable: true },
    );
    expect(report.problems.map(({ code }) => code)).toEqual(["tag-exists", "tag-exists"]);
  });
});
