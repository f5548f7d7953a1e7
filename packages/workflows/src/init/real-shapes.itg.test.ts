import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";

type Files = Readonly<Record<string, string>>;

const IGNORE = { ".dockerignore": ".git\n" };

/** Repositories in the shapes of real ones, with the images that they publish: `name: Dockerfile in context, platforms`. */
const SHAPES: readonly (readonly [what: string, files: Files, images: readonly string[]])[] = [
  [
    "a folder for each image",
    {
      "apps/radarr/Dockerfile": "FROM alpine\nCOPY entrypoint.sh /\n",
      "apps/radarr/entrypoint.sh": "#!/bin/sh\n",
      "apps/sonarr/Dockerfile": "FROM alpine\nCOPY . /\n",
      "apps/sonarr/entrypoint.sh": "#!/bin/sh\n",
      "README.md": "# Apps\n",
    },
    ["radarr: apps/radarr/Dockerfile in apps/radarr, 2", "sonarr: apps/sonarr/Dockerfile in apps/sonarr, 2"],
  ],
  [
    "two in a folder, and the same name in two folders",
    {
      "api/Dockerfile": "FROM alpine\nCOPY a /\n",
      "api/Dockerfile.gpu": "FROM alpine\nCOPY a /\n",
      "api/a": "1\n",
      "web/Dockerfile.gpu": "FROM alpine\nCOPY w /\n",
      "web/w": "1\n",
      "tools/api/Dockerfile": "FROM alpine\n",
    },
    [
      "api: api/Dockerfile in api, 2",
      "api-gpu: api/Dockerfile.gpu in api, 2",
      "tools-api: tools/api/Dockerfile in tools/api, 2",
      "web-gpu: web/Dockerfile.gpu in web, 2",
    ],
  ],
  [
    "the root as the context of Dockerfiles below it",
    {
      ...IGNORE,
      Dockerfile: "FROM golang AS build\nCOPY . .\nFROM scratch\nCOPY --from=build /x /\n",
      "docker/Dockerfile.worker": "FROM golang\nCOPY go.mod go.sum ./\nCOPY cmd/worker ./cmd/worker\n",
      "docker/dev/Dockerfile": "FROM golang\nCOPY . .\n",
      "go.mod": "module x\n",
      "go.sum": "\n",
      "cmd/worker/main.go": "package main\n",
    },
    ["images: Dockerfile in ., 2", "worker: docker/Dockerfile.worker in ., 2", "dev: docker/dev/Dockerfile in ., 2"],
  ],
  [
    "images that stand on each other",
    {
      "base/Dockerfile": "FROM debian\nCOPY rootfs/ /\n",
      "base/rootfs/etc/x": "1\n",
      "base-java/Dockerfile": "ARG REPO=ghcr.io/octo/images\nARG TAG=main\nFROM ${REPO}:${TAG}-base\n",
      "jicofo/Dockerfile":
        "ARG REPO=ghcr.io/octo/images\nARG TAG=main\nFROM ${REPO}:${TAG}-base-java\nCOPY rootfs/ /\n",
      "jicofo/rootfs/etc/y": "1\n",
    },
    [
      "base-java: base-java/Dockerfile in base-java, 2",
      "base: base/Dockerfile in base, 2",
      "jicofo: jicofo/Dockerfile in jicofo, 2",
    ],
  ],
  [
    "JSON forms, spaces, and the nearest folder that holds all sources",
    {
      "svc/images/one/Dockerfile": 'FROM alpine\nCOPY ["a file", "lib/x", "/"]\n',
      "svc/a file": "1\n",
      "svc/lib/x": "1\n",
      "lib/x": "1\n",
    },
    ["one: svc/images/one/Dockerfile in svc, 2"],
  ],
  [
    "documentation as an image",
    {
      "docs/Dockerfile": "FROM nginx\nCOPY . /usr/share/nginx/html\n",
      "docs/index.md": "# Docs\n",
      "README.md": "# x\n",
    },
    ["docs: docs/Dockerfile in docs, 2"],
  ],
  [
    "Windows beside Linux, one platform alone, and what is no Dockerfile",
    {
      "1.0/Dockerfile": "FROM alpine\n",
      "1.0/windows/Dockerfile": "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\n",
      "1.0/nano/Dockerfile": "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\n",
      "arm/Dockerfile": "FROM --platform=linux/arm64 alpine\n",
      "Dockerfile.template": "FROM {{ base }}\n",
      "internal/dockerfile.go": "package internal\n",
      "internal/dockerfile_test.go": "package internal\n",
      "pkg/testdata/Dockerfile": "FROM alpine\n",
      "vendor/x/Dockerfile": "FROM alpine\n",
      "node_modules/y/Dockerfile": "FROM alpine\n",
    },
    ["1.0: 1.0/Dockerfile in 1.0, 2", "arm: arm/Dockerfile in arm, 1"],
  ],
  [
    "an ignore file of its own, a link, and sources that are made before",
    {
      "cmd/tempo/Dockerfile": "FROM alpine\nARG TARGETARCH\nCOPY bin/linux/tempo-$TARGETARCH /tempo\n",
      "cmd/tempo/main.go": "package main\n",
      "web/Dockerfile": "FROM alpine\nCOPY package.json yarn.lock* ./\n",
      "web/Dockerfile.dockerignore": "*\n!package.json\n",
      "web/package.json": "{}\n",
    },
    ["tempo: cmd/tempo/Dockerfile in cmd/tempo, 2", "web: web/Dockerfile in web, 2"],
  ],
];

async function shaped(files: Files): Promise<ExampleClone> {
  const clone = await ExampleClone.create(files);
  await clone.repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
  return clone;
}

interface Rehearsed {
  readonly images: readonly { readonly image: string; readonly verdict: string }[];
}

interface PlannedImage {
  readonly image: string;
  readonly legs: readonly unknown[];
}

describe("init → check → plan → generate → rehearse", () => {
  test.each(SHAPES)("%s", async (_, files, images) => {
    await using clone = await shaped(files);
    expect((await clone.fanfold(["init"])).code).toBe(0);
    const checked = JSON.parse((await clone.fanfold(["check", "--json"])).stdout);
    expect(checked.findings.filter(({ severity }: { severity: string }) => severity === "error")).toEqual([]);
    await clone.repository.git("add", "--all");
    await clone.repository.git("-c", "user.name=x", "-c", "user.email=x@example.invalid", "commit", "-qm", "init");
    expect((await clone.fanfold(["check"])).code).toBe(0);
    const { code, stdout } = await clone.fanfold(["plan", "--force-all", "--json"]);
    expect(code).toBe(0);
    const { groups, matrices } = JSON.parse(stdout);
    const entries: readonly Record<string, string>[] = matrices.include.entries;
    const legsOf = new Map(groups.map(({ image, legs }: PlannedImage) => [image, legs.length]));
    const planned = new Set(
      entries.map((entry) => {
        const { backend, dockerfile, context, "tag-suffix": suffix = "" } = entry;
        return `${backend}: ${dockerfile} in ${context}, ${legsOf.get(suffix)}`;
      }),
    );
    expect([...planned]).toEqual(images);
    expect(await clone.fanfold(["generate"])).toMatchObject({ code: 0 });
    expect((await clone.fanfold(["generate", "--check"])).code).toBe(0);
    // A release builds and publishes everything; contexts are packed, for want of the images that others stand on.
    const rehearsed = await clone.fanfold(["rehearse", "--engine", "layout", "--event", "tag", "--json"], {
      env: { PATH: process.env["PATH"], HOME: clone.repository.path },
    });
    expect([rehearsed.code, rehearsed.stderr.match(/^.*error:.*$/gm)]).toEqual([0, null]);
    const outcome: Rehearsed = JSON.parse(rehearsed.stdout);
    expect(outcome.images.map(({ image, verdict }) => [image, verdict])).toEqual(
      [...legsOf.keys()].map((image) => [image, "published"]),
    );
  });

  test("names do not depend on what else comes first", async () => {
    const matrixOf = async (files: Files): Promise<readonly string[]> => {
      await using clone = await shaped(files);
      await clone.fanfold(["init"]);
      const text = readFileSync(join(clone.repository.path, ".github/backend-matrix.yml"), "utf8");
      return [...new Set([...text.matchAll(/backend: (.*)/g)].map(([, name = ""]) => name))].toSorted();
    };
    const some = { "b/api/Dockerfile": "FROM x\n", "c/api/Dockerfile": "FROM x\n" };
    expect(await matrixOf(some)).toEqual(["b-api", "c-api"]);
    expect(await matrixOf({ ...some, "a/api/Dockerfile": "FROM x\n" })).toEqual(["a-api", "b-api", "c-api"]);
    // Two that no part of their paths tells apart.
    const [one, other, ...more] = await matrixOf({ "A/Dockerfile": "FROM x\n", "a/Dockerfile": "FROM x\n" });
    expect([one, other, more]).toEqual([expect.stringMatching(/^a-[0-9a-f]{8}$/), expect.stringMatching(/^a-/), []]);
  });
});

describe("images that name published ones of the repository", () => {
  const from = (...names: readonly string[]): string =>
    `FROM ghcr.io/octo/images:${names[0]}\n${names
      .slice(1)
      .map((name) => `COPY --from=ghcr.io/octo/images:${name} /e /e\n`)
      .join("")}`;
  const initOf = async (files: Files) => {
    await using clone = await shaped(files);
    const { stdout, stderr } = await clone.fanfold(["init"]);
    const { findings, families } = JSON.parse((await clone.fanfold(["check", "--json"])).stdout);
    const codes: readonly string[] = findings.map(
      ({ code, severity }: { code: string; severity: string }) => `${severity} ${code}`,
    );
    return { stdout, stderr, codes, waves: families[0].waves };
  };

  test("one that is built on the last of itself is no cycle", async () => {
    const { codes, waves } = await initOf({
      "a/Dockerfile": from("main-a", "latest-a"),
      "b/Dockerfile": from("main-a"),
    });
    expect(codes).toEqual(["notice base-itself", "notice base-itself"]);
    expect(waves).toEqual([["-a"], ["-b"]]);
  });

  test("of those that are built from each other one is left out, and the others are what check accepts", async () => {
    const { stdout, stderr, codes, waves } = await initOf({
      "a/Dockerfile": from("main-b"),
      "b/Dockerfile": from("latest", "main-a"),
      "c/Dockerfile": from("main-b"),
    });
    expect(stdout).toContain("2 images, 4 entries;");
    expect(stderr).toContain(
      "a/Dockerfile:1: warning: is left out: images are built from each other: -a from -b (a/Dockerfile:1 FROM ghcr.io/octo/images:main-b), -b from -a (b/Dockerfile:2 COPY --from=ghcr.io/octo/images:main-a)\n",
    );
    expect(codes).toEqual(["notice dockerfile-without-entry"]);
    expect(waves).toEqual([["-b"], ["-c"]]);
  });
});

const CONFIG = ".github/fanfold.yml";
const MATRIX = ".github/backend-matrix.yml";

describe("what is written", () => {
  const textOf = (clone: ExampleClone, file: string) => readFileSync(join(clone.repository.path, file), "utf8");

  test("no glob to ignore that an image reads, and no rules", async () => {
    const ignored = async (files: Files): Promise<string | undefined> => {
      await using clone = await shaped({ "README.md": "x\n", "docs/x.md": "x\n", ...files });
      await clone.fanfold(["init"]);
      const text = textOf(clone, CONFIG);
      expect(text).not.toMatch(/^inputs:/m);
      return /^ignore: .*$/m.exec(text)?.[0];
    };
    expect(await ignored({ "a/Dockerfile": "FROM x\n" })).toBe('ignore: ["**/*.md", "docs/**"]');
    expect(await ignored({ Dockerfile: "FROM x\nCOPY . /\n" })).toBeUndefined();
    expect(await ignored({ Dockerfile: "FROM x\nCOPY . /\n", ".dockerignore": "**/*.md\n.git\n" })).toBe(
      'ignore: ["**/*.md", "docs/**"]',
    );
    expect(await ignored({ "a/Dockerfile": "FROM x\nCOPY docs /\n" })).toBeUndefined();
    expect(await ignored({ "a/Dockerfile": "FROM x\nCOPY README.md /\n" })).toBe('ignore: ["docs/**"]');
  });

  test("--registry, --platforms and --exclude", async () => {
    await using clone = await shaped({
      "a/Dockerfile": "FROM x\n",
      "b/Dockerfile": "FROM x\n",
      "c/Dockerfile": "FROM x\n",
    });
    const args = ["--registry", "quay.io/team", "--platforms", "linux/amd64,linux/arm/v7", "--exclude", "b/**,c/**"];
    expect(await clone.fanfold(["init", ...args])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 image, 2 entries"),
    });
    expect(textOf(clone, CONFIG)).toContain("images:\n  - quay.io/team/images\n");
    expect(textOf(clone, CONFIG)).toContain(
      '{ host: "quay.io", username: QUAY_IO_USERNAME, password: QUAY_IO_PASSWORD }',
    );
    expect(textOf(clone, MATRIX)).toContain("platforms: linux/arm/v7\n    platform-tag: arm-v7\n");
    expect((await clone.fanfold(["check"])).code).toBe(0);
  });

  test("--dry-run writes nothing, and prints what it would", async () => {
    await using clone = await shaped({ "a/Dockerfile": "FROM x\n" });
    const { code, stdout } = await clone.fanfold(["init", "--dry-run"]);
    expect(code).toBe(0);
    expect(() => textOf(clone, CONFIG)).toThrow("ENOENT");
    await clone.fanfold(["init"]);
    expect(stdout).toBe(`--- ${MATRIX}\n${textOf(clone, MATRIX)}--- ${CONFIG}\n${textOf(clone, CONFIG)}`);
  });

  test("beside a matrix file the config alone", async () => {
    const matrix = "include:\n  - { backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: a }\n";
    await using clone = await shaped({ "a/Dockerfile": "FROM x\n", [MATRIX]: matrix });
    expect(await clone.fanfold(["init"])).toEqual({
      code: 0,
      stderr: "",
      stdout: `wrote ${CONFIG}\nkept ${MATRIX}; next: fanfold check, fanfold plan --force-all\n`,
    });
    expect(textOf(clone, MATRIX)).toBe(matrix);
    expect((await clone.fanfold(["check"])).code).toBe(0);
  });

  test.each([
    [["--registry", "quay"], "--registry takes a registry"],
    [["--registry", "https://quay.io"], "--registry takes a registry"],
    [["--platforms", "amd64"], "--platforms takes Linux platforms"],
    [["--platforms", "windows/amd64"], "--platforms takes Linux platforms"],
    [["--exclude", "!a"], "--exclude: "],
  ])("%j is refused", async (args, message) => {
    await using clone = await shaped({ "a/Dockerfile": "FROM x\n" });
    const { code, stderr } = await clone.fanfold(["init", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(() => textOf(clone, CONFIG)).toThrow("ENOENT");
  });
});
