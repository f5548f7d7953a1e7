import { expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";

const MATRIX = ".github/backend-matrix.yml";
const CONFIG = ".github/fanfold.yml";
const WORKFLOW = `workflow:
  branches: [main, releases, "v*"]
  registries: [{ host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }]
`;

/** What check says of a repository with one image. */
async function check(config: string, options: { readonly fetches?: string; readonly entry?: string } = {}) {
  const { fetches, entry = "" } = options;
  await using clone = await ExampleClone.create({
    [MATRIX]: `include:\n  - { backend: piper, tag-suffix: "-piper", dockerfile: piper/Dockerfile${entry} }\n`,
    [CONFIG]: config,
    "piper/Dockerfile": "FROM alpine\nCOPY piper/run.sh /\n",
    "piper/run.sh": "true\n",
  });
  const { repository } = clone;
  if (fetches !== undefined) {
    await repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
    await repository.git("config", "--replace-all", "remote.origin.fetch", fetches);
    for (const branch of ["main", "release"])
      await repository.git("update-ref", `refs/remotes/origin/${branch}`, "HEAD");
  }
  const { stderr } = await clone.fanfold(["check"]);
  return stderr.split("\n").filter((line) => /unused|uses the key|no branch/.test(line));
}

const IMAGES = "images: [ghcr.io/octo/images]\n";
const ALL = "+refs/heads/*:refs/remotes/origin/*";

test("a branch that is not there, where a clone holds all there are", async () => {
  const config = IMAGES + WORKFLOW;
  expect(await check(config, { fetches: ALL })).toEqual([
    '.github/fanfold.yml:3:20: warning: there is no branch "releases" (did you mean "release"?)',
  ]);
  expect(await check(config, { fetches: "+refs/heads/main:refs/remotes/origin/main" })).toEqual([]);
  expect(await check(config)).toEqual([]);
});

test("a key that nothing uses, where workflows are generated", async () => {
  const entry = ', cuda: "12", flavor: x';
  const told = (key: string, column: number): string =>
    `.github/backend-matrix.yml:2:${column}: notice: nothing uses the key "${key}"`;
  const both = [told("cuda", 81), told("flavor", 95)];
  expect(await check(IMAGES + WORKFLOW, { entry })).toEqual(both);
  expect(await check(`${IMAGES}build: { args: { CUDA: "{cuda}" } }\n${WORKFLOW}`, { entry })).toEqual([both[1]]);
  expect(await check(IMAGES, { entry })).toEqual([]);
});

test("a key that is refused is told once", async () => {
  expect(await check(IMAGES + WORKFLOW, { entry: ", runs_on: x, file: y" })).toEqual([]);
});
