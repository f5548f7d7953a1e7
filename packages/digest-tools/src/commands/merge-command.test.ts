import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { REVISION } from "../testing/group.ts";
import { type Built, writeImage } from "../testing/layout.ts";
import { type PlanImage, planOf } from "../testing/plan.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
  await mkdir(join(directory, "records"));
});
afterEach(() => rm(directory, { recursive: true }));

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const host = recordingHost({ cwd: directory, env: { GITHUB_SHA: REVISION, GITHUB_RUN_ID: "7", ...env } });
  const code = await main(args, host);
  return { code, ...host.written };
}

interface Leg {
  readonly artifact: string;
  readonly suffix?: string;
  readonly architecture?: string;
  readonly single?: boolean;
  readonly images: readonly string[];
  readonly built?: Built;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function push({ artifact, suffix = "", architecture = "amd64", single, images, built, annotations }: Leg) {
  const layout = join(directory, `built-${artifact}`);
  await writeImage(layout, artifact, architecture, built, annotations);
  const leg = single === true ? [] : ["--platform-tag", architecture];
  const targets = images.flatMap((image) => ["--image", image]);
  const what = ["--platform", `linux/${architecture}`, "--tag-suffix", suffix, ...leg, "--layout", layout];
  const { code, stderr } = await run(["push", ...targets, ...what, "--record-dir", "pushed"]);
  if (code !== 0) throw new Error(stderr);
  // As a build that the plan names: each image has its own artifact.
  const name = `digests${suffix || "-core"}--${single === true ? "single" : architecture}`;
  const text = await readFile(join(directory, "pushed", name, "record.json"), "utf8");
  await mkdir(join(directory, "records", `${artifact}-1`));
  await writeFile(
    join(directory, "records", `${artifact}-1`, "record.json"),
    JSON.stringify({ ...JSON.parse(text), "artifact-name": artifact }),
  );
}

describe("merge-all of images in repositories of their own", () => {
  const place = (name: string) => `oci:${join(directory, name)}`;
  const image = (name: string, change: PlanImage = {}): PlanImage => ({
    image: name,
    artifact: name,
    images: [place(name)],
    tags: ["1.2.3", "latest"],
    "moving-tags": ["latest"],
    version: "1.2.3",
    ...change,
  });
  const single = (name: string) => image(name, { platforms: ["linux/amd64"] });

  async function project() {
    for (const name of ["radarr", "sonarr"]) {
      for (const architecture of ["amd64", "arm64"]) {
        await push({ artifact: `digests-${name}-core--${architecture}`, architecture, images: [place(name)] });
      }
    }
    await push({ artifact: "digests-tools-core--single", single: true, images: [place("tools")] });
    await plan([image("radarr"), image("sonarr"), single("tools")]);
  }
  const plan = (images: readonly PlanImage[]) =>
    writeFile(join(directory, "plan.json"), JSON.stringify({ ...planOf(images), images: undefined }));
  const mergeAll = (...more: readonly string[]) =>
    run(["merge-all", "--plan", "plan.json", "--record-dir", "records", ...more]);
  const published = (stdout: string) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(`oci:${directory}/`, "").replace(/@.*/, ""));

  it("publishes each in its own, under its own name", async () => {
    await project();
    const summary = join(directory, "summary.md");
    const args = ["merge-all", "--plan", "plan.json", "--record-dir", "records"];
    const { code, stdout, stderr } = await run(args, { GITHUB_STEP_SUMMARY: summary });
    expect([code, stderr.split("\n").at(-2)]).toEqual([0, "3 images: 3 published"]);
    expect(stderr).toMatch(/^published {2}tools {2}linux\/amd64 {2}sha256:/m);
    const expected = ["radarr", "sonarr", "tools"].flatMap((name) => [`${name}:1.2.3`, `${name}:latest`]);
    expect(published(stdout)).toEqual(expected);
    expect(await readFile(summary, "utf8")).toMatch(
      /\n\nPublished:\n[\s\S]*\| sonarr \| `1\.2\.3` `latest` in `oci:[^`]*sonarr` \| linux\/amd64, linux\/arm64 \|/,
    );
    const again = await run([...args, "--json"], { GITHUB_RUN_ATTEMPT: "2" });
    const { groups } = JSON.parse(again.stdout);
    expect(groups[2]).toMatchObject({
      image: "tools",
      "tag-suffix": "",
      images: [place("tools")],
      verdict: "unchanged",
    });
  });

  it("publishes one alone, or those that have no job of their own", async () => {
    await project();
    await rm(join(directory, "records", "digests-radarr-core--arm64-1"), { recursive: true });
    expect(published((await mergeAll("--only", "sonarr")).stdout)).toEqual(["sonarr:1.2.3", "sonarr:latest"]);
    const rest = await mergeAll("--rest");
    expect([rest.code, published(rest.stdout)]).toEqual([0, ["tools:1.2.3", "tools:latest"]]);
    const both = await mergeAll("--only", "tools,radarr", "--only", "sonarr");
    expect([both.code, both.stderr]).toEqual([
      1,
      expect.stringMatching(/^\S+: error: |error: radarr: digests-radarr-core--arm64 \(linux\/arm64\) left no record/m),
    ]);
  });

  it("knows no other names", async () => {
    await project();
    expect(await mergeAll("--only", "sonar")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '--only: the plan has no image "sonar" (did you mean "sonarr"?); it has "radarr", "sonarr", "tools"',
      ),
    });
    expect(await mergeAll("--only", "sonarr", "--rest")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--only and --rest exclude each other"),
    });
    await plan([image("radarr")]);
    expect(await mergeAll("--rest")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "0 images: nothing to merge\n",
    });
  });

  it("publishes by digest what no rule tags", async () => {
    await project();
    const none = { tags: [], "moving-tags": [] };
    await plan([image("radarr", none), image("tools", { ...none, platforms: ["linux/amd64"] })]);
    const { code, stdout, stderr } = await mergeAll();
    expect(code).toBe(0);
    expect(published(stdout)).toEqual(["radarr", "tools"]);
    expect(stderr).toMatch(/warning: radarr: no rule of metadata gives a tag for this event/);
    const [line = ""] = stdout.split("\n");
    expect((await run(["inspect", line.split(" ")[0] ?? ""])).code).toBe(0);
  });

  it("holds a record against the artifact that it is of", async () => {
    await project();
    const folder = join(directory, "records");
    const wrong = await readFile(join(folder, "digests-sonarr-core--amd64-1", "record.json"));
    await writeFile(join(folder, "digests-radarr-core--amd64-1", "record.json"), wrong);
    const { code, stderr } = await mergeAll("--only", "radarr");
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        "is the record of the artifact digests-sonarr-core--amd64, expected that of digests-radarr-core--amd64",
      ),
    ]);
  });

  it("annotates the index: the plan's, the version, what the legs agree on, and the run", async () => {
    const shared = { "org.opencontainers.image.description": "same" };
    for (const architecture of ["amd64", "arm64"]) {
      await push({
        artifact: `digests-radarr-core--${architecture}`,
        architecture,
        images: [place("radarr")],
        annotations: { ...shared, "org.example.built-on": architecture },
      });
    }
    const annotations = { "org.opencontainers.image.vendor": "o", "io.github.fanfold.run-id": "1" };
    await plan([image("radarr", { annotations, version: "1.2.3-x", tags: ["1.2.3-x"], "moving-tags": [] })]);
    expect((await mergeAll()).code).toBe(0);
    const { stdout } = await run(["inspect", `${place("radarr")}:1.2.3-x`, "--json"]);
    expect(JSON.parse(stdout).annotations).toEqual({
      ...shared,
      "io.github.fanfold.run-id": "7",
      "org.opencontainers.image.revision": REVISION,
      "org.opencontainers.image.vendor": "o",
      "org.opencontainers.image.version": "1.2.3-x",
    });
  });
});

describe("merge --annotation", () => {
  const merge = async (...annotations: readonly string[]) => {
    const image = `oci:${join(directory, "out")}`;
    const flags = annotations.flatMap((one) => ["--annotation", one]);
    const where = ["--record-dir", "pushed", "--expect", "linux/amd64,linux/arm64"];
    const merged = await run(["merge", "--image", image, "--tag", "v2.0.0", ...where, ...flags]);
    const inspected = merged.code === 0 ? await run(["inspect", `${image}:v2.0.0`, "--json"]) : undefined;
    return { ...merged, annotations: inspected === undefined ? undefined : JSON.parse(inspected.stdout).annotations };
  };
  const legs = async () => {
    for (const architecture of ["amd64", "arm64"]) {
      await push({ artifact: `a-${architecture}`, architecture, images: [`oci:${join(directory, "out")}`] });
    }
  };

  it("wins, and leaves what guards moving tags in place", async () => {
    await legs();
    expect((await merge("a=b=c", "org.opencontainers.image.version=stable", "empty=")).annotations).toEqual({
      a: "b=c",
      empty: "",
      "io.github.fanfold.run-id": "7",
      "io.github.fanfold.version": "2.0.0",
      "org.opencontainers.image.revision": REVISION,
      "org.opencontainers.image.version": "stable",
    });
  });

  it.each([
    ["a", 'expected key=value, found "a"'],
    ["=b", 'expected key=value, found "=b"'],
    ["io.github.fanfold.run-id=1", "io.github.fanfold.run-id is an annotation that merge writes itself"],
  ])("%s is a usage error", async (given, message) => {
    expect(await merge(given)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
