import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LayoutStore } from "../layout/store.ts";
import type { Digest, Platform } from "../oci/descriptor.ts";
import { readImageTree } from "../oci/image-tree.ts";
import { parsePlatforms } from "../oci/platform.ts";
import { pushLayout } from "../push/push.ts";
import { parsePlan } from "../record/plan-file.ts";
import { copyImage } from "../stores/copy.ts";
import { REVISION } from "../testing/group.ts";
import { type Built, writeImage } from "../testing/layout.ts";
import { group, REPOSITORIES, world } from "../testing/merge-world.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";
import { mergeAll } from "./all.ts";
import type { MergeGroup } from "./groups.ts";
import type { MergeOptions } from "./run.ts";

const BOTH = parsePlatforms("linux/amd64,linux/arm64");

describe("a single, request by request", () => {
  /** The amd64 leg of the world's image, published as it is. */
  const single = (tags: readonly string[] = ["sha-6113728", "latest"]): MergeGroup => {
    const { legs, ...shared } = group("-cpu-x", tags);
    return { ...shared, form: "as-built", legs: legs.slice(0, 1), expected: parsePlatforms("linux/amd64") };
  };

  it("is asked for with all that it names, then tagged as it is: fixed tags first", async () => {
    const { stores, merge } = await world();
    const [report] = await merge([single()]);
    expect(report).toMatchObject({ verdict: "published", platforms: ["linux/amd64"], warnings: [] });
    for (const store of stores) {
      expect(store.state()).toEqual([`latest-cpu-x ${report?.digest}`, `sha-6113728-cpu-x ${report?.digest}`]);
    }
    const log = stores[1]?.log ?? [];
    expect(log.slice(0, 3).map((line) => line.slice(0, "HEAD sha256:".length))).toEqual(
      Array.from({ length: 3 }, () => "HEAD sha256:"),
    );
    expect(log.slice(0, 3)).toContain(`HEAD ${report?.digest}`);
    expect(log.slice(3)).toEqual([
      "HEAD sha-6113728-cpu-x",
      "PUT sha-6113728-cpu-x",
      "HEAD sha-6113728-cpu-x",
      "HEAD latest-cpu-x",
      "PUT latest-cpu-x",
      "HEAD latest-cpu-x",
    ]);
  });

  it("is planned by a dry run as it is done, and changes nothing the second time", async () => {
    const { stores, merge } = await world();
    const [dry] = await merge([single()], { dryRun: true });
    const planned = (dry?.steps ?? []).flatMap((step) =>
      step.kind === "request" && step.repository === REPOSITORIES[0] ? [`${step.method} ${step.reference}`] : [],
    );
    for (const { log } of stores) log.length = 0;
    await merge([single()]);
    expect(planned).toEqual(stores[0]?.log);
    for (const { log } of stores) log.length = 0;
    expect((await merge([single()]))[0]?.verdict).toBe("unchanged");
    expect(stores.flatMap(({ log }) => log.filter((line) => line.startsWith("PUT")))).toEqual([]);
  });

  it("is left as it is by docker too, which a dry run shows", async () => {
    const { merge } = await world();
    const [dry] = await merge([single(["v1.0.0", "latest"])], { dryRun: true, engine: "buildx" });
    const commands = (dry?.steps ?? []).flatMap((step) =>
      step.kind === "command" && step.arguments.join(" ").includes(REPOSITORIES[0] ?? "") ? [step.arguments] : [],
    );
    const create = ["buildx", "imagetools", "create", "--prefer-index=false", "--tag"];
    const source = `${REPOSITORIES[0]}@${dry?.digest}`;
    expect(commands).toEqual([
      [...create, `${REPOSITORIES[0]}:v1.0.0-cpu-x`, source],
      [...create, `${REPOSITORIES[0]}:latest-cpu-x`, source],
    ]);
  });

  it.each(["registry", "buildx"] as const)("without tags stays as it is: %s", async (engine) => {
    const { stores, merge } = await world();
    const [report] = await merge([single([])], { engine });
    expect(report).toMatchObject({ verdict: "published", tags: [], warnings: [{ code: "untagged" }] });
    expect(stores.flatMap(({ log }) => log.filter((line) => line.startsWith("PUT")))).toEqual([]);
  });

  it("is refused under --immutable where a fixed tag stands for something else", async () => {
    const { stores, merge } = await world();
    const other = [...(stores[0]?.manifests.values() ?? [])].at(-1);
    if (other === undefined) throw new Error("legs are there");
    await stores[0]?.putManifest("sha-6113728-cpu-x", other);
    const [report] = await merge([single()], { immutable: true });
    expect(report?.problems.map(({ code }) => code)).toEqual(["tag-exists"]);
    expect(stores[1]?.state()).toEqual([]);
  });

  it("whatever fails, no moving tag is ahead of a fixed one", async () => {
    for (let nth = 0; nth < 12; nth++) {
      const { stores, merge } = await world();
      let count = 0;
      const [, second] = stores;
      if (second === undefined) throw new Error("two stores");
      second.before = () => {
        if (count++ === nth) throw new TypeError("broken");
      };
      await merge([single()]);
      const moved = stores.some(({ tags }) => tags.has("latest-cpu-x"));
      if (moved) expect(stores.every(({ tags }) => tags.has("sha-6113728-cpu-x"))).toBe(true);
    }
  });
});

describe("singles of a plan, in two layouts", () => {
  let directory: string;
  let images: readonly string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
    images = ["one", "two"].map((name) => `oci:${join(directory, name)}`);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const openStore = (name: string) => new LayoutStore(name.slice("oci:".length));
  const storesOf = () => images.map(openStore);

  interface Pushed {
    readonly suffix: string;
    readonly platforms?: readonly Platform[];
    readonly layout: string;
    readonly run?: string;
  }

  const pushed = {
    platformTag: undefined,
    tags: [],
    labels: {},
    anchor: "never",
    anchorHosts: [],
    source: { revision: REVISION, version: "main" },
    run: undefined,
    allowRollback: false,
  } as const;

  /** What the build of a single leaves behind. */
  const push = ({ suffix, platforms = parsePlatforms("linux/amd64"), layout, run }: Pushed) => {
    const recordDirectory = join(directory, "records");
    const by = run === undefined ? undefined : { id: run, attempt: 1 };
    const input = { ...pushed, repositories: images, platforms, tagSuffix: suffix, recordDirectory, run: by };
    return pushLayout(input, layout, { openStore });
  };

  const layoutOf = async (seed: string, built?: Built, annotations?: Readonly<Record<string, string>>) => {
    const layout = join(directory, `built-${seed}`);
    await writeImage(layout, seed, "amd64", built, annotations);
    return layout;
  };

  const merged = (planned: readonly PlanImage[], options: Partial<MergeOptions> = {}, run?: string, attempt = 1) =>
    mergeAll(
      {
        plan: parsePlan(JSON.stringify({ ...planOf(planned), images }), "plan.json"),
        recordDirectories: [join(directory, "records")],
        ...(run === undefined ? {} : { run: { id: run, attempt } }),
      },
      { openStore, ...options },
    );

  const one = { platforms: ["linux/amd64"], tags: ["1.2.3", "latest"], "moving-tags": ["latest"] };
  const standing = async (tag: string): Promise<readonly (Digest | undefined)[]> =>
    Promise.all(storesOf().map(async (store) => (await store.headManifest(tag))?.digest));

  /** What one build for two platforms leaves behind. */
  const wholeLayout = async (): Promise<string> => {
    const index = `oci:${join(directory, "index")}`;
    for (const platform of BOTH) {
      const layout = join(directory, `leg-${platform.architecture}`);
      await writeImage(layout, "x", platform);
      const recordDirectory = join(directory, "legs");
      const leg = { ...pushed, repositories: [index], platforms: [platform], platformTag: platform.architecture };
      await pushLayout({ ...leg, tagSuffix: "", recordDirectory }, layout, { openStore });
    }
    const plan = parsePlan(JSON.stringify({ ...planOf([{ tags: ["image"] }]), images: [index] }), "plan.json");
    await mergeAll({ plan, recordDirectories: [join(directory, "legs")] }, { openStore });
    const whole = join(directory, "whole");
    const root = await openStore(index).headManifest("image");
    if (root === undefined) throw new Error("merged above");
    await copyImage(openStore(index), root, [new LayoutStore(whole)]);
    return whole;
  };

  it.each<Built>(["attested", "plain"])("%s: tagged as it was pushed", async (built) => {
    const { digest } = await push({ suffix: "", layout: await layoutOf("x", built) });
    const [report] = await merged([one]);
    expect(report).toMatchObject({ verdict: "published", digest, platforms: ["linux/amd64"], problems: [] });
    for (const tag of ["1.2.3", "latest"]) expect(await standing(tag)).toEqual([digest, digest]);
  });

  it.each<Built>(["attested", "plain"])(
    "%s: wrapped in an index of its own, with this run's annotations",
    async (built) => {
      const { digest } = await push({ suffix: "", layout: await layoutOf("x", built), run: "7" });
      const planned = { ...one, wrapped: true, version: "1.2.3", annotations: { team: "x" } };
      const [report] = await merged([planned], {}, "7");
      expect(report).toMatchObject({ verdict: "published", platforms: ["linux/amd64"], problems: [] });
      expect(report?.digest).not.toBe(digest);
      for (const tag of ["1.2.3", "latest"]) expect(await standing(tag)).toEqual([report?.digest, report?.digest]);
      const whole = await readImageTree(openStore(images[0] ?? ""), "latest");
      expect(whole.annotations).toMatchObject({ team: "x", "io.github.fanfold.run-id": "7" });
      expect(whole.images.map(({ attestations }) => attestations.length)).toEqual([built === "attested" ? 1 : 0]);
      expect((await merged([planned], {}, "7", 2))[0]).toMatchObject({ verdict: "unchanged", digest: report?.digest });
    },
  );

  it("of several platforms, wrapped: all of them, and exactly those that were planned", async () => {
    await push({ suffix: "", platforms: BOTH, layout: await wholeLayout() });
    const [narrow] = await merged([{ ...one, wrapped: true, platforms: ["linux/amd64"] }]);
    expect(narrow).toMatchObject({ verdict: "refused", problems: [{ code: "wrong-platform" }] });
    const [report] = await merged([{ ...one, wrapped: true, platforms: ["linux/amd64,linux/arm64"] }]);
    expect(report).toMatchObject({ verdict: "published", platforms: ["linux/amd64", "linux/arm64"] });
    const tree = await readImageTree(openStore(images[0] ?? ""), "latest");
    expect(tree.images.map(({ attestations }) => attestations.length)).toEqual([1, 1]);
  });

  it("an image whose plan has lost a leg is refused, and no other", async () => {
    const other = await push({ suffix: "-other", layout: await layoutOf("other") });
    for (const platform of parsePlatforms("linux/amd64,linux/arm64")) {
      const layout = join(directory, `leg-${platform.architecture}`);
      await writeImage(layout, "x", platform);
      const recordDirectory = join(directory, "records");
      const leg = { ...pushed, repositories: images, platforms: [platform], platformTag: platform.architecture };
      await pushLayout({ ...leg, tagSuffix: "", recordDirectory }, layout, { openStore });
    }
    await rename(join(directory, "records/digests-core--arm64"), join(directory, "records/digests-core--arm64-2"));
    const whole = planOf([{ tags: ["image"] }, { ...one, "tag-suffix": "-other" }]);
    const groups = whole.groups.map((group) => ({ ...group, legs: group.legs.slice(0, 1) }));
    const plan = parsePlan(JSON.stringify({ ...whole, groups, images }), "plan.json");
    const input = { plan, recordDirectories: [join(directory, "records")] };
    const [cut, intact] = await mergeAll(input, { openStore });
    expect(cut).toMatchObject({ verdict: "refused", problems: [{ code: "unplanned-leg" }] });
    expect(cut?.problems[0]?.message).toBe("digests-core--arm64 left a record, and the plan has no such leg");
    expect(await standing("image")).toEqual([undefined, undefined]);
    expect(intact).toMatchObject({ verdict: "published", digest: other.digest });
  });

  it("of several platforms: exactly those that were planned", async () => {
    const whole = await wholeLayout();

    const { digest } = await push({ suffix: "", platforms: BOTH, layout: whole });
    const planned = (platforms: string) => merged([{ ...one, platforms: [platforms] }]);
    expect((await planned("linux/amd64"))[0]).toMatchObject({
      verdict: "refused",
      problems: [
        { code: "wrong-platform", message: "digests-core--single is linux/amd64,linux/arm64; expected linux/amd64" },
      ],
    });
    expect((await planned("linux/amd64,linux/arm64,linux/s390x"))[0]?.problems).toMatchObject([
      { code: "wrong-platform" },
    ]);
    expect(await standing("latest")).toEqual([undefined, undefined]);
    expect((await planned("linux/arm64,linux/amd64"))[0]).toMatchObject({ verdict: "published", digest });
    expect((await planned(""))[0]).toMatchObject({ verdict: "unchanged", digest });
  });

  it("refused, it costs nobody else", async () => {
    await push({ suffix: "-a", layout: await layoutOf("a") });
    const { digest } = await push({ suffix: "-c", layout: await layoutOf("c") });
    const image = (suffix: string, platform: string): PlanImage => ({
      "tag-suffix": suffix,
      platforms: [platform],
      tags: [`1${suffix}`],
    });
    const reports = await merged([image("-a", "linux/arm64"), image("-b", "linux/amd64"), image("-c", "linux/amd64")]);
    expect(
      reports.map(({ image: name, verdict, problems }) => [name, verdict, problems.map(({ code }) => code)]),
    ).toEqual([
      ["-a", "refused", ["wrong-platform"]],
      ["-b", "refused", ["missing-leg"]],
      ["-c", "published", []],
    ]);
    expect(await standing("1-a")).toEqual([undefined, undefined]);
    expect(await standing("1-c")).toEqual([digest, digest]);
  });

  it("is refused where one repository has lost what it names", async () => {
    const { record } = await push({ suffix: "", layout: await layoutOf("x") });
    const attestation = record.images[0]?.children?.at(-1)?.digest ?? "";
    await rm(join(directory, "two", "blobs", "sha256", attestation.slice("sha256:".length)));
    const [report] = await merged([one]);
    expect(report?.problems).toMatchObject([
      {
        code: "not-found",
        message: `${attestation}, which digests-core--single names, is not in ${images[1]}, or no longer`,
      },
    ]);
    expect(await standing("1.2.3")).toEqual([undefined, undefined]);
  });

  it("leaves a moving tag alone that a later run or a higher version has set", async () => {
    const set = async (seed: string, annotations: Readonly<Record<string, string>>, tag: string) => {
      const layout = await layoutOf(seed, "attested", annotations);
      const { digest } = await push({ suffix: "", layout });
      await merged([{ ...one, tags: [tag, "latest"] }]);
      return digest;
    };
    const newer = await set(
      "newer",
      { "io.github.fanfold.run-id": "20", "org.opencontainers.image.version": "x" },
      "1",
    );
    const older = await push({ suffix: "", layout: await layoutOf("older"), run: "19" });
    const [report] = await merged([one], {}, "19");
    expect(report).toMatchObject({ verdict: "published", digest: older.digest, warnings: [{ code: "tag-kept" }, {}] });
    expect(await standing("latest")).toEqual([newer, newer]);
    expect(await standing("1.2.3")).toEqual([older.digest, older.digest]);
    await merged([one], { allowRollback: true }, "19");
    expect(await standing("latest")).toEqual([older.digest, older.digest]);

    const high = await set("high", { "io.github.fanfold.version": "2.0.0" }, "2.0.0");
    await push({ suffix: "", layout: await layoutOf("low") });
    const [low] = await merged([one]);
    expect(low?.warnings[0]?.message).toMatch(/latest stays at .*: it is version 2\.0\.0, higher than 1\.2\.3$/);
    expect(await standing("latest")).toEqual([high, high]);
  });
});
