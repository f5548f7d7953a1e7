import { rm } from "node:fs/promises";
import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import type { MemoryRegistry } from "../bed/memory-registry.ts";
import { ONE, openRegistry, pushPair, RUN } from "../bed/registry-bed.ts";
import { CONFIG, MATRIX, RULES, small } from "../bed/sample-families.ts";
import { writeLayout } from "../bed/sample-layout.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

const SUFFIXES = ["-a", "-b", "-c"];

/** A repository of three pairs and a single; its plan lies in plan.json. */
async function planned(bed: Bed, images: readonly string[]): Promise<void> {
  const legs = SUFFIXES.flatMap((suffix) =>
    ["amd64", "arm64"].map(
      (arch) =>
        `  - { backend: ${suffix.slice(1)}, tag-suffix: "${suffix}", platforms: linux/${arch}, platform-tag: ${arch}, dockerfile: backend/Dockerfile.golang }\n`,
    ),
  );
  const single =
    '  - { backend: s, tag-suffix: "-s", tag-latest: "true", platforms: linux/amd64, dockerfile: backend/Dockerfile.golang }\n';
  await SampleRepository.create(bed, {
    ...small,
    [MATRIX]: `include:\n${legs.join("")}${single}`,
    [CONFIG]: `images: ${JSON.stringify(images)}\n${RULES}`,
  });
  await bed.write({ "../event.json": JSON.stringify({ ref: "refs/tags/v1.0.0", after: RUN["GITHUB_SHA"] }) });
  const env = { ...RUN, GITHUB_REF: "refs/tags/v1.0.0", GITHUB_EVENT_PATH: bed.path("..", "event.json") };
  const { stdout } = await bed.run("fanfold", ["plan", "--force-all", "--json"], { env });
  await bed.write({ "plan.json": String(stdout) });
}

async function pushed(bed: Bed, images: readonly string[], suffixes: readonly string[] = SUFFIXES): Promise<void> {
  for (const suffix of suffixes) await pushPair(bed, { images, suffix, env: { GITHUB_REF: "refs/tags/v1.0.0" } });
  await writeLayout(bed.path("layouts/single"), { platform: "linux/amd64" });
  const stores = images.flatMap((image) => ["--image", image]);
  const args = [
    "push",
    "--layout",
    "layouts/single",
    ...stores,
    "--platform",
    "linux/amd64",
    "--tag-suffix=-s",
    "--record-dir",
    "records",
  ];
  await bed.run("digest-tools", [...args, "--tag", "v1.0.0-s", ...ONE], { env: RUN, ordered: true });
}

// Layouts are read and written at once, whatever --concurrency says: only the order of images varies.
async function mergeAll(bed: Bed, ...flags: readonly string[]): Promise<void> {
  const args = ["merge-all", "--plan", "plan.json", "--record-dir", "records", ...flags];
  await bed.run("digest-tools", [...args, ...ONE], { env: RUN, ordered: true, varying: ["durations", "order"] });
}

/** `digest-tools merge-all`, with a plan that `fanfold plan` has made. */
export function mergeAllCases(): readonly Case[] {
  const inRegistry =
    (run: (bed: Bed, registry: MemoryRegistry, images: readonly string[]) => Promise<void>) => async (bed: Bed) => {
      const registry = await openRegistry(bed);
      const images = [`${registry.host}/x/y`, `${registry.host}/x/z`];
      await planned(bed, images);
      await run(bed, registry, images);
    };
  const cases: Readonly<Record<string, (bed: Bed) => Promise<void>>> = {
    layout: async (bed) => {
      const images = ["oci:published"];
      await planned(bed, ["quay.io/x/y"]);
      await pushed(bed, images);
      const plan = {
        schema: "fanfold.plan/1",
        event: { name: "push", ref: "refs/heads/main", sha: RUN["GITHUB_SHA"] },
        images,
      };
      const legs = (suffix: string) =>
        ["amd64", "arm64"].map((arch) => ({ "artifact-name": `digests${suffix}--${arch}`, platform: `linux/${arch}` }));
      const groups = SUFFIXES.map((suffix) => ({ "tag-suffix": suffix, "tag-latest": "auto", legs: legs(suffix) }));
      await bed.write({ "plan.json": JSON.stringify({ ...plan, groups }) });
      await mergeAll(bed, "--dry-run");
      await mergeAll(bed);
      await mergeAll(bed, "--json");
      await bed.run("digest-tools", ["inspect", "oci:published:main-a"]);
    },
    registry: inRegistry(async (bed, _, images) => {
      await pushed(bed, images);
      await mergeAll(bed, "--dry-run");
      await mergeAll(bed, "--dry-run", "--json");
      await mergeAll(bed);
      await mergeAll(bed, "--json");
      await mergeAll(bed, "--immutable");
    }),
    "many-at-once": inRegistry(async (bed, _, images) => {
      await pushed(bed, images);
      const args = ["merge-all", "--plan", "plan.json", "--record-dir", "records"];
      await bed.run("digest-tools", args, { env: { ...RUN, GITHUB_ACTIONS: "true" }, varying: ["durations", "order"] });
    }),
    "one-is-missing": inRegistry(async (bed, _, images) => {
      await pushed(bed, images);
      await rm(bed.path("records/digests-b--arm64"), { recursive: true });
      await mergeAll(bed);
      await mergeAll(bed, "--json");
      await mergeAll(bed, "--dry-run");
    }),
    "one-is-gone": inRegistry(async (bed, registry, images) => {
      await pushed(bed, images);
      const [first] = [...registry.manifests.keys()].filter((key) => key.startsWith("x/z "));
      if (first !== undefined) registry.manifests.delete(first);
      await mergeAll(bed);
    }),
    "nothing-was-pushed": inRegistry((bed) => mergeAll(bed)),
    "plan-of-standard-input": inRegistry(async (bed, { host }, images) => {
      await pushed(bed, images, ["-a"]);
      const plan = {
        schema: "fanfold.plan/1",
        event: { name: "push", ref: "refs/heads/main", sha: RUN["GITHUB_SHA"] },
      };
      const group = {
        "tag-suffix": "-a",
        "tag-latest": "maybe",
        legs: [{ "artifact-name": "digests-a--amd64", platform: "linux/amd64" }],
      };
      const texts = [
        "",
        "{",
        "[]",
        "{}",
        JSON.stringify({ ...plan, schema: "fanfold.plan/9" }),
        JSON.stringify({ ...plan, images: [`${host}/x/y`], groups: [group] }),
        JSON.stringify({ ...plan, images: [], groups: [] }),
        JSON.stringify({ ...plan, images: ["X Y"], groups: [] }),
      ];
      for (const stdin of texts) {
        await bed.run("digest-tools", ["merge-all", "--plan", "-", "--record-dir", "records", ...ONE], {
          stdin,
          env: RUN,
          ordered: true,
        });
      }
      await bed.run("digest-tools", ["merge-all", "--plan", "nowhere.json", "--record-dir", "records"], { env: RUN });
      await bed.run("digest-tools", ["merge-all"], { env: RUN });
    }),
  };
  return Object.entries(cases).map(([name, run]) => ({ name: `merge-all/${name}`, run }));
}
