import { describe, expect, it, test } from "vitest";
import { readFamily } from "../config/family.ts";
import { mergeIdentity } from "./merge-identity.ts";

const MATRIX = JSON.stringify({ include: [{ "tag-suffix": "-x", backend: "x", dockerfile: "Dockerfile" }] });
const ENV = { GITHUB_REPOSITORY: "example/my.images", GITHUB_SERVER_URL: "https://github.com" };

async function identityFor(
  workflow: object,
  { ref = "refs/heads/main", env = ENV, defaultBranch = "main" as string | null } = {},
) {
  const files: Readonly<Record<string, string>> = {
    ".github/fanfold.yml": JSON.stringify({ images: ["quay.io/example/x"], sign: "cosign", workflow }),
    ".github/backend-matrix.yml": MATRIX,
  };
  const readInput = async (path: string): Promise<string> => files[path] ?? "";
  const family = await readFamily(
    { root: "/nowhere", readInput },
    { config: ".github/fanfold.yml", matrix: undefined },
  );
  return mergeIdentity(family, { env, ref, defaultBranch });
}

const subject = (ref: string, { repository = "example/my.images", file = "backend_merge.yml" } = {}): string =>
  `https://github.com/${repository}/.github/workflows/${file}@${ref}`;

describe("whose signatures count", () => {
  test.each<[string, boolean]>([
    [subject("refs/heads/main"), true],
    [subject("refs/heads/release/1.2"), true],
    [subject("refs/tags/v1.2.3"), true],
    [subject("refs/tags/nightly"), false],
    [subject("refs/heads/feature"), false],
    [subject("refs/heads/main2"), false],
    [subject("refs/heads/x/main"), false],
    [subject("refs/pull/7/merge"), false],
    [subject("refs/heads/main", { repository: "example/myximages" }), false],
    [subject("refs/heads/main", { repository: "other/my.images" }), false],
    [subject("refs/heads/main", { file: "backend_build.yml" }), false],
    [subject("refs/heads/main", { file: "backend_pr.yml" }), false],
    [`https://evil.example/?${subject("refs/heads/main")}`, false],
    [`${subject("refs/heads/main")}/x`, false],
  ])("%s: %s", async (name, counts) => {
    const found = await identityFor({ branches: ["main", "release/**"], tags: ["v*"] });
    expect(found?.issuer).toBe("https://token.actions.githubusercontent.com");
    expect(new RegExp(`^(?:${found?.identity})$`).test(name)).toBe(counts);
  });

  it("those of the branch that a run is on count in it, whatever it is called", async () => {
    const feature = await identityFor({ branches: ["main"] }, { ref: "refs/heads/fix(a|b)" });
    const matches = (ref: string) => new RegExp(`^(?:${feature?.identity})$`).test(subject(ref));
    expect([matches("refs/heads/fix(a|b)"), matches("refs/heads/fixa"), matches("refs/heads/main")]).toEqual([
      true,
      false,
      true,
    ]);
    const pull = await identityFor({ branches: ["main"] }, { ref: "refs/pull/7/merge" });
    expect(pull?.identity).not.toContain("pull");
  });

  it("nobody's, where it is not known who signs", async () => {
    const { GITHUB_REPOSITORY: _, ...local } = ENV;
    const none = { ...local, GITHUB_REPOSITORY: "" };
    expect(await identityFor({ branches: ["main"] }, { env: none })).toBeUndefined();
    expect(await identityFor({ branches: ["**", "!main"] })).toBeUndefined();
    expect(await identityFor({}, { defaultBranch: null, ref: "refs/tags/v1" })).toBeUndefined();
  });

  it("on a server of one's own, with its own issuer", async () => {
    const env = { ...ENV, GITHUB_SERVER_URL: "https://git.example.com" };
    expect(await identityFor({ branches: ["main"] }, { env })).toMatchObject({
      identity: expect.stringMatching(/^https:\/\/git\\\.example\\\.com\/example/),
      issuer: "https://git.example.com/_services/token",
    });
  });
});
