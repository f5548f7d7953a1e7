import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataOf } from "../page/page.ts";
import { IMAGES } from "../reuse/testing/model-family.ts";
import { type ModelTools, must } from "../reuse/testing/model-run.ts";
import { ModelWorld } from "../reuse/testing/model-world.ts";
import { registryTools } from "../reuse/testing/registry-tools.ts";
import { runFanfold } from "../testing/run-fanfold.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`fanfold status is not tested with real registries: ${bed.unavailable}`);

describe.skipIf("unavailable" in bed)("fanfold status, of two real registries", () => {
  let scratch: string;
  let world: ModelWorld;
  let tools: ModelTools;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "fanfold-status-"));
    world = await ModelWorld.create(scratch, async (repository) => {
      tools = await registryTools(repository, scratch);
      return tools;
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  const status = async (...args: readonly string[]) => {
    await world.repository.checkout("main");
    const env = { ...gitEnvironment(), HOME: scratch, DOCKER_CONFIG: scratch };
    return runFanfold(["status", ...args], { cwd: world.repository.path, env });
  };
  const states = async (): Promise<Readonly<Record<string, string>>> => {
    const { images } = JSON.parse((await status("--json")).stdout);
    return Object.fromEntries(images.map(({ image, state }: Record<string, string>) => [image, state]));
  };
  const all = (state: string) => Object.fromEntries(IMAGES.map(({ name }) => [name, state]));

  test("what is published is current, by name, tag, digest and commit", async () => {
    const { code, stdout, stderr } = await status("--fail-on", "stale");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^main beside commit [0-9a-f]{7}\n\nSTATE {4}IMAGE {3}TAG {3}DIGEST {8}COMMIT {3}AGE\n/);
    const digest = (await world.read("base", must(tools.places[0])))?.digest.slice("sha256:".length, 19);
    expect(stdout).toContain(`\ncurrent  base    main  ${digest}  ${world.head.sha.slice(0, 7)}  `);
    expect(stdout.endsWith("\n5 images: 5 current\n")).toBe(true);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("a build that is lost, what stands on it, and a tag that one registry has lost", async () => {
    await world.apply({ kind: "push", change: "text", image: 1 });
    await world.apply({ kind: "step", at: 0, fails: null });
    await world.apply({ kind: "step", at: 0, fails: 0 });
    await world.finish(0);
    await world.deleteTag("other", must(tools.places[1]));
    const { code, stdout } = await status("--fail-on", "stale");
    expect(code).toBe(1);
    expect(await states()).toEqual({ ...all("current"), middle: "stale", top: "stale", other: "incomplete" });
    expect(stdout).toContain(`${must(tools.places[1])}/other:main is missing`);
    expect(stdout).toContain("\n5 images: 2 current, 2 stale, 1 incomplete\n");
    expect((await status()).code).toBe(0);
  });

  test("a registry that is down costs seconds, and is said once", async () => {
    await tools.setDown(must(tools.places[0]), true);
    const { code, stdout, stderr } = await status("--fail-on", "stale");
    await tools.setDown(must(tools.places[0]), false);
    expect(code).toBe(0);
    expect(stderr.match(/cannot be read/g)).toHaveLength(1);
    expect(stderr).toContain("what is published of 5 images of 5 cannot be read");
    expect(stdout).toContain("\n5 images: 5 unreadable\n");
  });

  test("after one more push all is current again", async () => {
    await world.settle([]);
    expect(world.broken).toEqual([]);
    expect(await states()).toEqual(all("current"));
  });

  test("a page of the same", async () => {
    const page = join(scratch, "status.html");
    const { code, stdout } = await status("--json", "--html", page);
    expect(code).toBe(0);
    expect(dataOf(await readFile(page, "utf8"))).toEqual({
      kind: "status",
      made: expect.any(String),
      status: JSON.parse(stdout),
    });
    const refused = await status("--html", join(scratch, "missing", "status.html"));
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
  });
});
