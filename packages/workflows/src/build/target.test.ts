import type { MetadataEvent } from "@fanfold/digest-tools/internal";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { describe, expect, it, test } from "vitest";
import type { BuildConfig } from "../keys/build-keys.ts";
import { fillingOf, targetOf } from "./target.ts";

const event: MetadataEvent = {
  name: "push",
  ref: "refs/tags/v1.2.3",
  sha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
  defaultBranch: "main",
  baseRef: "",
  repository: { name: "", description: "", url: "", license: "" },
  commitDate: undefined,
  now: new Date(0),
  shortShaLength: 7,
};

function made(
  entry: JsonObject,
  build: BuildConfig = {},
  ground: { anew?: boolean; labels?: Record<string, string> } = {},
) {
  const filling = fillingOf(entry, "digests-x--amd64", { event, version: "v1.2.3" });
  return targetOf(entry, "digests-x--amd64", { build, filling, labels: {}, anew: false, ...ground });
}
const targetFor = (entry: JsonObject, build?: BuildConfig) => made(entry, build).target;

describe("what an entry and the config say", () => {
  it("nothing: the root, and whatever Dockerfile it holds", () => {
    expect(made({})).toEqual({ target: { context: "." }, faults: [] });
  });

  it("mappings are merged key by key, everything else is the entry's", () => {
    const build = { args: { A: "1", B: "2", C: "3" }, target: "dev", "no-cache-filter": ["a", "b"], pull: true };
    const entry = { args: { B: "own", C: "", D: 4 }, target: "prod", "no-cache-filter": ["c"], pull: false };
    expect(targetFor(entry, build)).toEqual({
      context: ".",
      args: { A: "1", B: "own", D: "4" },
      target: "prod",
      "no-cache-filter": ["c"],
      pull: false,
    });
  });

  it("an entry's empty value leaves out what the config has", () => {
    expect(targetFor({ target: "", args: null }, { target: "prod", args: { A: "1" } })).toEqual({
      context: ".",
      args: { A: "1" },
    });
  });

  it("texts of the config are filled in, those of the entry are not", () => {
    const build = {
      args: {
        VERSION: "{{version}}",
        COMMIT: "{{commit}}",
        ARTIFACT: "{artifact-name}",
        BASE: "rocm-{rocm}",
        KIND: "{kind}",
        ODD: "{1} {{{tag}}}",
      },
      secret: ["id=npm,env={variable}", { id: "a", env: "{kind}" }, { id: "b", env: "{variable}" }],
      "shm-size": "{shm}",
    };
    expect(targetFor({ kind: "<go>", args: { OWN: "{kind} {{version}}" } }, build)).toEqual({
      context: ".",
      args: {
        VERSION: "v1.2.3",
        COMMIT: event.sha,
        ARTIFACT: "digests-x--amd64",
        KIND: "<go>",
        ODD: "{1} v1.2.3",
        OWN: "{kind} {{version}}",
      },
      secret: [{ id: "a", env: "<go>" }],
    });
  });

  it("labels of the image are the least, and can be taken away", () => {
    const labels = { title: "x", licenses: "MIT" };
    const { target } = made({ labels: { licenses: null, own: true } }, { labels: { title: "y" } }, { labels });
    expect(target["labels"]).toEqual({ title: "y", own: "true" });
  });
});

describe("paths", () => {
  test.each([
    [{ dockerfile: "docker/Dockerfile.go" }, { context: ".", dockerfile: "docker/Dockerfile.go" }],
    [
      { context: "./a/", dockerfile: "b/Dockerfile" },
      { context: "a", dockerfile: "../b/Dockerfile" },
    ],
    [
      { context: "a/b", dockerfile: "a/b/x" },
      { context: "a/b", dockerfile: "x" },
    ],
    [
      { context: "https://h/r.git#main:x", dockerfile: "y" },
      { context: "https://h/r.git#main:x", dockerfile: "y" },
    ],
    [
      { contexts: { base: "docker-image://b:1", src: "./lib/", laid: "oci-layout://out/l@sha256:1" } },
      { context: ".", contexts: { base: "docker-image://b:1", src: "lib", laid: "oci-layout://out/l@sha256:1" } },
    ],
  ])("%j", (entry, expected) => {
    expect(made(entry)).toEqual({ target: expected, faults: [] });
  });

  test.each([
    [{ context: ".." }, 'context ".."'],
    [{ context: "a/../../b" }, 'context "a/../../b"'],
    [{ context: "/etc" }, 'context "/etc"'],
    [{ context: "~/x" }, 'context "~/x"'],
    [{ context: "a\\..\\.." }, 'context "a\\\\..\\\\.."'],
    [{ dockerfile: "../Dockerfile" }, 'dockerfile "../Dockerfile"'],
    [{ contexts: { x: "../y" } }, 'context x "../y"'],
    [{ contexts: { x: "oci-layout:///tmp/y" } }, 'context x "/tmp/y"'],
    [{ secret: ["id=a,src=/etc/passwd"] }, 'secret file "/etc/passwd"'],
    [{ secret: ['"id=a","src=../a,b"'] }, 'secret file "../a,b"'],
    [{ secret: [{ id: "a", source: "../x" }] }, 'secret file "../x"'],
    [{ ssh: ["default=~/.ssh/id_ed25519"] }, 'SSH key "~/.ssh/id_ed25519"'],
    [{ ssh: ["a=keys/a,../b"] }, 'SSH key "../b"'],
    [{ ssh: [{ id: "a", paths: ["keys/a", "/b"] }] }, 'SSH key "/b"'],
  ])("%j leads out of the repository", (entry, what) => {
    expect(made(entry).faults.map(({ message }) => message)).toEqual([`${what} is not inside the repository`]);
  });
});

test("a context that is another entry stays as it is: the plan knows which", () => {
  const contexts = { base: "target:base" };
  expect(made({ contexts })).toMatchObject({ target: { contexts }, faults: [] });
});

test("a required argument without a value, and values in no form that bake takes", () => {
  const build = { args: { A: "{a}", B: "{b}" }, "required-args": ["A", "B"] };
  expect(
    made({ b: "1", ulimits: "nofile=1", args: ["X=1"], "no-cache": "yes" }, build).faults.map(({ message }) => message),
  ).toEqual([
    'args: expected a mapping of names to texts, found ["X=1"]',
    'no-cache: expected true or false, found "yes"',
    'ulimits: expected a list of texts, found "nofile=1"',
    "the build argument A is required and has no value",
  ]);
});

describe("a cache", () => {
  const registry = { cache: { type: "registry", ref: "quay.io/example/cache" } } as const;
  const place = "type=registry,ref=quay.io/example/cache:cache-x--amd64";

  it("is of each leg its own, beside the entry's", () => {
    expect(targetFor({ "cache-from": ["type=local,src=c"] }, registry)).toEqual({
      context: ".",
      "cache-from": [place, "type=local,src=c"],
      "cache-to": [`${place},mode=max,ignore-error=true`],
    });
    expect(targetFor({}, { cache: { type: "gha", mode: "min" } })).toMatchObject({
      "cache-from": ["type=gha,scope=cache-x--amd64"],
      "cache-to": ["type=gha,scope=cache-x--amd64,mode=min,ignore-error=true"],
    });
  });

  it("is only written where everything is built anew", () => {
    const { target } = made({ "cache-from": ["type=local,src=c"] }, registry, { anew: true });
    expect(Object.keys(target)).toEqual(["context", "cache-to"]);
  });
});
