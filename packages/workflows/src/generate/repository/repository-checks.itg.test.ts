import { describe, expect, test } from "vitest";
import { ExampleClone } from "../../testing/example-clone.ts";

const MATRIX = ".github/backend-matrix.yml";
const CONFIG = ".github/fanfold.yml";
const WORKFLOW = `workflow:
  branches: [main, releases, "v*"]
  registries: [{ host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }]
`;

interface Checked {
  readonly fetches?: string;
  readonly entry?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Paths where git has a submodule. */
  readonly submodules?: readonly string[];
}

/** What check and generate say of a repository with one image: each the same, once. */
async function check(config: string, { fetches, entry = "", files = {}, submodules = [] }: Checked = {}) {
  await using clone = await ExampleClone.create({
    [MATRIX]: `include:\n  - { backend: piper, tag-suffix: "-piper", dockerfile: piper/Dockerfile${entry} }\n`,
    [CONFIG]: config,
    "piper/Dockerfile": "FROM alpine\nCOPY piper/run.sh /\n",
    "piper/run.sh": "true\n",
    ...files,
  });
  const { repository } = clone;
  if (fetches !== undefined) {
    await repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
    await repository.git("config", "--replace-all", "remote.origin.fetch", fetches);
    for (const branch of ["main", "release"])
      await repository.git("update-ref", `refs/remotes/origin/${branch}`, "HEAD");
  }
  for (const path of submodules) {
    await repository.git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},${path}`);
  }
  const told = async (...command: readonly string[]): Promise<readonly string[]> => {
    const { stderr } = await clone.fanfold(command);
    return stderr.split("\n").filter((line) => /uses the key|no branch|checks? out|no login/.test(line));
  };
  const checked = await told("check");
  if (!config.includes("workflow:")) return checked;
  const generated = await told("generate");
  // As long as nothing is generated, a workflow that somebody wrote may log in.
  expect(checked).toEqual(generated.filter((line) => !line.includes("no login")));
  expect(await told("generate", "--check")).toEqual(generated);
  expect((await told("check")).toSorted()).toEqual(generated.toSorted());
  return generated;
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

test("a registry that nobody logs in to", async () => {
  expect(await check(`images: [ghcr.io/octo/images, quay.io/octo/images]\n${WORKFLOW}`)).toEqual([
    ".github/fanfold.yml:1:31: warning: there is no login for quay.io, which images are pushed to",
  ]);
});

describe("content that is not checked out", () => {
  const SUBMODULE = "is a submodule, which the generated workflow does not check out";
  const LFS = "is in Git LFS, of which the generated workflow checks out the pointer alone";
  const at = ".github/backend-matrix.yml:2";
  const files = { ".gitattributes": "*.bin filter=lfs\n", "piper/voice.bin": "pointer\n" };
  const submodules = ["piper/voices"];

  test.each([
    ["of the context of an entry", "", ", context: piper", "84", "context", "piper"],
    ["of the context of the config", 'build: { context: "{backend}" }\n', "", "5", "context", "piper"],
    ["of the root", "", "", "5", "context", "."],
    ["of a named context", "", ", context: lib, contexts: { voices: piper }", "99", "contexts", "piper"],
  ])("%s", async (_, build, entry, column, key, value) => {
    const config = IMAGES + build + WORKFLOW;
    const where = `${at}:${column}: warning: ${key} "${value}":`;
    const more = { "lib/x": "x\n" };
    const both = [
      `${where} piper/voices in the context ${SUBMODULE}`,
      `${where} piper/voice.bin in the context ${LFS}`,
    ];
    expect(await check(config, { entry, submodules, files: { ...files, ...more } })).toEqual(both);
    const out = config.replace("workflow:", "workflow:\n  checkout: { submodules: recursive, lfs: true }");
    expect(await check(out, { entry, submodules, files: { ...files, ...more } })).toEqual([]);
  });

  test("that the ignore file keeps out of the build is nobody's loss", async () => {
    const ignored = { ...files, "piper/.dockerignore": "voices\n*.bin\n" };
    const config = IMAGES + WORKFLOW;
    expect(await check(config, { entry: ", context: piper", submodules, files: ignored })).toEqual([]);
    expect(await check(config, { submodules, files: ignored })).toHaveLength(2);
  });

  test("a Dockerfile, or a context, in a submodule", async () => {
    const config = IMAGES + WORKFLOW;
    const entry = ", context: elsewhere/app";
    expect(await check(config, { entry, submodules: ["elsewhere"] })).toEqual([
      `${at}:84: warning: context "elsewhere/app": elsewhere in the context ${SUBMODULE}`,
    ]);
  });
});
