import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome, ReuseWorld } from "../testing/reuse-world.ts";

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

describe.skipIf("unavailable" in bed)("what is published, in two real registries", () => {
  let world: ReuseWorld;
  beforeAll(async () => {
    if ("unavailable" in bed) return;
    const name = `story-${Date.now()}`;
    const images = bed.registries.slice(0, 2).map(({ host }) => `${host}/${name}/backends`);
    const config = `images: ${JSON.stringify(images)}\nreuse: published\nworkflow: { branches: [main] }\n`;
    world = await ReuseWorld.create({ images, config, matrix: MATRIX, files: FILES });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test("a leg that failed is built by the next push, whatever that touches", async () => {
    const first = await world.push();
    expect(outcome(first)).toEqual({ "-a": "build", "-b": "build", "-c": "build" });
    expect(await world.finish(first)).toEqual({ "-a": "published", "-b": "published", "-c": "published" });

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
    await world.finish(next);

    const last = await world.push({ "README.md": "x" });
    expect(outcome(last)).toEqual({});
    world.end(last, "success");
  });
});
