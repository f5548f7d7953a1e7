import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordingHost, recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "./cli.ts";
import { type Built, writeImage } from "./testing/layout.ts";

const SHA = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const ENV = {
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF: "refs/tags/v1.2.3",
  GITHUB_SHA: SHA,
  GITHUB_RUN_ID: "7",
  GITHUB_RUN_ATTEMPT: "1",
};

let directory: string;
let one: string;
let two: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
  one = `oci:${join(directory, "one")}`;
  two = `oci:${join(directory, "two")}`;
});
afterEach(() => rm(directory, { recursive: true }));

interface Ran extends RecordingHost {
  readonly code: number;
}

async function run(args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}): Promise<Ran> {
  const host = recordingHost({ cwd: directory, ...given, env: { ...ENV, ...given.env } });
  return { ...host, code: await main(args, host) };
}

interface Leg {
  readonly suffix?: string;
  readonly architecture: string;
  readonly platform?: string;
  readonly built?: Built;
  readonly tags?: readonly string[];
  readonly images?: readonly string[];
  readonly env?: Record<string, string>;
}

async function push({
  suffix = "-cpu-x",
  architecture,
  platform,
  built,
  tags = [],
  images = [one, two],
  env = {},
}: Leg): Promise<Ran> {
  const layout = join(directory, `build${suffix}-${architecture}`);
  await writeImage(layout, suffix, architecture, built);
  const leg = tags.length > 0 ? tags.flatMap((tag) => ["--tag", tag]) : ["--platform-tag", architecture];
  const targets = images.flatMap((image) => ["--image", image]);
  const where = ["--record-dir", "records", "--layout", layout];
  return run(
    ["push", ...targets, "--platform", platform ?? `linux/${architecture}`, "--tag-suffix", suffix, ...leg, ...where],
    { env },
  );
}

const merge = (...more: readonly string[]) =>
  run([
    "merge",
    "--image",
    one,
    "--image",
    two,
    "--tag",
    "v1.2.3-cpu-x",
    "--tag",
    "latest-cpu-x",
    "--record-dir",
    "records",
    "--expect",
    "linux/amd64,linux/arm64",
    ...more,
  ]);

describe("push, merge, verify, inspect", () => {
  it("publish one complete image in two stores", async () => {
    const legs = [await push({ architecture: "amd64" }), await push({ architecture: "arm64" })];
    expect(legs.map(({ code, written }) => [code, written.stdout.split("\n").length])).toEqual([
      [0, 3],
      [0, 3],
    ]);
    const merged = await merge();
    expect(merged.written.stderr).toMatch(
      /^published {2}-cpu-x {2}linux\/amd64, linux\/arm64 {2}sha256:[0-9a-f]{64}\n1 image: 1 published\n$/,
    );
    expect(merged.code).toBe(0);
    const lines = merged.written.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^oci:.*one:v1\.2\.3-cpu-x@sha256:[0-9a-f]{64} linux\/amd64,linux\/arm64$/);

    const verified = await run([
      "verify",
      "--image",
      one,
      "--image",
      two,
      "--tag",
      "v1.2.3-cpu-x",
      "--tag",
      "latest-cpu-x",
      "--expect",
      "linux/arm64,linux/amd64",
    ]);
    expect(verified).toMatchObject({ code: 0, written: { stderr: "" } });
    expect(verified.written.stdout.match(/^ok {5}oci:/gm)).toHaveLength(4);

    const inspected = await run(["inspect", `${two}:latest-cpu-x`]);
    expect(inspected.written.stdout.replaceAll(directory, "").replaceAll(/[0-9a-f]{60}/g, "")).toMatchInlineSnapshot(`
      "oci:/two:latest-cpu-x
      index sha256:e759  application/vnd.oci.image.index.v1+json  1.4 kB
         io.github.fanfold.run-id: 7
         org.opencontainers.image.revision: 6113728f27ae82c7b1a177c8d03f9e96e0adf246
         org.opencontainers.image.version: v1.2.3
      ├─ linux/amd64  sha256:3479  1 layer, 177 B
      │  └─ attestation  sha256:520a  https://slsa.dev/provenance/v1, 20 B
      └─ linux/arm64  sha256:fa1a  1 layer, 177 B
         └─ attestation  sha256:520a  https://slsa.dev/provenance/v1, 20 B
      "
    `);
  });

  it("record what they pushed", async () => {
    await push({ architecture: "arm64", platform: "linux/arm64/v8" });
    const text = await readFile(join(directory, "records", "digests-cpu-x--arm64", "record.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      "tag-suffix": "-cpu-x",
      "platform-tag": "arm64",
      platform: "linux/arm64",
      images: [{ repository: one, children: [{ platform: { architecture: "arm64" } }, {}] }, { repository: two }],
      source: { revision: SHA, version: "v1.2.3" },
      run: { id: "7", attempt: 1 },
    });
  });

  it("tag a single as it is", async () => {
    const pushed = await push({ suffix: "", architecture: "amd64", built: "plain", tags: ["latest", "v1.2.3"] });
    expect(pushed.code).toBe(0);
    const inspected = await run(["inspect", "--json", `${one}:latest`]);
    expect(JSON.parse(inspected.written.stdout)).toMatchObject({
      schema: "fanfold.image/1",
      descriptor: { mediaType: "application/vnd.oci.image.manifest.v1+json" },
      images: [{ platform: { os: "linux", architecture: "amd64" } }],
    });
    await expect(
      readFile(join(directory, "records", "digests-core--single", "record.json"), "utf8"),
    ).resolves.toContain('"platform-tag": null');
  });

  it("anchor legs on request", async () => {
    const layout = join(directory, "build");
    await writeImage(layout, "x", "amd64");
    const args = [
      "push",
      "--image",
      one,
      "--platform",
      "linux/amd64",
      "--tag-suffix",
      "-cpu-x",
      "--platform-tag",
      "amd64",
      "--record-dir",
      "records",
      "--layout",
      layout,
    ];
    expect((await run(args)).code).toBe(0);
    expect((await run(["inspect", `${one}:leg-cpu-x--amd64`])).code).toBe(1);
    expect((await run([...args, "--anchor", "always"])).code).toBe(0);
    expect((await run(["inspect", `${one}:leg-cpu-x--amd64`])).code).toBe(0);
  });

  it("write no record for another platform than was said", async () => {
    const pushed = await push({ architecture: "amd64", platform: "linux/arm64" });
    expect(pushed).toMatchObject({
      code: 1,
      written: { stderr: expect.stringContaining("the image is for linux/amd64; expected linux/arm64") },
    });
    await expect(readFile(join(directory, "records"))).rejects.toThrow("ENOENT");
  });

  it.each([
    [
      "linux/arm64",
      "lacks linux/arm64 and also holds linux/amd64",
      /^build the missing legs, .*; expect linux\/amd64 too/,
    ],
    ["linux/amd64,linux/arm64", "lacks linux/arm64", /^build the missing legs, then merge again$/],
  ])("say what to do when %s is expected of an image for linux/amd64", async (platforms, found, fix) => {
    await push({ architecture: "amd64", images: [one] });
    await run(["merge", "--image", one, "--tag", "v1", "--record-dir", "records", "--expect", "linux/amd64"]);
    const { written } = await run(["verify", "--image", one, "--tag", "v1", "--expect", platforms, "--json"]);
    expect(JSON.parse(written.stdout).images[0].problems).toEqual([
      {
        code: "wrong-platform",
        severity: "error",
        message: `${one}:v1 ${found}`,
        at: null,
        fix: expect.stringMatching(fix),
      },
    ]);
  });

  it("say what is wrong with what was published", async () => {
    await push({ architecture: "amd64", images: [one] });
    await run(["merge", "--image", one, "--tag", "v1", "--record-dir", "records", "--expect", "linux/amd64"]);
    const verified = await run([
      "verify",
      "--image",
      one,
      "--image",
      two,
      "--tag",
      "v1",
      "--expect",
      "linux/amd64,linux/arm64",
      "--json",
    ]);
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.written.stdout)).toMatchObject({
      schema: "fanfold.verification/1",
      images: [
        { image: one, problems: [{ code: "wrong-platform", message: expect.stringContaining("lacks linux/arm64") }] },
        { image: two, digest: null, problems: [{ code: "not-found" }] },
      ],
    });
  });
});

describe("what a leg's own bytes say", () => {
  const indexOf = async (image: string, tag: string) => {
    const layout = image.slice("oci:".length);
    const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
    const found = manifests.find(
      ({ annotations }: { annotations?: Record<string, string> }) =>
        annotations?.["org.opencontainers.image.ref.name"] === tag,
    );
    return JSON.parse(await readFile(join(layout, "blobs", "sha256", found.digest.slice("sha256:".length)), "utf8"));
  };
  const pushLayout = (layout: string, platform: string, platformTag: string) =>
    run(
      ["push", "--layout", layout, "--image", one, "--platform", platform, "--tag-suffix", "-x"].concat([
        "--platform-tag",
        platformTag,
        "--record-dir",
        "records",
      ]),
    );

  it.each(["attested", "plain"] as const)("stands in the index, of %s legs: variants and versions", async (built) => {
    const annotations = { "org.opencontainers.image.description": "hello" };
    const windows = { architecture: "amd64", os: "windows", "os.version": "10.0.20348.2031" };
    const arm64 = { architecture: "arm64", os: "linux", variant: "v8" };
    await writeImage(join(directory, "w"), "w", windows, built, annotations);
    await writeImage(join(directory, "a"), "a", arm64, built, annotations);
    expect((await pushLayout("w", "windows/amd64", "windows-amd64")).code).toBe(0);
    expect((await pushLayout("a", "linux/arm64", "arm64")).code).toBe(0);
    const expected = ["--expect", "linux/arm64,windows/amd64"];
    const merged = await run(["merge", "--image", one, "--tag", "v1", "--record-dir", "records", ...expected]);
    expect(merged.code).toBe(0);
    const index = await indexOf(one, "v1");
    expect(index.manifests.slice(0, 2).map(({ platform }: { platform: object }) => platform)).toEqual([arm64, windows]);
    expect(index.annotations["org.opencontainers.image.description"]).toBe(built === "plain" ? undefined : "hello");
    expect((await run(["verify", "--image", one, "--tag", "v1", ...expected])).code).toBe(0);
    expect((await run(["verify", "--image", one, "--tag", "v1", "--expect", "linux/arm64"])).code).toBe(1);
  });

  it("is not what another platform says", async () => {
    await writeImage(join(directory, "w"), "w", { architecture: "amd64", os: "windows", "os.version": "10.0.1" });
    const { code, written } = await pushLayout("w", "linux/amd64", "amd64");
    expect(code).toBe(1);
    expect(written.stderr).toContain("the image is for windows/amd64; expected linux/amd64");
  });
});

describe("a push that is repeated", () => {
  it("pushes what is gone below the image", async () => {
    await push({ architecture: "amd64" });
    await push({ architecture: "arm64" });
    const record = JSON.parse(
      await readFile(join(directory, "records", "digests-cpu-x--amd64", "record.json"), "utf8"),
    );
    const [image] = record.images[0].children;
    const blob = join(directory, "one", "blobs", "sha256", image.digest.slice("sha256:".length));
    const before = await readFile(blob);
    await rm(blob);
    expect((await merge()).written.stderr).toContain("is not in oci:");
    const again = await push({ architecture: "amd64" });
    expect(again.code).toBe(0);
    expect(again.written.stderr).toContain(`written  ${one}  manifest ${image.digest}`);
    expect(await readFile(blob)).toEqual(before);
  });
});

describe("the tag latest", () => {
  it("does not go to a lower version that somebody names, from the same run", async () => {
    await push({ architecture: "amd64" });
    await push({ architecture: "arm64" });
    const args = ["merge", "--image", one, "--record-dir", "records", "--expect", "linux/amd64,linux/arm64"];
    const tagged = (version: string) => run([...args, "--tag", version, "--tag", "latest-cpu-x"]);
    expect((await tagged("v2.0.0-cpu-x")).code).toBe(0);
    const { code, written } = await tagged("v1.9.9-cpu-x");
    expect(code).toBe(0);
    expect(written.stderr).toContain("it is version v2.0.0, higher than v1.9.9");
    expect(written.stdout).not.toContain("latest-cpu-x@");
  });
});

describe("merge", () => {
  it("refuses what is incomplete, and changes nothing", async () => {
    await push({ architecture: "amd64" });
    const merged = await merge("--json");
    expect(merged.code).toBe(1);
    expect(JSON.parse(merged.written.stdout)).toMatchObject({
      schema: "fanfold.merge/1",
      groups: [
        {
          verdict: "refused",
          digest: null,
          tags: [],
          problems: [{ code: "missing-leg", message: `no record for linux/arm64 in ${join(directory, "records")}` }],
        },
      ],
    });
    expect(merged.written.stderr).toContain(
      `error: -cpu-x: no record for linux/arm64 in ${join(directory, "records")}\n  fix: run that leg's build again`,
    );
    expect((await run(["inspect", `${one}:latest-cpu-x`])).code).toBe(1);
  });

  it("takes the records of one image out of many, and tags from the event", async () => {
    for (const suffix of ["-cpu-x", "-cpu-x-y"]) {
      for (const architecture of ["amd64", "arm64"]) await push({ suffix, architecture });
    }
    const args = ["merge", "--image", one, "--record-dir", "records", "--expect", "linux/amd64,linux/arm64"];
    const all = await run([...args, "--tag", "v1"]);
    expect(all.code).toBe(1);
    expect(all.written.stderr).toContain('its tag-suffix is "-cpu-x-y", expected "-cpu-x"');
    const selected = await run([...args, "--tag-suffix", "-cpu-x"]);
    expect(selected.written.stderr).toContain("1 published");
    const names = selected.written.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/@.*/, "").replace(`${one}:`, ""));
    expect(names).toEqual(["v1.2.3-cpu-x", "sha-6113728-cpu-x", "latest-cpu-x"]);
    const other = await run([...args, "--tag-suffix", "-cpu-x"], { env: { GITHUB_SHA: "f".repeat(40) } });
    expect(other).toMatchObject({ code: 1, written: { stderr: expect.stringContaining("was built from 6113728f27") } });
  });

  it("prints a dry run", async () => {
    await push({ architecture: "amd64" });
    await push({ architecture: "arm64" });
    const planned = await merge("--dry-run");
    expect(planned.code).toBe(0);
    const lines = planned.written.stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("# -cpu-x");
    expect(
      lines
        .slice(1)
        .filter((line) => line.includes(one))
        .map((line) => line.replace(/@sha256:\w+/, "@…").replace(`${one}`, "one")),
    ).toEqual([
      ...Array.from({ length: 4 }, () => "HEAD one@…"),
      expect.stringMatching(/^PUT {2}one@… \(\d+ bytes\)$/),
      expect.stringMatching(/^PUT {2}one:v1\.2\.3-cpu-x /),
      "HEAD one:v1.2.3-cpu-x",
      "GET  one:latest-cpu-x",
      expect.stringMatching(/^PUT {2}one:latest-cpu-x /),
      "HEAD one:latest-cpu-x",
    ]);
    expect((await run(["inspect", `${one}:latest-cpu-x`])).code).toBe(1);
  });

  it("gives the same digest from the same records elsewhere", async () => {
    const elsewhere = `oci:${join(directory, "elsewhere")}`;
    const images = [one, two, elsewhere];
    await push({ architecture: "amd64", images });
    await push({ architecture: "arm64", images });
    const digestOf = async (image: string) => {
      const { written } = await run([
        "merge",
        "--image",
        image,
        "--tag",
        "v1",
        "--record-dir",
        "records",
        "--expect",
        "linux/amd64,linux/arm64",
      ]);
      return /sha256:\w+/.exec(written.stdout)?.[0];
    };
    const digest = await digestOf(one);
    expect(digest).toBeDefined();
    expect(await digestOf(elsewhere)).toBe(digest);
  });
});

describe("merge-all", () => {
  const suffixes = ["-a", "-b", "-c"];
  const plan = () => ({
    schema: "fanfold.plan/1",
    event: { name: "push", ref: "refs/tags/v1.2.3", sha: SHA },
    images: [one, two],
    groups: suffixes.map((suffix) => ({
      matrix: "include",
      "tag-suffix": suffix,
      "tag-latest": "auto",
      legs: ["amd64", "arm64"].map((architecture) => ({
        platform: `linux/${architecture}`,
        "platform-tag": architecture,
        "artifact-name": `digests${suffix}--${architecture}`,
      })),
    })),
  });
  const mergeAll = (given: Parameters<typeof run>[1] = {}, ...more: readonly string[]) =>
    run(["merge-all", "--plan", "plan.json", "--record-dir", "records", ...more], given);

  beforeEach(async () => {
    await writeFile(join(directory, "plan.json"), JSON.stringify(plan()));
    await mkdir(join(directory, "records"));
  });

  it("publishes what is complete, refuses the rest by name, and later only publishes what was missing", async () => {
    for (const suffix of suffixes) await push({ suffix, architecture: "amd64" });
    for (const suffix of ["-a", "-c"]) await push({ suffix, architecture: "arm64" });
    const summary = join(directory, "summary.md");
    const first = await mergeAll({ env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary } });
    expect(first.code).toBe(1);
    expect(first.written.stderr).toContain("::group::published  -a  linux/amd64, linux/arm64  sha256:");
    expect(first.written.stderr).toMatch(
      /::group::refused {4}-b\n {2}missing-leg: digests-b--arm64 .*\n::endgroup::\n::error::-b: digests-b--arm64 \(linux\/arm64\) left no record in \S+records; /,
    );
    expect(first.written.stderr).toMatch(/3 images: 2 published, 1 refused\n$/);
    expect(first.written.stdout.trimEnd().split("\n")).toHaveLength(2 * 2 * 3);
    const markdown = await readFile(summary, "utf8");
    expect(markdown).toContain("## Merge: 3 images: 2 published, 1 refused");
    expect(markdown).toMatch(
      /\| -b \| digests-b--arm64 \(linux\/arm64\) left no record in \S+; run that leg's build again, then merge again \| {2}\| {2}\|/,
    );
    expect(markdown).toMatch(
      /\| -a \| `v1\.2\.3-a` `sha-6113728-a` `latest-a` \| linux\/amd64, linux\/arm64 \| `sha256:\w+` \|/,
    );

    await push({ suffix: "-b", architecture: "arm64", env: { GITHUB_RUN_ATTEMPT: "2" } });
    const second = await mergeAll({ env: { GITHUB_RUN_ATTEMPT: "2" } }, "--json");
    expect(second.code).toBe(0);
    const { groups } = JSON.parse(second.written.stdout);
    expect(groups.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["unchanged", "published", "unchanged"]);
  });

  it("has told the result, and ends as it would, when the summary cannot be written", async () => {
    for (const suffix of suffixes) for (const architecture of ["amd64", "arm64"]) await push({ suffix, architecture });
    const { code, written } = await mergeAll({ env: { GITHUB_STEP_SUMMARY: directory } });
    expect(code).toBe(0);
    expect(written.stdout.trimEnd().split("\n")).toHaveLength(3 * 2 * 3);
    expect(written.stderr).toMatch(
      /3 images: 3 published\n\S+: warning: the step summary cannot be written: .*EISDIR.*\n {2}fix: set GITHUB_STEP_SUMMARY/,
    );
  });

  it("tells the first of thousands of problems, and counts the others", async () => {
    const text = await readFile(join(directory, "plan.json"), "utf8");
    for (let at = 0; at < 3000; at++) await mkdir(join(directory, "records", `foreign-${at}`));
    const summary = join(directory, "summary.md");
    await writeFile(summary, `${text}\n`);
    const args = ["merge", "--image", one, "--tag", "v1", "--record-dir", "records", "--expect", "linux/amd64"];
    const env = { GITHUB_STEP_SUMMARY: summary };
    for (const actions of ["true", "false"]) {
      const { code, written } = await run(args, { env: { ...env, GITHUB_ACTIONS: actions } });
      expect(code).toBe(1);
      expect(written.stderr).toContain("and 2990 more");
      expect(written.stderr.split("\n").length).toBeLessThan(40);
    }
    expect((await readFile(summary, "utf8")).match(/and 2990 more/g)).toHaveLength(2);
    const { written } = await run([...args, "--json"]);
    expect(JSON.parse(written.stdout).groups[0].problems).toHaveLength(3000);
  });

  it("shows a bar on a terminal", async () => {
    for (const suffix of suffixes) for (const architecture of ["amd64", "arm64"]) await push({ suffix, architecture });
    const { code, written } = await mergeAll({ terminal: true });
    expect(code).toBe(0);
    expect(written.stderr).toContain("\r\u001b[2K[#############-------] 2/3, 0 refused, 1 left");
    expect(written.stderr.endsWith("\r\u001b[2K3 images: 3 published\n")).toBe(true);
  });

  it("refuses every image when nothing was recorded", async () => {
    const { code, written } = await mergeAll();
    expect(code).toBe(1);
    expect(written.stderr).toContain("3 images: 3 refused");
    expect(written.stdout).toBe("");
  });

  it.each([
    [
      "a plan that is not there",
      ["merge-all", "--plan", "absent.json", "--record-dir", "records"],
      1,
      /absent\.json: error: the plan cannot be read: ENOENT.*\n {2}fix: name the file that holds what fanfold plan --json prints/,
    ],
    [
      "records that are not there",
      ["merge-all", "--plan", "plan.json", "--record-dir", "absent"],
      1,
      /^(?:refused {4}-[abc]\nerror: -[abc]: digests-[abc]--amd64 \(linux\/amd64\) left no record in \S+absent, which does not exist\n(?:.*\n){3}){3}3 images: 3 refused\n$/,
    ],
    [
      "a file for a directory of records",
      ["merge-all", "--plan", "plan.json", "--record-dir", "plan.json"],
      1,
      /plan\.json: error: cannot be read: ENOTDIR.*\n {2}fix: name the directory that holds the legs' artifacts/,
    ],
    [
      "an unknown engine",
      ["merge-all", "--plan", "plan.json", "--record-dir", "records", "--engine", "kaniko"],
      2,
      /Allowed choices are registry, buildx/,
    ],
    [
      "immutable tags with docker",
      ["merge-all", "--plan", "plan.json", "--record-dir", "records", "--engine", "buildx", "--immutable"],
      2,
      /--immutable needs --engine registry/,
    ],
    [
      "layouts with docker, which would fail at them",
      ["merge-all", "--plan", "plan.json", "--record-dir", "records", "--engine", "buildx", "--dry-run"],
      2,
      /oci:\S+one needs --engine registry: docker puts indexes into registries only/,
    ],
    [
      "a bad concurrency",
      ["merge-all", "--plan", "plan.json", "--record-dir", "records", "--concurrency", "0"],
      2,
      /Expected a whole number/,
    ],
  ] as const)("ends on %s", async (_what, args, code, message) => {
    const ran = await run(args);
    expect(ran.code).toBe(code);
    expect(ran.written.stderr).toMatch(message);
  });

  it("reads the plan from standard input", async () => {
    const ran = await run(["merge-all", "--plan", "-", "--record-dir", "records"], { stdin: "{" });
    expect(ran).toMatchObject({ code: 1, written: { stderr: expect.stringContaining("<stdin>: error: is not JSON") } });
  });

  it("names what is wrong with each record", async () => {
    for (const suffix of suffixes) for (const architecture of ["amd64", "arm64"]) await push({ suffix, architecture });
    const file = (name: string) => join(directory, "records", name, "record.json");
    await writeFile(file("digests-a--arm64"), "{");
    const record = JSON.parse(await readFile(file("digests-b--arm64"), "utf8"));
    await writeFile(
      file("digests-b--arm64"),
      JSON.stringify({ ...record, source: { revision: "f00", version: null } }),
    );
    await writeFile(file("digests-c--arm64"), await readFile(file("digests-c--amd64")));
    const { code, written } = await mergeAll({}, "--json");
    expect(code).toBe(1);
    const { groups } = JSON.parse(written.stdout);
    expect(
      groups.map(({ problems }: { problems: readonly { code: string }[] }) => problems.map((problem) => problem.code)),
    ).toEqual([["invalid-record"], ["wrong-revision"], ["invalid-record"]]);
  });
});

const PUSH = ["push", "--image", "a/b", "--platform", "linux/amd64", "--tag-suffix", "", "--record-dir", "r"];

describe("usage", () => {
  it.each([
    ["no command", [], /Usage: digest-tools/],
    ["an unknown flag", ["tags", "--tag-suffix", "-x", "--what"], /unknown option '--what'/],
    [
      "no tags to publish",
      ["merge", "--image", "a/b", "--record-dir", "r", "--expect", "linux/amd64"],
      /name the tags with --tag/,
    ],
    [
      "a bad platform",
      ["merge", "--image", "a/b", "--record-dir", "r", "--expect", "linux/amd46"],
      /did you mean "amd64"/,
    ],
    ["a bad image", ["merge", "--image", "a/B", "--record-dir", "r", "--expect", "linux/amd64"], /image name "a\/B"/],
    [
      "a bad tag",
      ["merge", "--image", "a/b", "--tag", "a b", "--record-dir", "r", "--expect", "linux/amd64"],
      /tag "a b" must be a letter/,
    ],
    [
      "nothing to build",
      ["push", "--image", "a/b", "--platform", "linux/amd64", "--tag-suffix", "", "--record-dir", "r"],
      /pass what to build after --/,
    ],
    [
      "a build and a layout",
      [
        "push",
        "--image",
        "a/b",
        "--platform",
        "linux/amd64",
        "--tag-suffix",
        "",
        "--record-dir",
        "r",
        "--layout",
        "l",
        "--",
        ".",
      ],
      /leave build arguments, --bake and --label out/,
    ],
    ["a bake file without a target", [...PUSH, "--bake", "b.json"], /--bake and --target belong together/],
    ["a target of no bake file", [...PUSH, "--target", "x", "--", "."], /--bake and --target belong together/],
    [
      "a bake file and arguments",
      [...PUSH, "--bake", "b.json", "--target", "x", "--", "."],
      /leave the build arguments out/,
    ],
    [
      "a bake file and a layout",
      [...PUSH, "--bake", "b.json", "--target", "x", "--layout", "l"],
      /leave build arguments, --bake/,
    ],
    ["an entitlement without a bake file", [...PUSH, "--allow", "ssh", "--", "."], /--allow is for --bake/],
    [
      "a pattern for a target",
      [...PUSH, "--bake", "b.json", "--target", "x*"],
      /"x\*" is not the name of a bake target/,
    ],
    ["a label without a value", [...PUSH, "--label", "x", "--", "."], /expected key=value, found "x"/],
    [
      "retries that are no number",
      [...PUSH, "--retries", "many", "--", "."],
      /--retries must be a number from 0 to 99/,
    ],
    [
      "a build argument that fights",
      [
        "push",
        "--image",
        "a/b",
        "--platform",
        "linux/amd64",
        "--tag-suffix",
        "",
        "--record-dir",
        "r",
        "--",
        "--push",
        ".",
      ],
      /build argument "--push" is not allowed/,
    ],
  ])("%s", async (_what, args, message) => {
    const ran = await run(args);
    expect(ran.code).toBe(2);
    expect(ran.written.stderr).toMatch(message);
    expect(ran.written.stdout).toBe("");
  });

  it("prints tags, for suffixes that look like flags too", async () => {
    expect(await run(["tags", "--tag-latest", "", "--tag-suffix", "-cpu-x"])).toMatchObject({
      code: 0,
      written: { stdout: "v1.2.3-cpu-x\nsha-6113728-cpu-x\nlatest-cpu-x\n", stderr: "" },
    });
    const env = { DOCKER_METADATA_SHORT_SHA_LENGTH: "10" };
    expect((await run(["tags", "--tag-latest", "false", "--tag-suffix", ""], { env })).written.stdout).toBe(
      "v1.2.3\nsha-6113728f27\n",
    );
    expect(await run(["tags", "--tag-suffix", "-", "--tag-latest", "no"])).toMatchObject({ code: 2 });
    expect(await run(["tags", "--tag-suffix", "x".repeat(128)])).toMatchObject({ code: 1 });
  });
});
