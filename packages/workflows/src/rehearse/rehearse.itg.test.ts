import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LayoutStore, parsePlatforms, readImageTree, verifyImages } from "@fanfold/digest-tools/internal";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../cli.ts";
import { type ExampleRepository, exampleRepository } from "./testing/example-repository.ts";

const bin = fileURLToPath(new URL("../../bin/fanfold.js", import.meta.url));

let example: ExampleRepository;
beforeAll(async () => {
  example = await exampleRepository();
});
afterAll(() => example[Symbol.asyncDispose]());

// Everything temporary of a rehearsal goes in here, so that what it leaves can be seen.
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "fanfold-itg-"));
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(temporary, { recursive: true });
});

async function rehearse(args: readonly string[], cwd = example.repository.path) {
  const host = recordingHost({ cwd, env: { PATH: process.env["PATH"], HOME: temporary } });
  const code = await main(["rehearse", ...args], host);
  return { code, ...host.written };
}

const lines = (stdout: string): readonly string[] =>
  stdout
    .replace(/@sha256:[0-9a-f]{64}/g, "@DIGEST")
    .trimEnd()
    .split("\n");
const sha = (): string => `sha-${example.head.slice(0, 7)}`;

describe("with packed contexts, without Docker", () => {
  const layout = ["--engine", "layout"];

  it("a push: two legs, one index, in both repositories the same; nothing is left", async () => {
    const { code, stdout, stderr } = await rehearse(layout);
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(
      ["quay.io", "ghcr.io"].flatMap((registry) =>
        ["main", sha()].map((tag) => `${registry}/example/backends:${tag}-cpu-kokoro@DIGEST linux/amd64,linux/arm64`),
      ),
    );
    expect(new Set(stdout.match(/sha256:\w+/g)).size).toBe(1);
    expect(stderr).toContain(`event  push refs/heads/main, ${example.base.slice(0, 7)}..${example.head.slice(0, 7)}`);
    expect(stderr).toContain(
      "merge  1 of 1 complete\nverify  1 of 1 published\n2 builds; 1 image, 1 would be published",
    );
    expect(await readdir(temporary)).toEqual([]);
  });

  it("refuses what no workflow can be generated for, before anything is built", async () => {
    const repository = await ScratchRepository.create();
    try {
      const files = {
        ".github/backend-matrix.yml":
          'include:\n  - { backend: a, tag-suffix: "-a", context: a, dockerfile: a/Dockerfile, runs-on: [] }\n',
        ".github/fanfold.yml": "images: [quay.io/example/a]\n",
        "a/Dockerfile": "FROM scratch\n",
      };
      await repository.commit({ files });
      await repository.commit({ files: { "a/x": "1\n" } });
      await repository.checkout("main");
      const { code, stdout, stderr } = await rehearse(layout, repository.path);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain("include[0]: runs-on must be a label");
      expect((await readdir(temporary)).filter((name) => name.startsWith("fanfold-rehearsal-"))).toEqual([]);
    } finally {
      await repository.remove();
    }
  });

  it("says the same digests each time: nothing in an image is of this machine or this hour", async () => {
    const [first, second] = [await rehearse(layout), await rehearse(layout)];
    expect(second.stdout).toBe(first.stdout);
  });

  it("a tag: everything, and latest", async () => {
    const store = join(temporary, "store");
    const { code, stdout } = await rehearse([...layout, "--event", "tag", "--store", `oci:${store}`, "--keep"]);
    expect(code).toBe(0);
    expect(lines(stdout).filter((line) => line.startsWith("quay.io/example/backends:latest"))).toEqual([
      "quay.io/example/backends:latest-cpu-kokoro@DIGEST linux/amd64,linux/arm64",
      "quay.io/example/backends:latest-cpu-whisper@DIGEST linux/amd64,linux/arm64",
      "quay.io/example/backends:latest-gpu-nvidia-cuda-12-coqui@DIGEST linux/amd64",
      "quay.io/example/backends:latest-cpu-piper@DIGEST linux/amd64",
    ]);
    for (const registry of ["quay.io", "ghcr.io"]) {
      const stores = [new LayoutStore(join(store, registry, "example/backends"))];
      const expected = parsePlatforms("linux/amd64,linux/arm64");
      const references = ["v0.0.0-rehearsal-cpu-kokoro", "latest-cpu-kokoro"];
      const found = await verifyImages({ stores, references, expected });
      expect(found.map(({ problems }) => problems)).toEqual([[], []]);
    }
  });

  it("a tag that the commit has is the tag", async () => {
    await example.repository.git("tag", "v1.9.0");
    await example.repository.git("tag", "v1.10.0");
    await example.repository.git("tag", "v1.10.0-rc.1");
    try {
      const { code, stdout } = await rehearse([...layout, "--event", "tag", "--only", "piper"]);
      expect([code, lines(stdout)[0]]).toEqual([0, "quay.io/example/backends:v1.10.0-cpu-piper@DIGEST linux/amd64"]);
    } finally {
      await example.repository.git("tag", "--delete", "v1.9.0", "v1.10.0", "v1.10.0-rc.1");
    }
  });

  it("a leg that fails costs its own image, and the run is red", async () => {
    const args = [
      "--only",
      "kokoro,whisper,piper,coqui",
      "--fail",
      "digests-cpu-kokoro--arm64,digests-cpu-piper--single",
    ];
    const { code, stdout, stderr } = await rehearse([...layout, ...args]);
    expect(code).toBe(1);
    const published = lines(stdout).map((line) => /:main(\S+)@/.exec(line)?.[1] ?? "");
    expect(new Set(published.filter((suffix) => suffix !== ""))).toEqual(
      new Set(["-cpu-whisper", "-gpu-nvidia-cuda-12-coqui"]),
    );
    expect(stderr).toContain("error: digests-cpu-kokoro--arm64: its build fails, because --fail says so");
    expect(stderr).toContain("error: image -cpu-kokoro: digests-cpu-kokoro--arm64 (linux/arm64) left no record");
    expect(stderr).toContain("6 builds, 2 failed; 4 images, 2 would be published, 2 refused");
    expect(await readdir(temporary)).toEqual([]);
  });

  it("a pull request builds from the merge base, and pushes nothing", async () => {
    await example.repository.commit({
      branch: "topic",
      parent: example.base,
      files: { "backend/go/piper/main.go": "package main\n" },
    });
    await example.repository.checkout("topic");
    try {
      const { code, stdout, stderr } = await rehearse([...layout, "--event", "pull_request", "--base", "main"]);
      expect([code, stdout]).toEqual([0, ""]);
      expect(stderr).toContain("digests-cpu-piper--single  built\n1 build; a pull request publishes nothing");
      expect(stderr).not.toContain("digests-cpu-kokoro");
    } finally {
      await example.repository.checkout("main");
    }
  });

  it("--json: one document, with what was refused", async () => {
    const { code, stdout } = await rehearse([...layout, "--json", "--fail", "digests-cpu-kokoro--amd64"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      schema: "fanfold.rehearsal/1",
      engine: "layout",
      legs: [
        {
          artifact: "digests-cpu-kokoro--amd64",
          verdict: "failed",
          digest: null,
          problems: [expect.objectContaining({ code: "rehearsal" })],
        },
        {
          artifact: "digests-cpu-kokoro--arm64",
          verdict: "pushed",
          digest: expect.stringMatching(/^sha256:/),
          problems: [],
        },
      ],
      images: [
        {
          image: "-cpu-kokoro",
          "tag-suffix": "-cpu-kokoro",
          verdict: "refused",
          from: null,
          digest: null,
          platforms: ["linux/amd64", "linux/arm64"],
          tags: [],
          problems: [expect.objectContaining({ code: "missing-leg" })],
          warnings: [],
        },
      ],
      kept: null,
    });
  });

  it("--keep leaves plan, records and layouts, and nothing else", async () => {
    const { stdout } = await rehearse([...layout, "--json", "--keep"]);
    const { kept } = JSON.parse(stdout);
    expect((await readdir(kept)).toSorted()).toEqual(["images", "plan.json", "records"]);
    expect(await readdir(join(kept, "records"))).toEqual(["digests-cpu-kokoro--amd64", "digests-cpu-kokoro--arm64"]);
    expect(JSON.parse(await readFile(join(kept, "plan.json"), "utf8"))).toMatchObject({
      schema: "fanfold.plan/1",
      groups: [
        {
          images: ["quay.io", "ghcr.io"].map((registry) => `oci:${join(kept, "images", registry, "example/backends")}`),
        },
      ],
    });
  });

  it("--store removes what it made, and leaves what was there", async () => {
    const store = join(temporary, "mine");
    await mkdir(store);
    await writeFile(join(store, "note"), "keep me");
    const { code } = await rehearse([...layout, "--store", `oci:${join(store, "a/b")}`]);
    expect([code, await readdir(store)]).toEqual([0, ["note"]]);
  });

  it("nothing to build is green, and asks no engine", async () => {
    const { code, stdout, stderr } = await rehearse(["--base", "HEAD"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/0 builds; 0 images, 0 would be published \(\d+\.\d s\)\n$/);
    expect(stderr).not.toContain("engine ");
  });

  it.each<readonly [number, readonly string[], RegExp]>([
    [2, ["--event", "release"], /Allowed choices are push, pull_request, tag/],
    [2, ["--engine", "podman"], /Allowed choices are layout, docker/],
    [2, ["--store", "oci:x", "--registry", "localhost:1/x"], /--store and --registry exclude each other/],
    [2, ["--reuse", "published"], /--reuse published needs a place where images are published: name one with --store/],
    [2, ["--reuse", "published", "--event", "pull_request", "--store", "oci:x"], /a pull request publishes nothing/],
    [2, ["--store", "x"], /--store must be oci:DIR, found "x"/],
    [2, ["--registry", "localhost:1/x:v1"], /must be a repository, HOST\/NAME, without a tag or digest/],
    [2, ["--registry", "localhost:1/X"], /--registry: image name "localhost:1\/X"/],
    [
      1,
      ["--fail", "digests-cpu-kokoro--arm46"],
      /builds no artifact "digests-cpu-kokoro--arm46" \(did you mean "digests-cpu-kokoro--arm64"\?\)/,
    ],
    [1, ["--only", "kokro"], /no image, backend or tag-suffix is called "kokro"/],
    [1, ["--base", "nowhere"], /no revision "nowhere"/],
  ])("exit code %i for %j", async (code, args, message) => {
    expect(await rehearse([...layout, ...args])).toEqual({ code, stdout: "", stderr: expect.stringMatching(message) });
    expect(await readdir(temporary)).toEqual([]);
  });

  it("a repository without images, and a directory without a repository", async () => {
    await using bare = await ScratchRepository.create();
    const matrix = { include: [{ "tag-suffix": "-x", context: ".", platforms: "linux/amd64" }] };
    await bare.commit({ files: { ".github/backend-matrix.yml": JSON.stringify(matrix) } });
    await bare.checkout("main");
    const nameless = await rehearse(layout, bare.path);
    expect([nameless.code, nameless.stderr]).toEqual([
      1,
      expect.stringContaining("the config names no images to publish to"),
    ]);
    const lost = await rehearse(layout, temporary);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining("git finds no repository")]);
  });

  it("a single for two platforms is an index; lists that hand-written workflows build are left out", async () => {
    await using mixed = await ScratchRepository.create();
    const both = { "tag-suffix": "-both", context: "src", platforms: "linux/amd64,linux/arm64" };
    const lost = { "tag-suffix": "-lost", context: "nowhere", platforms: "linux/amd64" };
    const mac = ["amd64", "arm64"].map((architecture) => ({
      "tag-suffix": "-mac",
      "platform-tag": architecture,
      platforms: `darwin/${architecture}`,
    }));
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({ include: [both, lost], includeDarwin: mac }),
      ".github/fanfold.yml": JSON.stringify({
        images: ["quay.io/example/x"],
        workflow: { lists: { includeDarwin: { uses: "./.github/workflows/darwin.yml" } } },
      }),
      ".github/workflows/darwin.yml": "on:\n  workflow_call:\njobs: {}\n",
      "src/a": "a",
    };
    await mixed.commit({ files });
    await mixed.checkout("main");
    const store = join(temporary, "mixed");
    const { code, stdout, stderr } = await rehearse([...layout, "--store", `oci:${store}`, "--keep"], mixed.path);
    expect([code, lines(stdout)[0]]).toEqual([1, "quay.io/example/x:main-both@DIGEST linux/amd64,linux/arm64"]);
    expect(stderr).toContain("includeDarwin is not rehearsed: a hand-written workflow builds it");
    expect(stderr).toContain('error: digests-lost--single: context "nowhere" holds no file that git tracks');
    expect(stderr).toContain("2 builds, 1 failed; 2 images, 1 would be published, 1 refused");
    const tree = await readImageTree(new LayoutStore(join(store, "quay.io/example/x")), "main-both");
    expect(tree).toMatchObject({
      images: [{ platform: { architecture: "amd64" } }, { platform: { architecture: "arm64" } }],
    });
  });

  it("images with repositories of their own, and some that share one", async () => {
    await using several = await ScratchRepository.create();
    const images = ["radarr", "sonarr"].map((backend) => ({ backend, context: backend, platforms: "linux/amd64" }));
    const versions = ["3.12", "3.13"].flatMap((version) =>
      ["amd64", "arm64"].map((architecture) => ({
        backend: "python",
        version,
        context: "python",
        "platform-tag": architecture,
        platforms: `linux/${architecture}`,
      })),
    );
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({ include: [...images, ...versions] }),
      ".github/fanfold.yml": JSON.stringify({
        images: ["quay.io/example/{image}", "ghcr.io/example/{image}"],
        "group-by": ["version"],
        metadata: { tags: ["type=ref,event=branch,prefix={version}-"] },
      }),
      "radarr/a": "r",
      "sonarr/a": "s",
      "python/a": "p",
    };
    await several.commit({ files });
    await several.checkout("main");
    const { code, stdout, stderr } = await rehearse([...layout, "--only", "radarr,sonarr,python"], several.path);
    expect([code, stderr]).toEqual([0, expect.stringContaining("6 builds; 4 images, 4 would be published")]);
    expect(lines(stdout)).toEqual(
      [
        ["radarr:main", "linux/amd64"],
        ["sonarr:main", "linux/amd64"],
        ["python:3.12-main", "linux/amd64,linux/arm64"],
        ["python:3.13-main", "linux/amd64,linux/arm64"],
      ].flatMap(([image, platforms]) =>
        ["quay.io", "ghcr.io"].map((registry) => `${registry}/example/${image}@DIGEST ${platforms}`),
      ),
    );
  });

  it("with reuse: a second one builds nothing, claims what changed, and a release is retagged", async () => {
    await using family = await ScratchRepository.create();
    const platforms = "linux/amd64";
    const names = ["base", "app", "lone"];
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({
        include: names.map((image) => ({ image, context: image, dockerfile: `${image}/Dockerfile`, platforms })),
      }),
      // Nobody signs a rehearsal, and the registry is none that it publishes to.
      ".github/fanfold.yml": JSON.stringify({
        images: ["docker.io/example/{image}", "ghcr.io/example/{image}"],
        reuse: { from: "published", registry: "ghcr.io" },
        sign: "cosign",
        workflow: { branches: ["main"] },
      }),
      "base/Dockerfile": "FROM scratch\nCOPY a /\n",
      "base/a": "1",
      "app/Dockerfile": "FROM example/base\nCOPY b /\n",
      "app/b": "1",
      "lone/Dockerfile": "FROM scratch\nCOPY c /\n",
      "lone/c": "1",
    };
    await family.commit({ files });
    await family.commit({ files: { ...files, "base/a": "2" } });
    await family.checkout("main");
    const store = join(temporary, "store");
    await mkdir(store);
    const options = [...layout, "--store", `oci:${store}`];
    const first = await rehearse([...options, "--keep"], family.path);
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringContaining("3 builds; 3 images, 3 would be published"),
    ]);
    expect(first.stderr).toContain("reuse  3 absent, of 3 images\n");

    const second = await rehearse([...options, "--keep", "--json"], family.path);
    expect([second.code, second.stderr]).toEqual([
      0,
      expect.stringMatching(/0 builds; 2 images, 2 would be published, 2 of them without a build \(\S+ s\)\n/),
    ]);
    expect(second.stderr).toContain("reuse  3 current, of 3 images\n");
    expect(second.stderr).toContain("  left out: 1 image: lone\n");
    expect(second.stderr).not.toContain("engine ");
    expect(JSON.parse(second.stdout)).toMatchObject({
      engine: null,
      legs: [],
      images: ["base", "app"].map((image) => ({ image, verdict: "published", from: "claim" })),
    });

    const tag = await rehearse([...options, "--keep", "--event", "tag"], family.path);
    expect([tag.code, tag.stderr]).toEqual([
      0,
      expect.stringContaining("0 builds; 3 images, 3 would be published, 3 of"),
    ]);
    expect(tag.stdout).toContain("ghcr.io/example/app:latest@");

    await rm(join(store, "ghcr.io/example/lone/index.json"));
    const healed = await rehearse([...options, "--json", "--base", "HEAD"], family.path);
    expect(JSON.parse(healed.stdout)).toMatchObject({ images: [{ image: "lone", from: "heal" }] });

    const off = await rehearse([...options, "--reuse", "off"], family.path);
    expect([off.code, off.stderr]).toEqual([0, expect.stringContaining("2 builds; 2 images, 2 would be published (")]);
    const fresh = await rehearse(layout, family.path);
    expect([fresh.code, fresh.stderr]).toEqual([
      0,
      expect.stringContaining("2 builds; 2 images, 2 would be published ("),
    ]);
  });

  it("a pull request leaves out what needs secrets, by name", async () => {
    await using secretive = await ScratchRepository.create();
    const secret = ["id=npm,env=NPM_TOKEN"];
    const entries = [
      { backend: "a", "tag-suffix": "-a", secret },
      { backend: "b", "tag-suffix": "-b", secret, "pull-requests": "build" },
      { backend: "c", "tag-suffix": "-c" },
    ].map((entry) => ({ ...entry, context: "src", platforms: "linux/amd64" }));
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({ include: entries }),
      ".github/fanfold.yml": JSON.stringify({ images: ["quay.io/example/x"] }),
      "src/a": "a",
    };
    await secretive.commit({ files });
    await secretive.commit({ branch: "main", files: { ...files, "src/a": "b" } });
    await secretive.checkout("main");
    const pullRequest = await rehearse([...layout, "--event", "pull_request", "--base", "HEAD~1"], secretive.path);
    expect([pullRequest.code, pullRequest.stderr]).toEqual([0, expect.stringContaining("2 builds; a pull request")]);
    expect(pullRequest.stderr).toContain(
      "warning: not built, because builds of a pull request have no secrets and no SSH agent: -a\n",
    );
    expect((await rehearse(layout, secretive.path)).stderr).toContain("3 builds; 3 images, 3 would be published");
    const environment = { GITHUB_EVENT_NAME: "merge_group", GITHUB_OUTPUT: join(temporary, "outputs") };
    const host = recordingHost({
      cwd: secretive.path,
      env: { PATH: process.env["PATH"], HOME: temporary, ...environment },
    });
    expect(await main(["plan", "--force-all"], host)).toBe(0);
    const outputs = await readFile(environment.GITHUB_OUTPUT, "utf8");
    expect(outputs).toMatch(/^a<<(.*)\nfalse\n\1\nb<<(.*)\ntrue\n\2$/m);
  });

  it("says what packed contexts lack", async () => {
    await using gaps = await ScratchRepository.create();
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({
        include: [{ backend: "x", context: "x", platforms: "linux/amd64" }],
      }),
      ".github/fanfold.yml": JSON.stringify({ images: ["quay.io/example/x"] }),
      ".gitattributes": "*.bin filter=lfs\n",
      "x/model.bin": pointer,
      "y/other.bin": pointer,
    };
    await gaps.commit({ files });
    await gaps.checkout("main");
    const { code, stderr } = await rehearse([...layout, "--only", "x"], gaps.path);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("warning: --engine layout: x/model.bin is packed as a pointer of Git LFS\n"),
    ]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("%s ends a build, and nothing is left", async (signal) => {
    const [programs, work] = [join(temporary, "bin"), join(temporary, "work")];
    for (const directory of [programs, work]) await mkdir(directory);
    await writeFile(join(programs, "docker"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
    const child = spawn(process.execPath, [bin, "rehearse", "--engine", "docker"], {
      cwd: example.repository.path,
      env: { PATH: `${programs}:${process.env["PATH"]}`, HOME: temporary, TMPDIR: work },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", (code, by) => resolve(by ?? code)));
    const building = async () =>
      (await readdir(work, { recursive: true })).some((path) => path.includes("scratch/leg-"));
    await expect.poll(building, { timeout: 30_000 }).toBe(true);
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(await readdir(work)).toEqual([]);
  });
});
