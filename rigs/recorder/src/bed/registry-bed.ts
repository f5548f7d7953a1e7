import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bed, StepOptions } from "./bed.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import type { Varying } from "./normalise.ts";
import { type LayoutOptions, type SampleLayout, writeLayout } from "./sample-layout.ts";

/** The run that pushes and merges are part of. */
export const RUN: Readonly<Record<string, string>> = {
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF: "refs/heads/main",
  GITHUB_SHA: "a".repeat(40),
  GITHUB_RUN_ID: "100",
  GITHUB_RUN_ATTEMPT: "1",
};

/** One request at a time: what is asked, and in which order, is the same in every run. */
export const ONE: readonly string[] = ["--concurrency", "1"];

/** A registry that a case's steps talk to; its requests are recorded with each step. */
export async function openRegistry(bed: Bed): Promise<MemoryRegistry> {
  const registry = await MemoryRegistry.start();
  bed.normaliser.name(registry.host, "<registry>");
  bed.watch(registry.log, () => registry.close());
  return registry;
}

/** What `docker login` leaves behind. */
export async function logIn(bed: Bed, host: string, username: string, password: string): Promise<void> {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  await mkdir(join(bed.home, ".docker"), { recursive: true });
  await writeFile(join(bed.home, ".docker", "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
}

export interface LegOptions extends Omit<LayoutOptions, "platform"> {
  readonly arch: string;
  readonly images: readonly string[];
  readonly suffix?: string;
  readonly records?: string;
  readonly flags?: readonly string[];
  readonly env?: StepOptions["env"];
  readonly varying?: readonly Varying[];
}

/** Pushes one leg from a layout of its own; a step. */
export async function pushLeg(bed: Bed, leg: LegOptions): Promise<SampleLayout> {
  const { arch, images, suffix = "-x", records = "records", flags = [], env = {}, varying = [], ...image } = leg;
  const platform = `linux/${arch}`;
  const name = `layouts/${suffix.slice(1) || "core"}-${arch}${image.content === undefined ? "" : `-${image.content}`}`;
  const layout = await writeLayout(bed.path(name), { platform, content: suffix, ...image });
  const stores = images.flatMap((store) => ["--image", store]);
  const identity = ["--platform", platform, `--tag-suffix=${suffix}`, "--platform-tag", arch];
  const args = ["push", "--layout", name, ...stores, ...identity, "--record-dir", records, ...ONE, ...flags];
  await bed.run("digest-tools", args, { env: { ...RUN, ...env }, ordered: true, varying });
  return layout;
}

/** Pushes a pair of legs; two steps. */
export async function pushPair(
  bed: Bed,
  pair: Omit<LegOptions, "arch">,
): Promise<readonly [SampleLayout, SampleLayout]> {
  return [await pushLeg(bed, { ...pair, arch: "amd64" }), await pushLeg(bed, { ...pair, arch: "arm64" })];
}

/** Merges what `pushPair` has pushed; a step. */
export async function mergePair(
  bed: Bed,
  images: readonly string[],
  tags: readonly string[],
  flags: readonly string[] = [],
  env: StepOptions["env"] = {},
  varying: readonly Varying[] = [],
): Promise<void> {
  const named = [...images.flatMap((image) => ["--image", image]), ...tags.flatMap((tag) => ["--tag", tag])];
  const expected = ["--record-dir", "records", "--expect", "linux/amd64,linux/arm64"];
  await bed.run("digest-tools", ["merge", ...named, ...expected, ...ONE, ...flags], {
    env: { ...RUN, ...env },
    ordered: true,
    varying,
  });
}
