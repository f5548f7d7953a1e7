import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REVISION } from "../testing/group.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";

const found = testbed();
const bed = "unavailable" in found || found.docker === null ? undefined : { ...found, docker: found.docker };
if (bed === undefined) {
  const why = "unavailable" in found ? found.unavailable : "only registries, no engine";
  console.warn(`singles are not tested with a real builder: ${why}`);
}

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));

describe.skipIf(bed === undefined)("singles from a real builder, in two real registries", () => {
  let directory: string;
  let name: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
    name = `singles-${directory.slice(-6).toLowerCase()}`;
    await mkdir(join(directory, "context"));
    await copyFile(theBed().tools.busyboxAmd64, join(directory, "context", "busybox"));
    await writeFile(
      join(directory, "context", "Dockerfile"),
      "FROM scratch\nARG RUN\nLABEL run=$RUN\nCOPY busybox /\n",
    );
  });
  afterAll(() => rm(directory, { recursive: true }));

  function theBed() {
    if (bed === undefined) throw new Error("no test bed");
    return bed;
  }
  const env = (run: string, attempt = "1") => ({
    PATH: `${join(theBed().tools.docker, "..")}:${process.env["PATH"]}`,
    DOCKER_HOST: theBed().docker.host,
    DOCKER_CONFIG: theBed().docker.config,
    BUILDX_BUILDER: theBed().docker.builder,
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_SHA: REVISION,
    GITHUB_RUN_ID: run,
    GITHUB_RUN_ATTEMPT: attempt,
  });
  const run = (id: string, ...args: readonly string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: directory, env: env(id), reject: false });
  const repositoriesOf = (image: string) =>
    theBed()
      .registries.slice(0, 2)
      .map(({ host }) => `${host}/${name}/${image}`);
  const digestOf = async (reference: string) =>
    (await execa(theBed().tools.crane, ["digest", "--insecure", reference], { env: env("1"), reject: false })).stdout;

  interface Built {
    readonly image: string;
    readonly run: string;
    readonly records: string;
    readonly provenance: boolean;
    readonly platform?: string;
  }

  async function push({ image, run: id, records, provenance, platform = "linux/amd64" }: Built): Promise<string> {
    const targets = repositoriesOf(image).flatMap((repository) => ["--image", repository]);
    const what = ["--platform", platform, "--tag-suffix", `-${image}`, "--record-dir", records];
    const build = ["--provenance", String(provenance), "--build-arg", `RUN=${id}`, "context"];
    const { exitCode, stdout, stderr } = await run(id, "push", ...targets, ...what, "--", ...build);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("recorded in ")]);
    return /sha256:\w+/.exec(stdout)?.[0] ?? "";
  }

  async function merge(id: string, records: string, images: readonly PlanImage[], ...more: readonly string[]) {
    await writeFile(join(directory, `${records}.json`), JSON.stringify(planOf(images)));
    return run(id, ...mergeOf(records, ...more));
  }
  const mergeOf = (records: string, ...more: readonly string[]) =>
    ["merge-all", "--plan", `${records}.json`, "--record-dir", records, ...more] as const;
  const single = (image: string, platform = "linux/amd64"): PlanImage => ({
    image,
    "tag-suffix": `-${image}`,
    images: repositoriesOf(image),
    tags: ["1.2.3", "latest"],
    "moving-tags": ["latest"],
    platforms: [platform],
  });

  it.each([
    ["a manifest", false, "registry"],
    ["an index with its attestation", true, "registry"],
    ["a manifest, tagged by docker", false, "buildx"],
    ["an index with its attestation, tagged by docker", true, "buildx"],
  ] as const)("%s: tagged as it was pushed, and not by an older run", async (_what, provenance, engine) => {
    const image = `${engine}-${provenance}`;
    const records = `records-${image}`;
    const newer = await push({ image, run: "20", records, provenance });
    const merged = await merge("20", records, [single(image)], "--engine", engine);
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.stringMatching(/1 image: 1 published$/)]);
    for (const repository of repositoriesOf(image)) {
      for (const tag of ["1.2.3", "latest"]) expect(await digestOf(`${repository}:${tag}`)).toBe(newer);
    }
    const again = await execa(process.execPath, [bin, ...mergeOf(records, "--engine", engine)], {
      cwd: directory,
      env: env("20", "2"),
    });
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringMatching(/1 image: 1 unchanged$/)]);

    const older = await push({ image, run: "19", records: `${records}-older`, provenance });
    const late = await merge(
      "19",
      `${records}-older`,
      [{ ...single(image), tags: ["1.2.2", "latest"] }],
      "--engine",
      engine,
    );
    expect([late.exitCode, late.stderr]).toEqual([
      0,
      expect.stringMatching(/:latest stays at sha256:\w+: it is from run 20, later than run 19/),
    ]);
    for (const repository of repositoriesOf(image)) {
      expect(await digestOf(`${repository}:1.2.2`)).toBe(older);
      expect(await digestOf(`${repository}:latest`)).toBe(newer);
    }
  });

  it("of two platforms in one build, beside one that is refused", async () => {
    const records = "records-several";
    const digest = await push({
      image: "both",
      run: "20",
      records,
      provenance: true,
      platform: "linux/amd64,linux/arm64",
    });
    await push({ image: "wrong", run: "20", records, provenance: true });
    const images = [single("wrong", "linux/arm64"), single("both", "linux/amd64,linux/arm64"), single("gone")];
    const { exitCode, stdout, stderr } = await merge("20", records, images);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/3 images: 1 published, 2 refused$/)]);
    expect(stderr).toContain("wrong: digests-wrong--single is linux/amd64; expected linux/arm64");
    expect(stderr).toContain("gone: digests-gone--single (linux/amd64) left no record");
    expect(stdout.split("\n")).toHaveLength(4);
    for (const repository of repositoriesOf("both")) expect(await digestOf(`${repository}:latest`)).toBe(digest);
    for (const repository of repositoriesOf("wrong")) expect(await digestOf(`${repository}:latest`)).toBe("");
  });
});
