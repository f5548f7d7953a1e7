import { cp, readFile, rename, rm } from "node:fs/promises";
import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { mergePair, ONE, openRegistry, pushLeg, pushPair, RUN } from "../bed/registry-bed.ts";

const EXPECT = ["--expect", "linux/amd64,linux/arm64"];

async function changeRecord(bed: Bed, arch: string, change: (text: string) => string): Promise<void> {
  const file = `records/digests-x--${arch}/record.json`;
  await bed.write({ [file]: change(await readFile(bed.path(file), "utf8")) });
}

/** Merges one image, in a layout or a registry, and looks at what came of it. */
async function look(bed: Bed, image: string, tag: string): Promise<void> {
  await bed.run("digest-tools", ["verify", "--image", image, "--tag", tag, ...EXPECT, ...ONE], { ordered: true });
  await bed.run("digest-tools", ["verify", "--image", image, "--tag", tag, "--json", ...ONE], { ordered: true });
  await bed.run("digest-tools", ["inspect", `${image}:${tag}`, ...ONE], { ordered: true });
  await bed.run("digest-tools", ["inspect", `${image}:${tag}`, "--json", ...ONE], { ordered: true });
}

/** `digest-tools merge`, `verify` and `inspect` of images whose registry does as it is told. */
export function mergeCases(): readonly Case[] {
  const cases: Readonly<Record<string, (bed: Bed) => Promise<void>>> = {
    layout: async (bed) => {
      const images = ["oci:published"];
      await pushPair(bed, { images, annotations: { "org.opencontainers.image.description": "hello" } });
      await mergePair(bed, images, ["v1.0.0-x", "latest-x"], ["--dry-run"]);
      await mergePair(bed, images, ["v1.0.0-x", "latest-x"]);
      await mergePair(bed, images, ["v1.0.0-x", "latest-x"], ["--json"]);
      await look(bed, "oci:published", "latest-x");
      await bed.run("digest-tools", ["inspect", "oci:published"]);
      await bed.run("digest-tools", ["inspect", "oci:nowhere:v1"]);
    },
    registry: async (bed) => {
      const { host } = await openRegistry(bed);
      const images = [`${host}/x/y`, `${host}/x/z`];
      await pushPair(bed, { images });
      await mergePair(bed, images, ["v1.0.0", "sha-aaaaaaa", "latest", "main"], ["--dry-run"]);
      await mergePair(bed, images, ["v1.0.0", "sha-aaaaaaa", "latest", "main"]);
      await mergePair(bed, images, ["v1.0.0", "latest"], ["--json"], { GITHUB_ACTIONS: "true" });
      for (const image of images) await look(bed, image, "latest");
    },
    "plain-legs": async (bed) => {
      const { host } = await openRegistry(bed);
      const images = [`${host}/x/y`];
      await pushPair(bed, { images, attested: false, suffix: "" });
      await mergePair(bed, images, ["latest"], ["--tag-suffix="]);
      await look(bed, `${host}/x/y`, "latest");
    },
    "tags-of-the-event": async (bed) => {
      const { host } = await openRegistry(bed);
      const images = [`${host}/x/y`];
      const env = { GITHUB_REF: "refs/tags/v2.0.0" };
      await pushPair(bed, { images, env });
      await mergePair(bed, images, [], [], env);
      await mergePair(bed, images, [], ["--tag-latest", "false", "--json"], env);
    },
    "missing-leg": async (bed) => {
      await pushLeg(bed, { arch: "amd64", images: ["oci:published"] });
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
      await mergePair(bed, ["oci:published"], ["v1.0.0"], ["--json"], { GITHUB_ACTIONS: "true" });
      await rm(bed.path("records"), { recursive: true });
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
    },
    "leg-too-many": async (bed) => {
      await pushPair(bed, { images: ["oci:published"] });
      await pushLeg(bed, { arch: "riscv64", images: ["oci:published"] });
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
    },
    "platform-twice": async (bed) => {
      await pushPair(bed, { images: ["oci:published"] });
      await cp(bed.path("records/digests-x--amd64"), bed.path("records/digests-x--other"), { recursive: true });
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
    },
    "foreign-records": async (bed) => {
      const images = ["oci:published"];
      await pushPair(bed, { images });
      await mergePair(bed, images, ["v1.0.0"], [], { GITHUB_SHA: "c".repeat(40) });
      await changeRecord(bed, "arm64", (text) => text.replaceAll("a".repeat(40), "b".repeat(40)));
      await mergePair(bed, images, ["v1.0.0"]);
      await mergePair(bed, ["oci:other"], ["v1.0.0"]);
      await changeRecord(bed, "arm64", (text) => text.replace("fanfold.record/1", "fanfold.record/9"));
      await mergePair(bed, images, ["v1.0.0"]);
      await changeRecord(bed, "arm64", () => "{");
      await mergePair(bed, images, ["v1.0.0"]);
      await changeRecord(bed, "arm64", () => "");
      await mergePair(bed, images, ["v1.0.0"]);
    },
    "record-of-another-platform": async (bed) => {
      await pushPair(bed, { images: ["oci:published"] });
      await changeRecord(bed, "arm64", (text) =>
        text.replace('"platform": "linux/arm64"', '"platform": "linux/s390x"'),
      );
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
      await mergePair(bed, ["oci:published"], ["v1.0.0"], ["--tag-suffix=-y"]);
    },
    "several-images-in-one-directory": async (bed) => {
      const images = ["oci:published"];
      await pushPair(bed, { images });
      await pushPair(bed, { images, suffix: "-y" });
      await mergePair(bed, images, ["v1.0.0"]);
      await mergePair(bed, images, ["v1.0.0-y"], ["--tag-suffix=-y"]);
    },
    "two-directories": async (bed) => {
      const images = ["oci:published"];
      await pushPair(bed, { images });
      await pushLeg(bed, {
        arch: "arm64",
        images,
        content: "again",
        records: "more",
        env: { GITHUB_RUN_ATTEMPT: "2" },
      });
      await mergePair(bed, images, ["v1.0.0"], ["--record-dir", "more"], { GITHUB_RUN_ATTEMPT: "2" });
      await pushLeg(bed, {
        arch: "arm64",
        images,
        content: "third",
        records: "third",
        env: { GITHUB_RUN_ATTEMPT: "2" },
      });
      await mergePair(bed, images, ["v1.0.0"], ["--record-dir", "more", "--record-dir", "third"]);
    },
    "bare-records": async (bed) => {
      const { host } = await openRegistry(bed);
      const legs = await pushPair(bed, { images: [`${host}/x/y`] });
      await rm(bed.path("records"), { recursive: true });
      const names = ["amd64", "arm64"].map((arch, at) => `records/digests-x--${arch}/${legs[at]?.root.slice(7)}`);
      await bed.write(Object.fromEntries(names.map((name) => [name, ""])));
      await mergePair(bed, [`${host}/x/y`], ["v1.0.0"], ["--dry-run"]);
      await mergePair(bed, [`${host}/x/y`], ["v1.0.0"]);
    },
    "lone-record": async (bed) => {
      await pushPair(bed, { images: ["oci:published"] });
      await rename(bed.path("records/digests-x--amd64/record.json"), bed.path("records/record.json"));
      await mergePair(bed, ["oci:published"], ["v1.0.0"]);
      await bed.run(
        "digest-tools",
        ["merge", "--image", "oci:published", "--tag", "v1", "--record-dir", "records", "--expect", "linux/amd64"],
        { env: RUN },
      );
    },
    "moving-tags": async (bed) => {
      const { host } = await openRegistry(bed);
      const images = [`${host}/x/y`];
      const release = (version: string, run: string) => ({ GITHUB_REF: `refs/tags/${version}`, GITHUB_RUN_ID: run });
      await pushPair(bed, { images, env: release("v2.0.0", "100") });
      await mergePair(bed, images, ["v2.0.0", "latest"], [], release("v2.0.0", "100"));
      await rm(bed.path("layouts"), { recursive: true });
      await pushPair(bed, { images, content: "old", env: release("v1.9.9", "101") });
      await mergePair(bed, images, ["v1.9.9", "latest"], [], release("v1.9.9", "101"));
      await mergePair(bed, images, ["v2.0.0", "latest"], ["--immutable"], release("v1.9.9", "101"));
      await mergePair(bed, images, ["latest"], ["--allow-rollback"], release("v1.9.9", "101"));
      await look(bed, `${host}/x/y`, "latest");
    },
    verify: async (bed) => {
      const { host } = await openRegistry(bed);
      const images = [`${host}/x/y`, `${host}/x/z`];
      await pushPair(bed, { images });
      await mergePair(bed, images, ["v1.0.0"]);
      await mergePair(bed, [`${host}/x/y`], ["only-here"]);
      const verify = (...args: readonly string[]) =>
        bed.run("digest-tools", ["verify", ...images.flatMap((i) => ["--image", i]), ...args, ...ONE], {
          ordered: true,
        });
      await verify("--tag", "v1.0.0", ...EXPECT);
      await verify("--tag", "only-here");
      await verify("--tag", "nowhere", "--json");
      await verify("--tag", "v1.0.0", "--expect", "linux/amd64");
      await verify("--tag", "v1.0.0", "--expect", "linux/amd64,linux/arm64,linux/s390x");
      await verify();
    },
    usage: async (bed) => {
      const wrong = [
        [],
        ["--image", "oci:x"],
        ["--image", "oci:x", "--record-dir", "r", "--expect", "x y"],
        ["--image", "oci:x", "--record-dir", "r", ...EXPECT, "--engine", "crane"],
        ["--image", "oci:x", "--record-dir", "", ...EXPECT],
      ];
      for (const args of wrong) await bed.run("digest-tools", ["merge", ...args], { env: RUN });
      await bed.run("digest-tools", ["merge", "--image", "oci:x", "--record-dir", "r", ...EXPECT]);
      await bed.run("digest-tools", ["inspect"]);
      await bed.run("digest-tools", ["inspect", "x y"]);
    },
  };
  return Object.entries(cases).map(([name, run]) => ({ name: `merge/${name}`, run }));
}
