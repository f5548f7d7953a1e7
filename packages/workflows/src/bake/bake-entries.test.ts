import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { describe, expect, test } from "vitest";
import { bakeEntries } from "./bake-entries.ts";
import { readPrinted } from "./printed.ts";
import { targetPlaces } from "./target-places.ts";

/** Those that are asked for, and all that are printed. */
function entriesOf(asked: readonly string[], target: JsonObject, runners: Readonly<Record<string, string>> = {}) {
  const printed = readPrinted(JSON.stringify({ group: { default: { targets: asked } }, target }));
  if (printed === undefined) throw new Error("not read");
  const found = bakeEntries(printed, {
    file: "docker-bake.hcl",
    placeOf: () => ({ file: "docker-bake.hcl" }),
    runners,
  });
  return { ...found, codes: found.findings.map(({ code, severity }) => `${severity} ${code}`) };
}

const TAGGED = { tags: ["ghcr.io/o/x:1"] };

describe("legs", () => {
  test("are platforms, each once in its normal form, with a runner of the architecture or the config's", () => {
    const platforms = ["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/arm64", "windows/amd64"];
    const { entries } = entriesOf(["a"], { a: { ...TAGGED, platforms } }, { "linux/arm/v7": "big-arm" });
    expect(entries.map((entry) => [entry["platforms"], entry["platform-tag"], entry["runs-on"]])).toEqual([
      ["linux/amd64", "amd64", "ubuntu-latest"],
      ["linux/arm64", "arm64", "ubuntu-24.04-arm"],
      ["linux/arm/v7", "arm-v7", "big-arm"],
      ["windows/amd64", "windows-amd64", "ubuntu-latest"],
    ]);
  });

  test("of one platform, or of none, are a single", () => {
    const { entries } = entriesOf(["a", "b"], { a: { ...TAGGED, platforms: ["linux/arm64"] }, b: TAGGED });
    expect(entries).toMatchObject([{ platforms: "linux/arm64", "runs-on": "ubuntu-24.04-arm" }, { backend: "b" }]);
    expect(entries.some((entry) => "platform-tag" in entry)).toBe(false);
    expect(entries[1]).not.toHaveProperty("platforms");
  });
});

describe("images", () => {
  const on = (name: string) => ({ contexts: { x: `target:${name}` } });

  test("are targets that were asked for; others are built inside those that are linked to them, over others", () => {
    const { entries } = entriesOf(["app", "base"], {
      app: { ...TAGGED, contexts: { one: "target:tool", two: "target:base" } },
      base: { tags: ["ghcr.io/o/base:1"] },
      tool: { ...on("deep"), tags: ["ghcr.io/o/tool:1"], output: [{ type: "cacheonly" }] },
      deep: { args: { A: "1" }, platforms: ["linux/amd64"] },
    });
    expect(entries.map(({ backend, linked }) => [backend, linked])).toEqual([
      [
        "app",
        {
          deep: { dockerfile: "Dockerfile", args: { A: "1" }, platforms: ["linux/amd64"] },
          tool: { dockerfile: "Dockerfile", contexts: { x: "target:deep" } },
        },
      ],
      ["base", undefined],
    ]);
  });

  test("without tags are images where no other is built with them", () => {
    const { entries } = entriesOf(["app", "base", "lone"], { app: { ...TAGGED, ...on("base") }, base: {}, lone: {} });
    expect(entries.map(({ backend }) => backend)).toEqual(["app", "lone"]);
  });

  test("are none that leave a folder, nothing or an opinion", () => {
    const { entries, codes } = entriesOf(["app", "bin", "lint", "check", "both"], {
      app: { ...TAGGED, output: [{ type: "registry" }] },
      bin: { output: [{ type: "local", dest: "out" }] },
      lint: { output: [{ type: "cacheonly" }] },
      check: { ...TAGGED, call: "check" },
      both: { ...TAGGED, output: [{ type: "local", dest: "out" }, { type: "image" }] },
    });
    expect(entries.map(({ backend }) => backend)).toEqual(["app", "both"]);
    expect(codes).toEqual(["notice bake-no-image"]);
    expect(entriesOf(["bin"], { bin: { output: [{ type: "local" }] } }).codes).toContain("error bake-empty");
  });

  test("have the same tags in each repository, names that registries take, and attributes that are known", () => {
    const codes = (target: JsonObject) => entriesOf(["a"], { a: target }).codes;
    expect(codes({ tags: ["ghcr.io/o/a:1", "docker.io/o/a:1", "o/a:1"] })).toEqual([]);
    expect(codes({ tags: ["ghcr.io/o/a:1", "quay.io/o/a:2"] })).toEqual(["error bake-tags"]);
    expect(codes({ tags: ["ghcr.io/O/A:1"] })).toEqual(["error bake-tags"]);
    expect(codes({ tags: [`ghcr.io/o/a@sha256:${"0".repeat(64)}`] })).toEqual(["error bake-tags"]);
    expect(codes({ ...TAGGED, policy: ["x"] })).toEqual(["error bake-attribute"]);
  });
});

test("paths are those of entries: the Dockerfile from the root, contexts without what bake alone knows", () => {
  const paths = (target: JsonObject) => {
    const { context, dockerfile, contexts } = entriesOf(["a"], { a: { ...TAGGED, ...target } }).entries[0] ?? {};
    return [context, dockerfile, contexts];
  };
  expect(paths({ context: "." })).toEqual([undefined, "Dockerfile", undefined]);
  expect(paths({ context: "./app/", dockerfile: "../docker/app.Dockerfile" })).toEqual([
    "app",
    "docker/app.Dockerfile",
    undefined,
  ]);
  expect(paths({ context: "cwd://app", contexts: { x: "./lib/", y: "docker-image://alpine", z: "cwd://" } })).toEqual([
    "app",
    "app/Dockerfile",
    { x: "lib", y: "docker-image://alpine", z: "." },
  ]);
  const remote = "https://github.com/o/r.git#main:sub";
  expect(paths({ context: remote, dockerfile: "x/Dockerfile" })).toEqual([remote, "x/Dockerfile", undefined]);
  expect(paths({ context: "app", "dockerfile-inline": "FROM scratch" })).toEqual(["app", undefined, undefined]);
});

test("a target stands where its block is, also where a matrix made it", () => {
  const texts = new Map([
    ["a.hcl", 'target "one" {\n}\n  target two { }\n'],
    ["b.hcl", '\ntarget "many" {\n  matrix = {}\n}\n'],
  ]);
  const groups = new Map([
    ["default", ["one", "many"]],
    ["many", ["many-1", "many-2"]],
  ]);
  const placeOf = targetPlaces(texts, { groups });
  expect(["one", "two", "many-2", "other"].map(placeOf)).toEqual([
    { file: "a.hcl", line: 1, column: 1 },
    { file: "a.hcl", line: 3, column: 1 },
    { file: "b.hcl", line: 2, column: 1 },
    { file: "a.hcl" },
  ]);
});
