import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../cli.ts";
import { engineBed, engineEnvironment, noEngine } from "../testing/engine-project.ts";
import { type ExampleRepository, exampleRepository } from "./testing/example-repository.ts";

let example: ExampleRepository;
let temporary: string;
beforeAll(async () => {
  example = await exampleRepository();
  temporary = await mkdtemp(join(tmpdir(), "fanfold-itg-"));
  vi.stubEnv("TMPDIR", temporary);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await example[Symbol.asyncDispose]();
  await rm(temporary, { recursive: true });
});

function bed() {
  const { tools, registries } = engineBed();
  return { env: engineEnvironment(temporary), tools, registries };
}

async function rehearse(args: readonly string[], cwd = example.repository.path) {
  const host = recordingHost({ cwd, env: bed().env });
  const code = await main(["rehearse", ...args], host);
  return { code, ...host.written };
}

describe("with an engine", () => {
  beforeEach(({ skip }) => {
    if (noEngine !== undefined) skip(noEngine);
  });

  it("builds, pushes by digest with provenance into two registries, and merges", async () => {
    const name = `rehearsal-${example.head.slice(0, 7)}-${process.pid}/backends`;
    const images = bed()
      .registries.slice(0, 2)
      .map(({ host }) => `${host}/${name}`);
    const { code, stdout, stderr } = await rehearse(["--registry", ...images]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("engine docker: an engine answers, version ")]);
    const digests = new Set(stdout.match(/sha256:\w+/g));
    expect(digests.size).toBe(1);
    for (const image of images) {
      const tag = `${image}:main-cpu-kokoro`;
      const { env, tools } = bed();
      const inspected = await execa("docker", ["buildx", "imagetools", "inspect", "--raw", tag], { env });
      const { manifests } = JSON.parse(inspected.stdout);
      expect(manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture)).toEqual([
        "amd64",
        "arm64",
        "unknown",
        "unknown",
      ]);
      const digest = await execa(tools.crane, ["digest", "--insecure", tag], { env });
      expect(digests).toContain(digest.stdout);
      expect(stderr).toContain(`kept: ${image}\n`);
    }
    expect(await readdir(temporary)).toEqual([]);
  });

  it("images with repositories of their own, of which some are told apart by a version", async () => {
    await using several = await ScratchRepository.create();
    const entries = [
      { backend: "radarr", context: "app", labels: { kind: "arr" } },
      ...["3.12", "3.13"].map((version) => ({
        backend: "python",
        version,
        context: "app",
        args: { VERSION: version },
      })),
    ];
    await several.commit({
      files: {
        ".github/backend-matrix.yml": JSON.stringify({ include: entries }),
        ".github/fanfold.yml": JSON.stringify({
          images: ["quay.io/example/{image}", "ghcr.io/example/{image}"],
          "group-by": ["version"],
          metadata: { tags: ["type=ref,event=branch,prefix={version}-"] },
        }),
        "app/Dockerfile": "FROM scratch\nARG VERSION=none\nLABEL made-for=$VERSION\nCOPY file /\n",
        "app/file": "content",
      },
    });
    await several.checkout("main");
    const below = bed()
      .registries.slice(0, 2)
      .map(({ host }) => `${host}/several-${process.pid}`);
    for (const where of [
      ["--registry", ...below],
      ["--store", `oci:${join(temporary, "several")}`],
    ]) {
      const { code, stdout, stderr } = await rehearse(["--only", "radarr,python", ...where], several.path);
      expect([code, stderr]).toEqual([0, expect.stringContaining("3 builds; 3 images, 3 would be published")]);
      expect(stdout.match(/\/example\/\S+(?=@)/g)).toEqual(
        ["radarr:main", "python:3.12-main", "python:3.13-main"].flatMap((name) => [
          `/example/${name}`,
          `/example/${name}`,
        ]),
      );
    }
    const { env, tools } = bed();
    for (const [image, expected] of [
      ["radarr:main", { "made-for": "none", kind: "arr" }],
      ["python:3.13-main", { "made-for": "3.13" }],
    ] as const) {
      const { stdout } = await execa(tools.crane, ["config", "--insecure", `${below[1]}/example/${image}`], { env });
      expect(JSON.parse(stdout).config.Labels).toMatchObject(expected);
    }
  });

  it("builds wave by wave, on the bases of the rehearsal, wherever it publishes", async () => {
    await using standing = await ScratchRepository.create();
    const entry = (backend: string, keys: object = {}) => ({
      backend,
      context: backend,
      dockerfile: `${backend}/Dockerfile`,
      ...keys,
    });
    const legs = ["amd64", "arm64"].map((arch) => ({ "platform-tag": arch, platforms: `linux/${arch}` }));
    const include = [entry("app"), ...legs.map((leg) => entry("child", leg)), ...legs.map((leg) => entry("base", leg))];
    await standing.commit({
      files: {
        ".github/backend-matrix.yml": JSON.stringify({ include }),
        ".github/fanfold.yml": JSON.stringify({ images: ["acme/{image}"], workflow: { branches: ["main"] } }),
        "base/Dockerfile": "FROM scratch\nCOPY file /base\n",
        // None of these is on Docker Hub.
        "child/Dockerfile": "ARG BASE=docker.io/acme/base\nFROM ${BASE}:latest\nCOPY file /child\n",
        "app/Dockerfile": "FROM index.docker.io/acme/child\nCOPY file /app\n",
        ...Object.fromEntries(["base", "child", "app"].map((name) => [`${name}/file`, name])),
      },
    });
    await standing.checkout("main");
    const registry = `${bed().registries[0]?.host}/standing-${process.pid}`;
    const store = join(temporary, "standing");
    const everything = ["--only", "base,child,app"];
    for (const where of [
      ["--registry", registry],
      ["--store", `oci:${store}`, "--keep"],
    ]) {
      const { code, stderr } = await rehearse([...everything, ...where], standing.path);
      expect([code, stderr]).toEqual([0, expect.stringContaining("5 builds; 3 images, 3 would be published")]);
      expect(stderr.indexOf("digests-base-core--arm64  pushed")).toBeLessThan(
        stderr.indexOf("digests-child-core--amd64  pushed"),
      );
    }
    const { env, tools } = bed();
    const layers = async (image: string): Promise<readonly string[]> => {
      const name = `${registry}/acme/${image}:main`;
      const { stdout } = await execa(tools.crane, ["config", "--insecure", "--platform", "linux/amd64", name], { env });
      return JSON.parse(stdout).rootfs.diff_ids;
    };
    const [base, child, app] = await Promise.all(["base", "child", "app"].map(layers));
    expect([child?.slice(0, 1), app?.slice(0, 2)]).toEqual([base, child]);

    const failing = ["--fail", "digests-base-core--amd64"];
    for (const engine of ["docker", "layout"]) {
      const { code, stderr } = await rehearse([...everything, ...failing, "--engine", engine], standing.path);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining("it is built from base, of which this run has nothing for linux/amd64"),
      ]);
      expect(stderr).toContain("child: it is built from this run's base, which is refused");
    }
    const packed = await rehearse([...everything, "--engine", "layout"], standing.path);
    expect([packed.code, packed.stderr]).toEqual([0, expect.stringContaining("no image stands on them")]);
    const proposed = await rehearse([...everything, "--event", "pull_request"], standing.path);
    expect([proposed.code, proposed.stderr]).toEqual([0, expect.stringContaining("digests-app-core--single  built\n")]);
  }, 180_000);

  it("builds into layouts, which other programs read", async () => {
    const store = join(temporary, "store");
    const { code } = await rehearse(["--store", `oci:${store}`, "--keep", "--only", "kokoro,whisper"]);
    expect(code).toBe(0);
    for (const registry of ["quay.io", "ghcr.io"]) {
      for (const tag of ["main-cpu-kokoro", "main-cpu-whisper"]) {
        const from = `oci:${join(store, registry, "example/backends")}:${tag}`;
        const { stdout } = await execa(bed().tools.skopeo, ["inspect", "--raw", from], { env: bed().env });
        const { manifests } = JSON.parse(stdout);
        const about = manifests.map(
          ({ annotations }: { annotations?: Readonly<Record<string, string>> }) =>
            annotations?.["vnd.docker.reference.type"] ?? "image",
        );
        expect(about.toSorted()).toEqual(["attestation-manifest", "attestation-manifest", "image", "image"]);
      }
    }
  });

  it("an image whose test fails is refused by name, and the others are published", async () => {
    await using tested = await ScratchRepository.create();
    const entry = (backend: string, keys: object = {}) => ({
      backend,
      context: backend,
      dockerfile: "Dockerfile",
      ...keys,
    });
    const legs = ["amd64", "arm64"].map((arch) => ({ "platform-tag": arch, platforms: `linux/${arch}` }));
    const smoke = `docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull --quiet --platform "$PLATFORM" "$IMAGE" >/dev/null
docker image inspect --platform "$PLATFORM" --format '{{.Config.Labels.works}} on {{.Os}}/{{.Architecture}}' "$IMAGE" | tee said
! grep -q no said`;
    await tested.commit({
      files: {
        ".github/backend-matrix.yml": JSON.stringify({
          include: [entry("sound"), ...legs.map((leg) => entry("broken", { ...leg, labels: { works: "no" } }))],
        }),
        ".github/fanfold.yml": JSON.stringify({
          images: ["acme/{image}"],
          build: { labels: { works: "yes" }, attest: ["type=sbom,disabled=true"] },
          workflow: { branches: ["main"], test: "sh smoke.sh" },
        }),
        Dockerfile: "FROM scratch\nCOPY file /\n",
        "smoke.sh": smoke,
        "sound/file": "sound\n",
        "broken/file": "broken\n",
      },
    });
    await tested.checkout("main");
    const registry = `${bed().registries[0]?.host}/tested-${process.pid}`;
    const store = join(temporary, "tested");
    const everything = ["--only", "sound,broken"];
    for (const where of [
      ["--registry", registry],
      ["--store", `oci:${store}`, "--keep"],
    ]) {
      const { code, stdout, stderr } = await rehearse([...everything, ...where], tested.path);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/images, 1 would be published, 1 refused /)]);
      expect(stderr).toMatch(/the test of digests-broken-core--amd64 ended with exit code 1 for linux\/amd64/);
      expect(stderr).toMatch(/^error: image broken: digests-broken-core--amd64/m);
      expect(stdout).toMatch(/\/acme\/sound:main@/);
      expect(stdout).not.toContain("broken");
    }
    const { env, tools } = bed();
    expect((await execa(tools.crane, ["ls", "--insecure", `${registry}/acme/sound`], { env })).stdout).toContain(
      "main",
    );
    const broken = await execa(tools.crane, ["ls", "--insecure", `${registry}/acme/broken`], { env, reject: false });
    expect(broken.stdout).toBe("");
    const proposed = await rehearse([...everything, "--event", "pull_request"], tested.path);
    expect([proposed.code, proposed.stdout, proposed.stderr]).toEqual([
      1,
      "",
      expect.stringContaining("3 builds, 1 failed; a pull request publishes nothing"),
    ]);
    // The image is loaded, where this machine can run it.
    expect(proposed.stderr).toContain("the test of digests-broken-core--amd64 ended with exit code 1 for linux/amd64");
    expect(proposed.stderr).toContain("digests-sound-core--single  built\n");
  }, 180_000);

  it("shows what a build said that fails", async () => {
    const broken = { "backend/Dockerfile.golang": "FROM scratch\nCOPY absent /\n" };
    await example.repository.commit({ branch: "broken", parent: example.head, files: broken });
    await example.repository.checkout("broken");
    try {
      const { code, stdout, stderr } = await rehearse(["--only", "piper"]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/digests-cpu-piper--single said last:\n(?: {2}.*\n)* {2}.*absent.*\n/);
      expect(stderr).toContain("error: digests-cpu-piper--single: docker buildx bake ended with exit code 1");
      const pullRequest = await rehearse(["--only", "piper", "--event", "pull_request"]);
      expect([pullRequest.code, pullRequest.stderr]).toEqual([1, expect.stringContaining("1 build, 1 failed")]);
    } finally {
      await example.repository.checkout("main");
    }
  });

  it("a pull request is built, and nothing is pushed", async () => {
    const { code, stdout, stderr } = await rehearse(["--event", "pull_request"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("digests-cpu-kokoro--amd64  built\n");
  });
});
