import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Stores } from "@fanfold/digest-tools";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome, ReuseWorld } from "../testing/reuse-world.ts";
import { runFanfold } from "../testing/run-fanfold.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`signatures are not asked for in plans: ${bed.unavailable}`);

const entry = (arch: string) =>
  `  - { backend: a, tag-suffix: "-a", platforms: linux/${arch}, platform-tag: ${arch}, context: a, dockerfile: a/Dockerfile }\n`;

describe.skipIf("unavailable" in bed)("what is published and signed, in two real registries", () => {
  let keys: string;
  let options: Parameters<typeof ReuseWorld.create>[0];
  let world: ReuseWorld;
  beforeAll(async () => {
    if ("unavailable" in bed) return;
    keys = await mkdtemp(join(tmpdir(), "fanfold-keys-"));
    await execa(bed.tools.cosign, ["generate-key-pair"], { cwd: keys, env: { COSIGN_PASSWORD: "" } });
    const images = bed.registries.slice(0, 2).map(({ host }) => `${host}/signed-${Date.now()}/backends`);
    options = {
      images,
      config: `images: ${JSON.stringify(images)}
reuse: published
sign: { cosign: MY_KEY, public: .github/cosign.pub }
workflow: { branches: [main] }
`,
      matrix: `include:\n${["amd64", "arm64"].map(entry).join("")}`,
      files: {
        "a/Dockerfile": "FROM scratch\nCOPY file /\n",
        "a/file": "1",
        ".github/cosign.pub": await readFile(join(keys, "cosign.pub"), "utf8"),
      },
      env: {
        PATH: `${dirname(bed.tools.cosign)}:${process.env["PATH"]}`,
        MY_KEY: await readFile(join(keys, "cosign.key"), "utf8"),
      },
    };
    world = await ReuseWorld.create(options);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await rm(keys, { recursive: true });
  });

  async function verify(reference: string) {
    const args = ["verify", "--key", join(keys, "cosign.pub"), "--insecure-ignore-tlog=true", reference];
    const { exitCode, stderr } = await execa("cosign", args, { env: options.env ?? {}, reject: false });
    return [exitCode, stderr];
  }

  /** A push that is cancelled before it has published anything, and the one that takes it back. */
  async function revert(at: ReuseWorld = world) {
    const there = await at.push({ "a/file": "2" });
    at.end(there, "cancelled");
    return at.push({ "a/file": "1" });
  }

  /** The same content under another index with the same annotations, and one more: whoever may push can do that. */
  async function putForeign(): Promise<readonly string[]> {
    const put: string[] = [];
    const stores = new Stores();
    for (const store of world.images.map((name) => stores.open(name))) {
      const ours = await store.getManifest("main-a");
      if (ours === undefined) throw new Error("nothing is published");
      const index = JSON.parse(Buffer.from(ours.bytes).toString());
      expect(Object.keys(index.annotations)).toContain("io.github.fanfold.content-key");
      index.annotations["org.example.foreign"] = "true";
      const bytes = Buffer.from(JSON.stringify(index));
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      const digest = `sha256:${Buffer.from(hash).toString("hex")}` as const;
      await store.putManifest("main-a", { bytes, descriptor: { ...ours.descriptor, digest, size: bytes.length } });
      put.push(`${store.name}@${digest}`);
    }
    await stores.close();
    return put;
  }

  /** What `fanfold status` says of the image in a clone that is at its last commit. */
  async function status(env: NodeJS.ProcessEnv = {}) {
    const at = { cwd: world.root, env: { ...gitEnvironment(), HOME: world.home, ...options.env, ...env } };
    const { code, stdout, stderr } = await runFanfold(["status", "--json", "--fail-on", "stale"], at);
    const { state, signed, why } = JSON.parse(stdout).images[0];
    return { code, state, signed, why, stderr };
  }

  test("ours is claimed; with a foreign index of the right key under its tag it is built, and nobody signs that", async () => {
    const first = await world.push();
    expect(first.plan.sign).toMatchObject({ by: "cosign", key: "MY_KEY", public: ".github/cosign.pub" });
    expect(await world.finish(first)).toEqual({ "-a": "published" });
    const reverted = await revert();
    expect(outcome(reverted)).toEqual({ "-a": "claim" });
    expect(await world.finish(reverted)).toEqual({ "-a": "published" });
    for (const image of world.images) expect(await verify(`${image}:main-a`)).toEqual([0, expect.any(String)]);
    const ours = { code: 0, state: "current", why: "" };
    expect(await status()).toEqual({ ...ours, signed: true, stderr: "" });
    // Whoever cannot ask says so, and changes nothing.
    const unasked = await status({ PATH: "/usr/bin:/bin" });
    expect(unasked).toEqual({ ...ours, signed: null, stderr: expect.stringContaining("cosign cannot be started") });
    expect(unasked.stderr).toMatch(
      /^warning: whether images are signed is not known: it is not known whether \S+@sha256/,
    );

    const theirs = await putForeign();
    expect(await status()).toEqual({
      code: 1,
      state: "stale",
      signed: false,
      why: expect.stringMatching(/:main-a carries no signature that counts in \S+@sha256:\w+: .*no signatures found/),
      stderr: "",
    });
    const foreign = await revert();
    expect(outcome(foreign)).toEqual({ "-a": "build" });
    expect(await world.finish(foreign)).toEqual({ "-a": "published" });
    for (const reference of theirs) {
      expect(await verify(reference)).toEqual([10, expect.stringContaining("no signatures found")]);
    }
    const again = await revert();
    expect(outcome(again)).toEqual({ "-a": "claim" });
    world.end(again, "cancelled");
  }, 120_000);

  test("where cosign cannot be asked, the diff decides, and that is said once", async () => {
    await using blind = await ReuseWorld.create({ ...options, env: { ...options.env, PATH: "/usr/bin:/bin" } });
    const reverted = await revert(blind);
    expect(outcome(reverted)).toEqual({ "-a": "build" });
    expect(reverted.stderr).toMatch(
      /warning: what is published of 1 image of 1 cannot be read.*cosign cannot be started/,
    );
    const other = await blind.push({ "README.md": "x" });
    expect(outcome(other)).toEqual({});
  }, 60_000);
});
