import { computeTags } from "@fanfold/digest-tools/internal";
import { describe, expect, it } from "vitest";
import { rehearsedEvent } from "./event.ts";

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

describe("a push", () => {
  it("is of the branch that is checked out, if one is", () => {
    const facts = { branch: "refs/heads/main", sha, tags: ["v1.0.0"], defaultBranch: "main" };
    expect(rehearsedEvent("push", facts)).toEqual({ name: "push", ref: "refs/heads/main", sha, defaultBranch: "main" });
    expect(rehearsedEvent("push", { ...facts, branch: null })).toHaveProperty("ref", null);
  });
});

describe("a tag", () => {
  const tagsOf = (tags: readonly string[]): readonly string[] => {
    const { name, ref } = rehearsedEvent("tag", { branch: "refs/heads/main", sha, tags, defaultBranch: null });
    return computeTags({ name, ref: ref ?? undefined, sha }, { tagLatest: "auto", tagSuffix: "-x" }).map(
      (tag) => tag.name,
    );
  };

  it("is the first version that the commit has", () => {
    expect(tagsOf(["nightly", "v1.2.3", "v1.2.2"])).toEqual(["v1.2.3-x", "sha-6113728-x", "latest-x"]);
  });

  it("is a release that nobody has made, where the commit has none", () => {
    expect(tagsOf(["nightly", "v1"])).toEqual(["v0.0.0-rehearsal-x", "sha-6113728-x", "latest-x"]);
  });
});

describe("a pull request", () => {
  it("has no ref: its number is not given yet", () => {
    expect(rehearsedEvent("pull_request", { branch: "refs/heads/x", sha, tags: [], defaultBranch: null })).toEqual({
      name: "pull_request",
      ref: null,
      sha,
      defaultBranch: null,
    });
  });
});
