import { describe, expect, it, test } from "vitest";
import { edgeLines, familyGraph, type TestImage } from "../testing/image-family.ts";

const BASE: TestImage = { name: "base" };

/** What an image of this Dockerfile, beside `base` and others, is built from. */
function edgesOf(dockerfile: string, rest: Partial<TestImage> = {}, ...others: readonly TestImage[]) {
  const graph = familyGraph([BASE, ...others, { name: "app", dockerfile, ...rest }]);
  return { edges: edgeLines(graph), codes: graph.findings.map(({ code }) => code), graph };
}

describe("a name is an image's", () => {
  it.each([
    ["FROM ghcr.io/x/base", "ghcr.io/x/base"],
    ["FROM ghcr.io/x/base:latest", "ghcr.io/x/base"],
    ["FROM ghcr.io/x/base:main", "ghcr.io/x/base:main"],
    ["ARG TAG\nFROM ghcr.io/x/base:$TAG", "what is not known"],
    ["FROM --platform=$BUILDPLATFORM ghcr.io/x/base:main AS tools", "ghcr.io/x/base:main"],
    ["ARG TAG=1.2.3\nFROM ghcr.io/x/base:$TAG", "ghcr.io/x/base:1.2.3"],
    ["ARG BASE=ghcr.io/x/base:1.2.3\nFROM $BASE", "ghcr.io/x/base:1.2.3"],
    ["ARG OWNER=x\nFROM ghcr.io/$OWNER/base", "ghcr.io/x/base"],
    ['FROM "ghcr.io/x/base:main"', "ghcr.io/x/base:main"],
    ["FROM alpine\nCOPY --from=ghcr.io/x/base /a /b", "ghcr.io/x/base"],
    ["FROM alpine\nRUN --mount=type=bind,from=ghcr.io/x/base,target=/b true", "ghcr.io/x/base"],
    ["FROM base", "base"],
    ["FROM alpine\nCOPY --from=base /a /b", "base"],
  ])("%s", (dockerfile, context) => {
    expect(edgesOf(dockerfile)).toMatchObject({ edges: [`app <- base as ${context}`], codes: [] });
  });

  it.each([
    "FROM ghcr.io/y/base",
    "FROM ghcr.io/x/base-extra",
    "FROM quay.io/x/base",
    "FROM base:1",
    "FROM library/x/base",
    "FROM scratch",
    "FROM alpine AS base\nFROM base",
    "FROM alpine AS base\nFROM debian\nCOPY --from=base /a /b",
    "FROM ghcr.io/x/base AS unused\nFROM alpine",
  ])("not %s", (dockerfile) => {
    expect(edgesOf(dockerfile)).toMatchObject({ edges: [], codes: [] });
  });

  it("in Docker Hub's repositories, in whatever form", () => {
    const hub: TestImage = { name: "tools", repository: "docker.io/library/tools" };
    for (const name of ["tools", "docker.io/library/tools", "library/tools:latest", "index.docker.io/tools"]) {
      expect(edgesOf(`FROM ${name}`, {}, hub).edges).toEqual(["app <- tools as tools"]);
    }
    expect(edgesOf("FROM docker.io/tools:main", {}, hub).edges).toEqual(["app <- tools as tools:main"]);
  });

  it("only where it is needed by the target", () => {
    const dockerfile = "FROM ghcr.io/x/base AS full\nFROM alpine AS small\n";
    expect(edgesOf(dockerfile, { target: "full" }).edges).toHaveLength(1);
    expect(edgesOf(dockerfile, { target: "small" }).edges).toEqual([]);
  });

  it("by the platform that is built", () => {
    const dockerfile = "FROM ghcr.io/x/base-$TARGETARCH";
    const arm: TestImage = { name: "base-arm64" };
    expect(edgesOf(dockerfile, { platform: "linux/arm64" }, arm).edges).toEqual([
      "app <- base-arm64 as ghcr.io/x/base-arm64",
    ]);
    expect(edgesOf(dockerfile, { platform: "linux/amd64" }, arm).edges).toEqual([]);
  });

  it("an image called as what it is built from is built from another one", () => {
    expect(edgeLines(familyGraph([{ name: "alpine", dockerfile: "FROM alpine" }]))).toEqual([]);
  });
});

describe("one repository for many images", () => {
  const shared = (tagSuffix: string): TestImage => ({
    name: tagSuffix === "" ? "core" : tagSuffix,
    repository: "ghcr.io/x/all",
    tagSuffix,
  });
  const family = ["", "-base", "-cuda-base"].map(shared);
  const from = (tag: string, args = {}) =>
    edgesOf(`ARG V=main\nFROM ghcr.io/x/all${tag}`, { ...shared("-app"), args }, ...family);

  it.each([
    ["", "core"],
    [":main", "core"],
    [":main-base", "-base"],
    [":main-cuda-base", "-cuda-base"],
    [":$V-base", "-base"],
  ])("all%s is %s, by the longest suffix that fits", (tag, base) => {
    expect(from(tag).edges).toEqual([expect.stringContaining(`app <- ${base} as`)]);
  });

  it("a tag that nobody knows may be any of them", () => {
    expect(from(":$V", { V: null })).toMatchObject({ edges: [], codes: ["ambiguous-base"] });
    expect(from(":$V-base", { V: null }).edges).toEqual(["-app <- -base as what is not known"]);
  });

  it("what needs names settles it", () => {
    const graph = familyGraph([
      ...family,
      { ...shared("-app"), dockerfile: "ARG V\nFROM ghcr.io/x/all:$V", args: { V: null }, needs: ["-base"] },
    ]);
    expect(edgeLines(graph)).toEqual(["-app <- -base as what is not known"]);
    expect(graph.findings).toEqual([]);
  });

  it("images of one suffix are told apart by the tags they get", () => {
    const python = (version: string): TestImage => ({
      name: `python:${version}`,
      repository: "ghcr.io/x/python",
      tags: [version],
    });
    const versions = ["3.12", "3.13"].map(python);
    expect(edgesOf("FROM ghcr.io/x/python:3.13", {}, ...versions).edges).toEqual([
      "app <- python:3.13 as ghcr.io/x/python:3.13",
    ]);
    const open = edgesOf("ARG V=3\nFROM ghcr.io/x/python:$V", {}, ...versions);
    expect(open).toMatchObject({ edges: [], codes: ["ambiguous-base"] });
    expect(open.graph.findings[0]).toMatchObject({
      severity: "error",
      message: "FROM ghcr.io/x/python:$V may be python:3.12, python:3.13",
      at: { file: "app/Dockerfile", line: 2 },
    });
  });
});

describe("a pin is no edge", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  it.each([`ghcr.io/x/base@${digest}`, `ghcr.io/x/base:main@${digest}`, "ghcr.io/x/base:1.2.3"])("%s", (image) => {
    const { edges, codes, graph } = edgesOf(`FROM ${image}`);
    expect({ edges, codes }).toEqual({ edges: [], codes: ["base-pinned"] });
    expect(graph.findings[0]).toMatchObject({ severity: "notice", at: { file: "app/Dockerfile", line: 1 } });
    expect(graph.waves.size).toBe(0);
    expect(edgesOf(`FROM ${image}`, { needs: ["base"] })).toMatchObject({
      edges: [`app <- base as ${image}`],
      codes: [],
    });
  });
});

describe("an image that names itself stands on what is published of it", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const own: TestImage = { name: "own", repository: "ghcr.io/x/all", tagSuffix: "-own" };
  const plain: TestImage = { name: "plain", repository: "ghcr.io/x/all" };
  it.each([
    "FROM ghcr.io/x/all:main-own",
    "FROM ghcr.io/x/all:latest-own AS before\nFROM alpine\nCOPY --from=before /cache /cache",
    "FROM alpine\nCOPY --from=ghcr.io/x/all:1.2.3-own /cache /cache",
    "FROM alpine\nRUN --mount=type=bind,from=ghcr.io/x/all:main-own,target=/b true",
    "ARG TAG=9\nFROM ghcr.io/x/all:$TAG-own",
    `FROM ghcr.io/x/all:main-own@${digest}`,
  ])("%s", (dockerfile) => {
    const graph = familyGraph([plain, { ...own, dockerfile }]);
    expect(edgeLines(graph)).toEqual([]);
    expect(graph.waves.size).toBe(0);
    expect(graph.findings).toMatchObject([{ code: "base-itself", severity: "notice", at: { file: "own/Dockerfile" } }]);
  });

  it("and on the others that it names", () => {
    const graph = familyGraph([
      { ...plain, dockerfile: "FROM ghcr.io/x/all:main\n" },
      { ...own, dockerfile: "FROM ghcr.io/x/all:main\nCOPY --from=ghcr.io/x/all:main-own /cache /cache\n" },
    ]);
    expect(edgeLines(graph)).toEqual(["own <- plain as ghcr.io/x/all:main"]);
    expect([...graph.waves]).toEqual([
      ["plain", 1],
      ["own", 2],
    ]);
    expect(graph.findings.map(({ code }) => code)).toEqual(["base-itself", "base-itself"]);
  });
});

test("latest is no pin, whichever event gives it", () => {
  const silent = (tagSuffix: string): TestImage => ({
    ...{ name: `n${tagSuffix}`, repository: "ghcr.io/x/n", tagSuffix, tags: [] },
  });
  const from = (name: string) => edgesOf(`FROM ghcr.io/x/n${name}`, {}, silent(""), silent("-slim")).edges;
  expect(["", ":latest", ":latest-slim", ":main"].map(from)).toEqual([
    ["app <- n as ghcr.io/x/n"],
    ["app <- n as ghcr.io/x/n"],
    ["app <- n-slim as ghcr.io/x/n:latest-slim"],
    [],
  ]);
});

describe("named contexts", () => {
  it("name images of the matrix file as targets, and nothing else", () => {
    const contexts = { tools: "target:bse" };
    expect(edgesOf("FROM tools", { contexts }).codes).toEqual(["unknown-target"]);
  });

  it("are edges under their own names, and take the place of what they are called", () => {
    const contexts = { "docker.io/library/alpine:latest": "docker-image://ghcr.io/x/base:main" };
    expect(edgesOf("FROM alpine", { contexts }).edges).toEqual(["app <- base as alpine"]);
    expect(edgesOf("FROM ghcr.io/x/base", { contexts: { "ghcr.io/x/base": "./here" } }).edges).toEqual([]);
    expect(edgesOf("FROM tools", { contexts: { tools: "target:base" } }).edges).toEqual(["app <- base as tools"]);
    const stage = { contexts: { tools: "docker-image://ghcr.io/x/base" } };
    expect(edgesOf("FROM ghcr.io/x/other AS tools\nFROM tools", stage, { name: "other" }).edges).toEqual([
      "app <- base as tools",
    ]);
  });
});

describe("what cannot be handed over, or is not known", () => {
  it("a base called as a stage of the file", () => {
    const { codes, graph } = edgesOf("FROM alpine AS x\nFROM base AS base\nCOPY --from=x /a /b");
    expect(codes).toEqual(["base-named-as-stage"]);
    expect(graph.findings[0]).toMatchObject({ severity: "error", at: { file: "app/Dockerfile", line: 2 } });
  });

  it("a need that no line names is built before, with a warning", () => {
    expect(edgesOf("FROM alpine", { needs: ["base"] })).toMatchObject({
      edges: ["app <- base as nothing"],
      codes: ["unnamed-base"],
    });
  });

  it("an argument without a default, where others may be given", () => {
    expect(edgesOf("ARG BASE\nFROM $BASE").codes).toEqual(["base-unknown"]);
  });

  it("a repository that nobody knows may be any that fits", () => {
    const { edges, codes, graph } = edgesOf("ARG R\nFROM $R/base", { args: { R: null } }, { name: "other" });
    expect({ edges, codes }).toEqual({ edges: [], codes: ["base-unknown"] });
    expect(graph.perhaps.flat().map(({ to }) => to)).toEqual(["base"]);
  });

  it("an image whose Dockerfile cannot be read may stand on any other", () => {
    for (const unread of ["unreadable", "untracked"] as const) {
      const image: TestImage = { name: "app", unread };
      expect(familyGraph([BASE, image]).perhaps).toMatchObject([[], [{ to: "base" }]]);
      expect(familyGraph([BASE, { ...image, needs: ["base"] }]).perhaps).toEqual([[], []]);
    }
  });
});

test("a cycle and a chain that is too long are errors that name the lines", () => {
  const on = (name: string, base: string): TestImage => ({ name, dockerfile: `FROM ghcr.io/x/${base}` });
  const cycle = familyGraph([on("a", "b"), on("b", "c"), on("c", "b")]);
  expect(cycle.waves.size).toBe(0);
  expect(cycle.findings).toMatchObject([
    {
      code: "base-cycle",
      message:
        "images are built from each other: b from c (b/Dockerfile:1 FROM ghcr.io/x/c), c from b (c/Dockerfile:1 FROM ghcr.io/x/b)",
      at: { file: "b/Dockerfile", line: 1 },
    },
  ]);
  const chain = (length: number) =>
    familyGraph(Array.from({ length }, (_, at) => (at === 0 ? { name: "i0" } : on(`i${at}`, `i${at - 1}`))));
  expect([chain(8).findings, Math.max(...chain(8).waves.values())]).toEqual([[], 8]);
  expect(chain(9).findings).toMatchObject([
    { code: "too-many-waves", message: expect.stringContaining("i8 from i7 from i6"), at: { file: "i8/Dockerfile" } },
  ]);
});
