import { describe, expect, it } from "vitest";
import { linkedBases } from "./linked-bases.ts";
import type { BuildBase, PlannedBuild } from "./planned-build.ts";

const planned = (artifact: string, platforms: readonly string[], bases: readonly BuildBase[] = []): PlannedBuild => ({
  artifact,
  target: { context: artifact, secret: ["id=x"], "cache-to": ["type=inline"], attest: ["type=sbom"] },
  inner: {},
  platforms,
  tagSuffix: "",
  platformTag: undefined,
  images: [],
  groupValues: [],
  annotations: undefined,
  anchorHosts: [],
  test: undefined,
  bases,
  event: { name: "pull_request", ref: undefined, sha: undefined },
});

const on = (image: string, context: string | undefined, ...artifacts: readonly string[]): BuildBase => ({
  image,
  context,
  artifacts,
  published: undefined,
});

const BASE = on("base", "acme/base", "base-amd64", "base-arm64");
const CHILD = on("child", "acme/child:v1", "child-amd64", "child-arm64");
const BUILDS = [
  planned("base-amd64", ["linux/amd64"]),
  planned("base-arm64", ["linux/arm64/v8"]),
  planned("child-amd64", ["linux/amd64"], [BASE]),
  planned("child-arm64", ["linux/arm64"], [BASE]),
  planned("tools", ["linux/amd64", "linux/arm64"]),
];
const find = (artifact: string): PlannedBuild => {
  const build = BUILDS.find((each) => each.artifact === artifact);
  if (build === undefined) throw new Error(`no build ${artifact}`);
  return build;
};
const tooled: PlannedBuild = {
  ...planned("tooled", ["linux/arm64"], [{ ...BASE, within: "tool" }, BASE]),
  target: { context: ".", contexts: { tool: "target:tool", other: "target:other" } },
  inner: { tool: { context: "tool", secret: ["id=x"], contexts: { deep: "target:leg" } }, leg: { context: "leg" } },
};
const linked = (build: PlannedBuild, native = "linux/amd64") => linkedBases(build, { find }, native);
const nothing = (image: string) => `docker-image://not-built-for-this-platform.invalid/${image}`;

describe("bases that a build makes itself", () => {
  it("are a target for each platform that may be asked for, and nothing stands under the plain name", () => {
    const arm = linked(planned("x", ["linux/arm64"], [BASE]));
    expect(arm.target["contexts"]).toEqual({
      "acme/base::linux/amd64": "target:base-1",
      "acme/base::linux/arm64": "target:base-2",
      "acme/base": nothing("base"),
    });
    expect(arm.linked).toEqual({
      "base-1": { context: "base-amd64", platforms: ["linux/amd64"] },
      "base-2": { context: "base-arm64", platforms: ["linux/arm64/v8"] },
    });
    const amd = linked(planned("x", ["linux/amd64"], [BASE]));
    expect(Object.keys(amd.linked)).toEqual(["base-1"]);
  });

  it("are made once, whoever stands on them, with what they stand on themselves", () => {
    const { target, linked: targets } = linked(planned("x", ["linux/amd64"], [CHILD, BASE]));
    expect(target["contexts"]).toMatchObject({
      "acme/child:v1::linux/amd64": "target:base-1",
      "acme/base::linux/amd64": "target:base-2",
    });
    expect(targets["base-1"]?.["contexts"]).toEqual({
      "acme/base::linux/amd64": "target:base-2",
      "acme/base": nothing("base"),
    });
    expect(Object.keys(targets).toSorted()).toEqual(["base-1", "base-2"]);
  });

  it("of one build for several platforms are a target each; of others than are asked for all are", () => {
    const tools = on("tools", "acme/tools", "tools");
    const both = linked(planned("x", ["linux/amd64", "linux/arm64"], [tools]));
    expect(Object.values(both.linked).map(({ platforms }) => platforms)).toEqual([["linux/amd64"], ["linux/arm64"]]);
    const other = linked(planned("x", ["linux/s390x"], [tools]), "linux/s390x");
    expect(Object.keys(other.linked)).toHaveLength(2);
  });

  it("that no line names are no context; the entry's own contexts stay", () => {
    const build = planned("x", ["linux/amd64"], [on("base", undefined, "base-amd64")]);
    expect(linked(build)).toEqual({ target: build.target, linked: {} });
    const own = { ...planned("x", ["linux/amd64"], [BASE]), target: { contexts: { lib: "lib" } } };
    expect(linked(own).target["contexts"]).toMatchObject({ lib: "lib", "acme/base::linux/amd64": "target:base-1" });
  });
});

describe("what is built inside a build", () => {
  const { target, linked: others } = linkedBases(
    tooled,
    { find: (artifact) => ({ ...find(artifact), inner: { tool: { context: `in ${artifact}` } } }) },
    "linux/amd64",
  );

  it("stands beside it under names of its own, on the same bases, without what a pull request must not have", () => {
    expect(target).toMatchObject({ contexts: { tool: "target:inner-tool", other: "target:other" } });
    expect(others["inner-tool"]).toMatchObject({ contexts: { deep: "target:inner-leg" } });
    expect(others["inner-tool"]).not.toHaveProperty("secret");
    for (const each of [target, others["inner-tool"]]) {
      expect(each).toHaveProperty(["contexts", "acme/base::linux/arm64"], "target:base-2");
      expect(each).toHaveProperty(["contexts", "acme/base::linux/amd64"], "target:base-1");
    }
    expect(others["inner-leg"]).toEqual({ context: "leg" });
  });

  it("is apart from what is built inside its bases", () => {
    expect(Object.keys(others).toSorted()).toEqual([
      ...["base-1", "base-1-inner-tool", "base-2", "base-2-inner-tool", "inner-leg", "inner-tool"],
    ]);
    expect(others["base-1-inner-tool"]).toEqual({ context: "in base-amd64" });
  });
});
