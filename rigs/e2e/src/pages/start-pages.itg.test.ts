import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pushBusybox } from "./busybox-image.ts";
import { followPage } from "./follow-page.ts";
import { layoutImages } from "./layout-images.ts";
import { writeNpx } from "./npx-stand-in.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PAGES = fileURLToPath(new URL("../../../../docs/start/", import.meta.url));

const BOTH = ["linux/amd64", "linux/arm64"];

/** What stands merged when a page has been followed; `engine`: it builds. */
const pages: Readonly<
  Record<string, { readonly engine: boolean; readonly images: Readonly<Record<string, readonly string[]>> }>
> = {
  "qemu.md": {
    engine: true,
    images: { "ghcr.io/example/shop-api:main": BOTH, "ghcr.io/example/shop-web:main": BOTH },
  },
  "bake.md": {
    engine: true,
    images: { "ghcr.io/example/shop-api:main": BOTH, "ghcr.io/example/shop-web:main": BOTH },
  },
  "paths-filter.md": {
    engine: false,
    images: { "ghcr.io/example/shop-api:main": BOTH, "ghcr.io/example/shop-web:main": BOTH },
  },
  "repository-per-image.md": {
    engine: false,
    images: {
      "ghcr.io/example/radio:2.1.0": BOTH,
      "ghcr.io/example/radio:rolling": BOTH,
      "ghcr.io/example/scanner:2.1.0": ["linux/amd64"],
      "ghcr.io/example/scanner:rolling": ["linux/amd64"],
      "ghcr.io/example/wiki:2.1.0": BOTH,
      "ghcr.io/example/wiki:rolling": BOTH,
    },
  },
  "base-images.md": {
    engine: true,
    images: { "ghcr.io/example/shop-base:main": BOTH, "ghcr.io/example/shop-api:main": BOTH },
  },
  "tag-suffixes.md": {
    engine: false,
    images: {
      "quay.io/example/speech:main-cpu-kokoro": BOTH,
      "quay.io/example/speech:main-cpu-piper": BOTH,
      "quay.io/example/speech:main-cpu-whisper": BOTH,
      "quay.io/example/speech:main-cuda-12-whisper": ["linux/amd64"],
    },
  },
};

const bed = testbed();
const engine = "unavailable" in bed ? undefined : (bed.docker ?? undefined);
const noEngine = "unavailable" in bed ? bed.unavailable : "only registries, no engine";

let scratch: string;
let npx: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "fanfold-pages-"));
  npx = writeNpx(scratch);
  if (!("unavailable" in bed) && engine !== undefined) await pushBusybox(bed, engine, scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** What the reader has: git with a name, npx, and Docker where there is an engine. */
async function readersEnvironment(home: string): Promise<Readonly<Record<string, string>>> {
  await mkdir(home);
  const gitConfig = "[user]\n  name = Reader\n  email = reader@example.com\n";
  await writeFile(join(home, ".gitconfig"), gitConfig);
  const docker = "unavailable" in bed || engine === undefined ? [] : [dirname(bed.tools.docker)];
  return {
    PATH: [npx, ...docker, process.env["PATH"] ?? ""].join(delimiter),
    HOME: home,
    TMPDIR: home,
    ...(engine === undefined
      ? {}
      : { DOCKER_HOST: engine.host, DOCKER_CONFIG: engine.config, BUILDX_BUILDER: engine.builder }),
  };
}

test("each page is followed", async () => {
  expect(Object.keys(pages).toSorted()).toEqual((await readdir(PAGES)).toSorted());
});

test("before a release: what the chooser says makes npx find the command of a clone", async () => {
  const chooser = await readFile(join(PAGES, "../README.md"), "utf8");
  const link = "npm link --workspace packages/workflows";
  expect(chooser).toContain(`\`${link}\``);
  const [home, prefix] = [join(scratch, "linked"), join(scratch, "prefix")];
  await mkdir(home);
  const folders = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith("node_modules/.bin"));
  // The reader has a Node that is new enough; the machine's own may be 20.
  const path = [dirname(process.execPath), ...folders];
  const npm = { npm_config_prefix: prefix, npm_config_offline: "true", npm_config_audit: "false" };
  const env = { PATH: path.join(delimiter), HOME: home, ...npm };
  const run = promisify(execFile);
  await run("bash", ["-c", link], { cwd: ROOT, env });
  const { stdout } = await run("npx", ["fanfold", "--version"], { cwd: home, env });
  const { version } = JSON.parse(await readFile(join(ROOT, "packages/workflows/package.json"), "utf8"));
  expect(stdout).toBe(`${version}\n`);
});

// Engines and registries are what a page waits for, not the processor.
test.for(Object.entries(pages))(
  "%s: from an empty folder to merged images; vitest -u writes what is printed",
  { concurrent: true, timeout: 300_000 },
  async ([name, { engine: builds, images }], { expect, skip }) => {
    if (builds && engine === undefined) skip(`${name} is not followed: ${noEngine}`);
    const home = join(scratch, name.replace(".md", ""));
    const text = await readFile(join(PAGES, name), "utf8");
    const followed = await followPage(text, { home, env: await readersEnvironment(home) });
    expect(followed.problems).toEqual([]);
    await expect(followed.page).toMatchFileSnapshot(join(PAGES, name));

    const stands: Record<string, readonly string[]> = {};
    for (const image of Object.keys(images)) {
      const [repository = "", tag = ""] = image.split(":");
      const found = (await layoutImages(join(home, "images", repository))).get(tag);
      stands[image] = found?.platforms ?? [];
      expect(followed.printed).toContain(`${image}@${found?.digest} ${found?.platforms.join(",")}\n`);
    }
    expect(stands).toEqual(images);
    // Nothing is left beside what the reader asked to keep, but for what `kept:` names.
    const left = (await readdir(home)).filter((each) => !/^(?:shop|images|\.\w+|fanfold-rehearsal-\w+)$/.test(each));
    expect(left).toEqual([]);
  },
);
