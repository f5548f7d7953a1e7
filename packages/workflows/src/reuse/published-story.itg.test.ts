import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IMAGES, type Sources } from "./testing/model-family.ts";
import { builtImages, type ModelRun, type ModelTools, must, publishedAgain } from "./testing/model-run.ts";
import { ModelWorld } from "./testing/model-world.ts";
import { registryTools } from "./testing/registry-tools.ts";
import type { Standing } from "./testing/stub-build.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`what reuse publishes is not tested with real registries: ${bed.unavailable}`);

describe.skipIf("unavailable" in bed)("what stands in two real registries, by the built commands", () => {
  let scratch: string;
  let world: ModelWorld;
  let tools: ModelTools;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "fanfold-story-"));
    world = await ModelWorld.create(scratch, async (repository) => {
      tools = await registryTools(repository, scratch);
      return tools;
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  /** The same in both places. */
  const standing = async (image: string, tag = "main"): Promise<Standing> => {
    const [one, two] = await Promise.all(tools.places.map((place) => world.read(image, place, tag)));
    expect(one, `${image}:${tag}`).toBeDefined();
    expect(two).toEqual(one);
    return must(one);
  };
  const changed = (...names: readonly string[]): Sources => {
    const { sources } = world.head;
    const other = names.map((name) => [name, { ...must(sources[name]), text: must(sources[name]).text + 1 }] as const);
    return { ...sources, ...Object.fromEntries(other) };
  };
  const whole = async (run: ModelRun): Promise<ModelRun> => {
    await world.finish(0);
    return run;
  };
  const outcome = ({ plan }: ModelRun) => ({
    builds: builtImages(must(plan)),
    again: publishedAgain(must(plan)),
  });

  test("a build that failed is made up for by the next push; what was published stays as it is", async () => {
    await world.push(changed("other", "third"));
    await world.step(0, null);
    // Legs in the order of the file: the second is that of third.
    await world.step(0, 1);
    await world.finish(0);
    const [other, third] = [await standing("other"), await standing("third")];
    expect(other.layers.get("linux/amd64")).toEqual(["other 1"]);
    expect(third.layers.get("linux/amd64")).toEqual(["third 0"]);

    const next = await whole(await world.push(changed("top")));
    expect(outcome(next)).toEqual({ builds: ["top", "third"], again: [] });
    expect((await standing("third")).layers.get("linux/amd64")).toEqual(["third 1"]);
    expect((await standing("top")).layers.get("linux/amd64")).toEqual(["base 0", "middle 0", "top 1"]);
    expect((await standing("other")).digest).toBe(other.digest);
  });

  test("a tag that one registry has lost is there again, of the same children", async () => {
    const before = await standing("base");
    await world.deleteTag("base", must(tools.places[1]));
    const run = await whole(await world.push(world.head.sources));
    expect(outcome(run)).toEqual({ builds: [], again: ["heal base"] });
    const after = await standing("base");
    expect(after.children).toEqual(before.children);
    expect(after.annotations["io.github.fanfold.run-id"]).toBe(String(run.id));
  });

  test("a revert that ends before what it reverts keeps the tag", async () => {
    const before = await standing("other");
    const { sources } = world.head;
    await world.push(changed("other"));
    await world.step(0, null);
    await world.step(0, null);
    const revert = await world.push(sources);
    await world.finish(1);
    expect(outcome(revert)).toEqual({ builds: [], again: ["claim other"] });
    const claimed = await standing("other");
    expect(claimed.children).toEqual(before.children);
    await world.finish(0);
    expect((await standing("other")).digest).toBe(claimed.digest);
  });

  test("a release of what stands is a matter of tags, and says that it is one", async () => {
    const before = new Map<string, Standing>();
    for (const { name } of IMAGES) before.set(name, await standing(name));
    const run = await whole(await world.release());
    expect(outcome(run).builds).toEqual([]);
    for (const { name } of IMAGES) {
      const { children, annotations, digest } = await standing(name, "v1.0.0");
      expect(children).toEqual(before.get(name)?.children);
      expect(annotations["org.opencontainers.image.version"]).toBe("v1.0.0");
      expect(annotations["io.github.fanfold.content-key"]).toBe(
        before.get(name)?.annotations["io.github.fanfold.content-key"],
      );
      expect((await standing(name, "latest")).digest).toBe(digest);
      expect((await standing(name)).digest).toBe(before.get(name)?.digest);
    }
    expect(world.broken).toEqual([]);
  });
});
