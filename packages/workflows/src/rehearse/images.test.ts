import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LayoutStore, layoutRoot } from "@fanfold/digest-tools/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PlannedBuild } from "../build/planned-build.ts";
import { packContext } from "./build/context-layer.ts";
import { writePackedImage } from "./build/packed-image.ts";
import { type RehearsedImage, verified } from "./images.ts";
import type { Place } from "./places.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-images-"));
  await writeFile(join(directory, "file"), "content");
});
afterEach(() => rm(directory, { recursive: true }));

const build = (tagSuffix: string, platforms: string): PlannedBuild => ({
  artifact: `digests${tagSuffix}--single`,
  target: { context: "." },
  inner: {},
  platforms: platforms.split(","),
  tagSuffix,
  platformTag: undefined,
  images: [],
  groupValues: [],
  annotations: undefined,
  anchorHosts: [],
  test: undefined,
  bases: [],
  event: { name: "push", ref: "refs/heads/main", sha: undefined },
});

/** Two layouts that hold an image under a tag. */
async function published(platforms = "linux/amd64,linux/arm64"): Promise<readonly [RehearsedImage, readonly Place[]]> {
  const layer = await packContext(directory, ["file"], ".", join(directory, "layer.tar"));
  const places = ["a", "b"].map((image) => {
    const path = join(directory, image);
    return { image, store: `oci:${path}`, directory: path };
  });
  let digest: RehearsedImage["digest"];
  for (const place of places) {
    await writePackedImage(place.directory, build("-x", platforms), layer);
    digest = (await tag(place, "main-x")).digest;
  }
  const tags = places.map((place) => ({ place, tag: "main-x" }));
  const image = {
    image: "-x",
    tagSuffix: "-x",
    places,
    platforms: platforms.split(","),
    reused: undefined,
    digest,
    tags,
    problems: [],
    warnings: [],
  } as const;
  return [{ ...image, verdict: "published" }, places];
}

/** Puts a tag on what the layout was made to hold. */
async function tag({ directory: path = "" }: Place, name: string) {
  const store = new LayoutStore(path);
  const root = await layoutRoot(store);
  const manifest = await store.getManifest(root.digest);
  if (manifest === undefined) throw new Error("no image");
  await store.putManifest(name, manifest);
  return manifest.descriptor;
}

const open = (name: string) => new LayoutStore(name.slice("oci:".length));

describe("an image that is read back", () => {
  it.each(["linux/amd64", "linux/amd64,linux/arm64"])("stands, for %s", async (platforms) => {
    const [image] = await published(platforms);
    expect(await verified(image, open)).toBe(image);
  });

  it("does not stand where a tag is not there", async () => {
    const [image, places] = await published();
    const absent = { ...image, tags: places.map((place) => ({ place, tag: "v1.0.0-x" })) };
    expect(await verified(absent, open)).toMatchObject({
      verdict: "refused",
      problems: [{ code: "not-found" }, { code: "not-found" }],
    });
  });

  it("does not stand where a tag is something else", async () => {
    const [image, places] = await published();
    const [, other] = places;
    if (other?.directory === undefined) throw new Error("no second place");
    await rm(other.directory, { recursive: true });
    const layer = await packContext(directory, ["file"], ".", join(directory, "layer.tar"));
    await writePackedImage(other.directory, build("-y", image.platforms.join(",")), layer);
    await tag(other, "main-x");
    expect(await verified(image, open)).toMatchObject({
      verdict: "refused",
      problems: [{ code: "diverging-digests", message: expect.stringContaining(`expected ${image.digest}`) }],
    });
  });

  it("does not stand with another platform than it should have", async () => {
    const [image] = await published();
    const expectsLess = { ...image, platforms: ["linux/amd64"] };
    const { verdict, problems } = await verified(expectsLess, open);
    expect([verdict, problems.map(({ code }) => code)]).toEqual(["refused", ["wrong-platform", "wrong-platform"]]);
  });
});
