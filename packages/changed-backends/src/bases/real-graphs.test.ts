import { expect, test } from "vitest";
import { edgeLines, familyGraph, type TestImage } from "../testing/image-family.ts";

function waveLists(images: readonly TestImage[]): readonly (readonly string[])[] {
  const { waves, findings } = familyGraph(images);
  expect(findings).toEqual([]);
  const lists = Array.from({ length: Math.max(...waves.values()) }, (): string[] => []);
  for (const { name } of images) lists[(waves.get(name) ?? 0) - 1]?.push(name);
  return lists;
}

test("notebooks: the name of a base is an argument's default, put together from others; six waves", () => {
  const notebook = (name: string, base: string): TestImage => ({
    name,
    repository: `quay.io/jupyter/${name}`,
    tags: [],
    dockerfile: `ARG REGISTRY=quay.io\nARG OWNER=jupyter\nARG BASE_IMAGE=${base}\nFROM $BASE_IMAGE\nLABEL a=b\n`,
  });
  const on = (base: string): string => `$REGISTRY/$OWNER/${base}`;
  expect(
    waveLists([
      notebook("docker-stacks-foundation", "ubuntu:24.04"),
      notebook("base-notebook", on("docker-stacks-foundation")),
      notebook("minimal-notebook", on("base-notebook")),
      notebook("r-notebook", on("minimal-notebook")),
      notebook("julia-notebook", on("minimal-notebook")),
      notebook("scipy-notebook", on("minimal-notebook")),
      notebook("tensorflow-notebook", on("scipy-notebook")),
      notebook("pytorch-notebook", on("scipy-notebook")),
      notebook("datascience-notebook", on("scipy-notebook")),
      notebook("pyspark-notebook", on("scipy-notebook")),
      notebook("all-spark-notebook", on("pyspark-notebook")),
    ]),
  ).toEqual([
    ["docker-stacks-foundation"],
    ["base-notebook"],
    ["minimal-notebook"],
    ["r-notebook", "julia-notebook", "scipy-notebook"],
    ["tensorflow-notebook", "pytorch-notebook", "datascience-notebook", "pyspark-notebook"],
    ["all-spark-notebook"],
  ]);
});

test("a meeting's servers: registry and tag are arguments; three waves", () => {
  const server = (name: string, base: string): TestImage => ({
    name,
    repository: `jitsi/${name}`,
    tags: ["unstable"],
    dockerfile: `ARG JITSI_REPO=jitsi\nARG BASE_TAG=latest\nFROM ${base}\nRUN true\n`,
  });
  const images = [
    server("base", "debian:bookworm-slim"),
    server("base-java", `\${JITSI_REPO}/base:\${BASE_TAG}`),
    server("web", `\${JITSI_REPO}/base:\${BASE_TAG}`),
    server("prosody", `\${JITSI_REPO}/base:\${BASE_TAG}`),
    server("jicofo", `\${JITSI_REPO}/base-java:\${BASE_TAG}`),
    server("jvb", `\${JITSI_REPO}/base-java:\${BASE_TAG}`),
    server("jigasi", `\${JITSI_REPO}/base-java:\${BASE_TAG}`),
    server("jibri", `\${JITSI_REPO}/base-java:\${BASE_TAG}`),
  ];
  expect(waveLists(images)).toEqual([["base"], ["base-java", "web", "prosody"], ["jicofo", "jvb", "jigasi", "jibri"]]);
  // bake looks for a name in its short form alone.
  expect(edgeLines(familyGraph(images))[0]).toBe("base-java <- base as jitsi/base");
});

test("browsers: an entry's argument says which base; four waves", () => {
  const browser = (name: string, base: string, args: TestImage["args"] = {}): TestImage => ({
    name,
    repository: `selenium/${name}`,
    tags: [],
    args,
    dockerfile: `ARG NAMESPACE=selenium\nARG VERSION=latest\nARG BASE=node-base\nFROM \${NAMESPACE}/${base}:\${VERSION}\nUSER 1200\n`,
  });
  const base = browser("base", "x");
  const images = [
    { ...base, dockerfile: "FROM ubuntu:noble\n" },
    browser("hub", "base", { VERSION: "4.38.0-20251101" }),
    browser("node-base", "base"),
    browser("node-chrome", "node-base"),
    browser("standalone-chrome", `\${BASE}`, { BASE: "node-chrome" }),
    browser("standalone-other", `\${BASE}`),
  ];
  expect(waveLists(images)).toEqual([
    ["base"],
    ["hub", "node-base"],
    ["node-chrome", "standalone-other"],
    ["standalone-chrome"],
  ]);
});
