import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningRegistry, startRegistry, testbed } from "@fanfold-rigs/testbed";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { outcome, type PlannedRun, ReuseWorld } from "../testing/reuse-world.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`reuse is not tested with real registries: ${bed.unavailable}`);

const MATRIX = `include:
${["a", "b", "c"]
  .flatMap((name) =>
    ["amd64", "arm64"].map(
      (arch) =>
        `  - { backend: ${name}, tag-suffix: "-${name}", platforms: linux/${arch}, platform-tag: ${arch}, context: ${name}, dockerfile: ${name}/Dockerfile }\n`,
    ),
  )
  .join("")}`;

const FILES = Object.fromEntries(
  ["a", "b", "c"].flatMap((name) => [
    [`${name}/Dockerfile`, "FROM scratch\nCOPY file /\n"],
    [`${name}/file`, "1"],
  ]),
);

const ALL = { "-a": "build", "-b": "build", "-c": "build" };
const PUBLISHED = { "-a": "published", "-b": "published", "-c": "published" };

describe.skipIf("unavailable" in bed)("what is published, in two real registries", () => {
  let storage: string;
  let registries: readonly RunningRegistry[];
  let world: ReuseWorld;
  beforeEach(async () => {
    storage = await mkdtemp(join(tmpdir(), "fanfold-story-"));
    registries = await Promise.all(
      ["one", "two"].map((name) => startRegistry({ auth: "none", storageDir: join(storage, name) })),
    );
    world = await ReuseWorld.create({ images: images(), config: config(), matrix: MATRIX, files: FILES });
    expect(await world.finish(await world.push())).toEqual(PUBLISHED);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await Promise.all(registries.map((registry) => registry.stop()));
    await rm(storage, { recursive: true });
  });

  function images(): readonly string[] {
    return registries.map(({ host }) => `${host}/story/backends`);
  }
  function config(more = ""): string {
    return `images: ${JSON.stringify(images())}\nreuse: published\n${more}workflow: { branches: [main] }\n`;
  }
  /** As somebody deletes it who cleans up. */
  async function deleteTag(registry: "one" | "two", tag: string): Promise<void> {
    const tags = join(storage, registry, "data/docker/registry/v2/repositories/story/backends/_manifests/tags");
    await rm(join(tags, tag), { recursive: true });
  }
  const said = ({ plan }: PlannedRun): string => plan.warnings.join("\n");

  test("a leg that failed is built by the next push, whatever that touches", async () => {
    const both = await world.push({ "a/file": "2", "b/file": "2" });
    expect(outcome(both)).toEqual({ "-a": "build", "-b": "build" });
    expect(await world.finish(both, { failing: ["-b"] })).toEqual({ "-a": "published", "-b": "refused" });

    const next = await world.push({ "c/file": "2" });
    expect(outcome(next)).toEqual({ "-b": "build", "-c": "build" });
    expect(next.plan.causes).toMatchObject([
      { rule: "stale", stale: expect.stringMatching(/main-b is built from something else, as of \w{7}$/) },
      { rule: "stale" },
      { path: "c/file" },
      { path: "c/file" },
    ]);
    expect(next.summary).toContain("published: 1 current, 2 stale, of 3 images");
    await world.finish(next);

    const last = await world.push({ "README.md": "x" });
    expect(outcome(last)).toEqual({});
    expect(last.outputs.get("has-publish")).toBe("false");
  });

  test("what an earlier run may still build is left to it, by name, and built once that is over", async () => {
    const slow = await world.push({ "a/file": "2", "b/file": "2" });
    const next = await world.push({ "c/file": "2" });
    expect(outcome(next)).toEqual({ "-c": "build" });
    expect(said(next)).toMatch(
      new RegExp(`not published, and left to run ${slow.run} of \\w{7}, which is not over: -a, -b`),
    );
    await world.finish(next);
    world.end(slow, "cancelled");
    // A dispatch that was told what to build builds nothing else.
    await world.run("workflow_dispatch", "refs/heads/main", {}, { args: ["--only", "-c"], title: "Only -c" });
    const last = await world.push({ "README.md": "x" });
    expect(outcome(last)).toEqual({ "-a": "build", "-b": "build" });
  });

  test("what is put back while it is built is claimed, so that the older run cannot take the tag", async () => {
    const there = await world.push({ "a/file": "2" });
    const back = await world.push({ "a/file": "1" });
    expect(outcome(back)).toEqual({ "-a": "claim" });
    expect(back.outputs.get("has-publish")).toBe("true");
    expect(back.outputs.get("has-multi-1")).toBe("false");
    expect(back.summary).toContain("claimed: its content is published already");
    const key = back.plan.groups[0]?.["content-key"];
    expect(await world.finish(back)).toEqual({ "-a": "published" });
    expect(await world.finish(there)).toMatchObject({ "-a": expect.stringMatching(/published|unchanged/) });
    const quiet = await world.push({ "README.md": "x" });
    expect(outcome(quiet)).toEqual({});
    expect(quiet.summary).toContain("3 current");
    expect(key).toMatch(/^1-[0-9a-f]{64}$/);
  });

  test.each(["one", "two"] as const)("a tag that is gone in registry %s is set again", async (registry) => {
    await deleteTag(registry, "main-b");
    const next = await world.push({ "README.md": "x" });
    expect(outcome(next)).toEqual({ "-b": "heal" });
    expect(await world.finish(next)).toEqual({ "-b": "published" });
    expect(outcome(await world.push({ "README.md": "y" }))).toEqual({});
  });

  test("a release gets what its branch has published", async () => {
    await world.git("tag", "v1.2.3");
    const release = await world.run("push", "refs/tags/v1.2.3", { before: "0".repeat(40), after: "x" });
    expect(outcome(release)).toEqual({ "-a": "retag", "-b": "retag", "-c": "retag" });
    expect(release.plan.groups.map(({ tags }) => tags[0])).toEqual(["v1.2.3-a", "v1.2.3-b", "v1.2.3-c"]);
    expect(await world.finish(release)).toEqual(PUBLISHED);
  });

  test("a release of what names its version is built", async () => {
    await world.finish(await world.push({ ".github/fanfold.yml": config('build: { args: { V: "{{version}}" } }\n') }));
    const release = await world.run("push", "refs/tags/v1.2.3", { before: "0".repeat(40), after: "x" });
    expect(outcome(release)).toEqual(ALL);
    expect(said(release)).toContain("because build or labels name the version");
  });

  test.each([
    ["a schedule", "schedule", {}, []],
    ["a dispatch", "workflow_dispatch", {}, []],
    ["--force-all", "push", { before: "0".repeat(40), after: "x" }, ["--force-all"]],
    ["--reuse off", "push", { before: "0".repeat(40), after: "x" }, ["--reuse", "off"]],
  ] as const)("%s builds everything, whatever is published", async (_, event, payload, args) => {
    expect(outcome(await world.run(event, "refs/heads/main", payload, { args }))).toEqual(ALL);
  });

  test("a new name of the tag by which it is known costs no build", async () => {
    const renamed = config("metadata: { tags: ['type=edge,branch=main'], flavor: ['suffix={tag-suffix}'] }\n");
    const next = await world.push({ ".github/fanfold.yml": renamed });
    expect(outcome(next)).toEqual({ "-a": "heal", "-b": "heal", "-c": "heal" });
    expect(await world.finish(next)).toEqual(PUBLISHED);
    expect(outcome(await world.push({ "README.md": "x" }))).toEqual({});
  });

  test("a pull request leaves out what its target has published", async () => {
    const from = await world.git("rev-parse", "HEAD");
    await world.finish(await world.push({ "a/file": "2" }));
    const base = await world.git("rev-parse", "HEAD");
    await world.git("checkout", "-q", "-b", "topic", from);
    await world.commit({ "a/file": "2", "b/file": "2" });
    const head = await world.git("rev-parse", "HEAD");
    const pull = { number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } };
    const asked = await world.run("pull_request", "refs/pull/7/merge", { number: 7, pull_request: pull });
    expect(outcome(asked)).toEqual({ "-b": "build" });
    expect(said(asked)).toContain("not built, as main has published the same: -a");
  });

  test("registries that are gone: what changed decides, and it is said once", async () => {
    await Promise.all(registries.map((registry) => registry.kill()));
    const next = await world.push({ "c/file": "2" });
    expect(outcome(next)).toEqual({ "-c": "build" });
    expect(said(next).match(/cannot be read, so what changed decides/g)).toHaveLength(1);
    expect(next.summary).toContain("3 unreadable");
  });

  test("a base that moves elsewhere: what stands on it is built on that, and a schedule builds nothing else", async () => {
    const [host = ""] = registries.map((registry) => registry.host);
    const publish = (content: string) => world.publish(`${host}/elsewhere/base`, "1", content);
    const first = await publish("one");
    const watching = config()
      .replace("reuse: published", "reuse: { from: published, bases: watch, schedule: stale }")
      .replace("branches: [main]", 'branches: [main], cron: "1 1 * * *"');
    const files = { "a/Dockerfile": `FROM ${host}/elsewhere/base:1\nCOPY file /\n`, ".github/fanfold.yml": watching };
    const built = await world.push(files);
    expect(outcome(built)).toEqual({ "-a": "build" });
    const contexts = { [`${host}/elsewhere/base:1`]: `docker-image://${host}/elsewhere/base@${first}` };
    expect(built.plan.targets["digests-a--amd64"]).toMatchObject({ contexts });
    expect(built.plan.targets["digests-a--arm64"]).toMatchObject({ contexts });
    await world.finish(built);
    expect(outcome(await world.run("schedule", "refs/heads/main", {}))).toEqual({});
    // A status asks for the same digests.
    expect(await world.status()).toMatchObject({ "-a": "current" });
    const second = await publish("two");
    expect(second).not.toBe(first);
    const scheduled = await world.run("schedule", "refs/heads/main", {});
    expect(outcome(scheduled)).toEqual({ "-a": "build" });
    expect(await world.status()).toMatchObject({ "-a": "stale" });
    expect(JSON.stringify(scheduled.plan.targets["digests-a--amd64"])).toContain(second);
  });

  test("what stands on an image that is not built is handed its digest, and its key is of that", async () => {
    const [host = ""] = registries.map((registry) => registry.host);
    const onB = { "a/Dockerfile": `FROM ${host}/story/backends:main-b\nCOPY file /\n` };
    await world.finish(await world.push(onB));
    const next = await world.push({ "a/file": "2" });
    expect(outcome(next)).toEqual({ "-a": "build" });
    const digest = await world.digestOf(`${host}/story/backends`, "main-b");
    expect(next.plan.bases["digests-a--amd64"]).toMatchObject([
      { image: "-b", selected: false, digest: { [`${host}/story/backends`]: digest } },
    ]);
    await world.finish(next);
    // A lost base is built, and what stands on it with it.
    const lost = await world.push({ "b/file": "2" });
    expect(outcome(lost)).toEqual({ "-a": "build", "-b": "build" });
    expect(await world.finish(lost, { failing: ["-b"] })).toEqual({ "-a": "refused", "-b": "refused" });
    expect(outcome(await world.push({ "README.md": "x" }))).toEqual({ "-a": "build", "-b": "build" });
  });
});
