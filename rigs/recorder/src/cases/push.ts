import { rm } from "node:fs/promises";
import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { ONE, openRegistry, pushLeg, pushPair, RUN } from "../bed/registry-bed.ts";
import { OCI_INDEX, writeLayout } from "../bed/sample-layout.ts";
import { placeDocker } from "../bed/stand-in-docker.ts";

const leg = ["--platform", "linux/amd64", "--tag-suffix=-x", "--platform-tag", "amd64", "--record-dir", "records"];
const single = ["--platform", "linux/amd64", "--tag-suffix=-x", "--record-dir", "records"];

/** `digest-tools push`: copies of layouts and builds of a stand-in for docker. */
export function pushCases(): readonly Case[] {
  const cases: Readonly<Record<string, (bed: Bed) => Promise<void>>> = {
    "layout-to-layout": async (bed) => {
      await pushPair(bed, { images: ["oci:published"] });
      await pushPair(bed, { images: ["oci:published"] });
      await pushPair(bed, { images: ["oci:published"], attested: false, suffix: "" });
    },
    "layout-to-registry": async (bed) => {
      const { host } = await openRegistry(bed);
      await pushPair(bed, { images: [`${host}/x/y`] });
      await pushPair(bed, { images: [`${host}/x/y`, `${host}/x/z`] });
      await pushPair(bed, {
        images: [`${host}/x/y`, "oci:published"],
        attested: false,
        suffix: "-plain",
        env: { GITHUB_ACTIONS: "true" },
      });
    },
    single: async (bed) => {
      const { host } = await openRegistry(bed);
      await writeLayout(bed.path("single"), { platform: "linux/amd64" });
      const args = ["push", "--layout", "single", "--image", `${host}/x/y`, ...single, ...ONE];
      await bed.run("digest-tools", [...args, "--tag", "v1.0.0", "--tag", "latest"], { env: RUN, ordered: true });
      await bed.run("digest-tools", [...args, "--tag", "v1.0.0", "--tag", "latest"], { env: RUN, ordered: true });
      const older = { ...RUN, GITHUB_RUN_ID: "99" };
      await writeLayout(bed.path("single"), { platform: "linux/amd64", content: "other" });
      await bed.run("digest-tools", [...args, "--tag", "latest"], { env: older, ordered: true });
      await bed.run("digest-tools", [...args, "--tag", "latest", "--allow-rollback"], { env: older, ordered: true });
    },
    anchors: async (bed) => {
      const { host } = await openRegistry(bed);
      await pushPair(bed, { images: [`${host}/x/y`], flags: ["--anchor", "always"] });
      await pushPair(bed, { images: [`${host}/x/y`], suffix: "", flags: ["--anchor-host", host] });
      await pushPair(bed, { images: [`${host}/x/y`], flags: ["--anchor", "never", "--anchor-host", host] });
    },
    "outside-actions": async (bed) => {
      await writeLayout(bed.path("layout"), { platform: "linux/amd64" });
      await bed.run("digest-tools", ["push", "--layout", "layout", "--image", "oci:published", ...leg, ...ONE]);
    },
    "many-at-once": async (bed) => {
      const { host } = await openRegistry(bed);
      await writeLayout(bed.path("layout"), { platform: "linux/amd64" });
      const images = ["a", "b", "c"].flatMap((name) => ["--image", `${host}/x/${name}`]);
      await bed.run("digest-tools", ["push", "--layout", "layout", ...images, ...leg], {
        env: RUN,
        varying: ["order"],
      });
    },
    "wrong-platform": async (bed) => {
      await writeLayout(bed.path("layout"), { platform: "linux/arm64" });
      await bed.run("digest-tools", ["push", "--layout", "layout", "--image", "oci:published", ...leg, ...ONE]);
    },
    variants: async (bed) => {
      const { host } = await openRegistry(bed);
      await pushLeg(bed, { arch: "arm64/v8", images: [`${host}/x/y`] });
      await pushLeg(bed, { arch: "arm/v7", images: [`${host}/x/y`], attested: false });
    },
    "broken-layouts": async (bed) => {
      const push = (layout: string) =>
        bed.run("digest-tools", ["push", "--layout", layout, "--image", "oci:published", ...leg, ...ONE]);
      await push("nowhere");
      await writeLayout(bed.path("two"), { platform: "linux/amd64", ambiguous: true });
      await push("two");
      await writeLayout(bed.path("no-blobs"), { platform: "linux/amd64" });
      await rm(bed.path("no-blobs", "blobs"), { recursive: true });
      await push("no-blobs");
      await writeLayout(bed.path("changed"), { platform: "linux/amd64" });
      await bed.write({
        "changed/index.json": JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }),
      });
      await push("changed");
      await bed.write({ "changed/index.json": "{" });
      await push("changed");
    },
    usage: async (bed) => {
      await writeLayout(bed.path("layout"), { platform: "linux/amd64" });
      const image = ["--image", "oci:published"];
      const wrong = [
        [...leg],
        [...image, ...leg],
        ["--layout", "layout", ...image, ...leg, "--tag", "v1"],
        ["--layout", "layout", ...image, ...leg, "--", "."],
        ["--layout", "", ...image, ...leg],
        ["--layout", "layout", "--image", "Quay.io/X/y", ...leg],
        ["--layout", "layout", "--image", "https://user:secret@quay.io/x/y", ...leg],
        ["--layout", "layout", ...image, "--platform", "linux", "--tag-suffix=-x", "--record-dir", "records"],
        ["--layout", "layout", ...image, ...single, "--tag", "not a tag"],
        ["--layout", "layout", ...image, ...leg, "--concurrency", "0"],
        ["--layout", "layout", ...image, ...leg, "--anchor", "perhaps"],
        ["--layout", "layout", ...image, ...leg, "--plain-http", "http://x"],
      ];
      for (const args of wrong) await bed.run("digest-tools", ["push", ...args], { env: RUN });
    },
    "run-that-is-none": async (bed) => {
      await writeLayout(bed.path("layout"), { platform: "linux/amd64" });
      const args = ["push", "--layout", "layout", "--image", "oci:published", ...leg, ...ONE];
      await bed.run("digest-tools", args, { env: { ...RUN, GITHUB_RUN_ID: "x" } });
    },
    build: async (bed) => {
      const { host } = await openRegistry(bed);
      const { root } = await pushLeg(bed, { arch: "amd64", images: [`${host}/x/y`] });
      await placeDocker(bed, root);
      const build = (args: readonly string[]) =>
        bed.run("digest-tools", ["push", "--image", `${host}/x/y`, ...args], { env: RUN, ordered: true });
      await build([...leg, ...ONE, "--", "--file", "a b/Dockerfile", "--build-arg", "X=1", "."]);
      await build([...single, ...ONE, "--tag", "v1.0.0", "--", "."]);
      await build([...leg, "--image", `${host}/x/z`, ...ONE, "--", "."]);
      await build([...leg, "--image", "oci:published", "--", "."]);
      for (const refused of ["--push", "-t=x", "-qo", "--output=x", "--platform"])
        await build([...leg, "--", refused, "."]);
    },
    "build-that-fails": async (bed) => {
      const { host } = await openRegistry(bed);
      const build = () =>
        bed.run("digest-tools", ["push", "--image", `${host}/x/y`, ...leg, ...ONE, "--", "."], { env: RUN });
      await build();
      await placeDocker(bed, undefined);
      await build();
      await placeDocker(bed, "no digest");
      await build();
    },
  };
  return Object.entries(cases).map(([name, run]) => ({ name: `push/${name}`, run }));
}
