import { join } from "node:path";
import { gitEnvironment, type ScratchFile, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";

const CONFIG = `images: ["ghcr.io/o/{image}"]
build: { args: { VERSION: "{{version}}" } }
workflow: { branches: [main], repository: o/x }
`;
const FILES: Readonly<Record<string, string>> = {
  ".github/fanfold.yml": CONFIG,
  ".github/backend-matrix.yml": `include:
  - { image: base, context: base, dockerfile: base/Dockerfile }
  - { image: app, context: app, dockerfile: app/Dockerfile }
  - { image: tool, context: tool, dockerfile: tool/Dockerfile }
`,
  "base/Dockerfile": "FROM alpine\nCOPY x /\n",
  "base/x": "1",
  "app/Dockerfile": "FROM ghcr.io/o/base\nCOPY x /\n",
  "app/x": "1",
  "tool/Dockerfile": "FROM alpine\nCOPY x /\n",
  "tool/x": "1",
};

let repository: ScratchRepository;
beforeAll(async () => {
  repository = await ScratchRepository.create();
});
afterAll(async () => {
  await repository.remove();
});

/** The keys in the plan of a commit, by image; a base that is not there says that it is not built. */
async function keysOf(files: Readonly<Record<string, ScratchFile>>, ...flags: readonly string[]) {
  await repository.commit({ files });
  await repository.checkout("main");
  const env = { ...gitEnvironment(), GITHUB_OUTPUT: join(repository.path, ".git", "outputs") };
  const { code, stdout, stderr } = await runFanfold(["plan", "--json", ...flags], { cwd: repository.path, env });
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const { groups }: { readonly groups: readonly { readonly image: string; readonly "content-key": string | null }[] } =
    JSON.parse(stdout);
  return Object.fromEntries(groups.map((group) => [group.image, group["content-key"]]));
}

test("a plan says what its images are built from, and nothing of one whose base nobody knows", async () => {
  const all = await keysOf(FILES, "--force-all");
  expect(Object.keys(all)).toEqual(["base", "app", "tool"]);
  for (const key of Object.values(all)) expect(key).toMatch(/^1-[0-9a-f]{64}$/);
  expect(new Set(Object.values(all)).size).toBe(3);
  // Another commit, and nothing else: no version, no name of a commit is part of it.
  expect(await keysOf({ "docs/x": "1" }, "--force-all")).toEqual(all);
  const based = await keysOf({ "base/x": "2" });
  expect(Object.keys(based)).toEqual(["base", "app"]);
  for (const image of ["base", "app"]) expect(based[image]).not.toBe(all[image]);
  // One image's key is the same, whatever else is built with it.
  const { base: alone, app: above } = await keysOf({ "base/x": "2" }, "--force-all");
  expect(based).toEqual({ base: alone, app: above });
  // As published, whatever that is.
  expect(await keysOf({ "app/x": "2" })).toEqual({ app: null });
  const back = await keysOf({ "app/x": "1", "base/x": "1" }, "--force-all");
  expect(back).toEqual(all);
});

test.each<[string, Readonly<Record<string, ScratchFile>>, readonly string[]]>([
  ["a mode", { "tool/x": { mode: "100755", content: "1" } }, ["tool"]],
  ["a label", { ".github/fanfold.yml": `${CONFIG}metadata: { labels: [a=b] }\n` }, ["base", "app", "tool"]],
  ["a repository", { ".github/fanfold.yml": CONFIG.replace('"]', '", "quay.io/o/{image}"]') }, []],
  ["a tag", { ".github/fanfold.yml": `${CONFIG}metadata: { tags: [type=sha] }\n` }, []],
  ["a schedule", { ".github/fanfold.yml": CONFIG.replace("branches", 'cron: "0 1 * * *", branches') }, []],
  [
    "what is checked out",
    { ".github/fanfold.yml": CONFIG.replace("branches", "checkout: { lfs: true }, branches") },
    ["base", "app", "tool"],
  ],
  ["a build workflow that is there", { ".github/workflows/backend_build.yml": "a: 1\n" }, ["base", "app", "tool"]],
  ["another workflow", { ".github/workflows/backend_merge.yml": "a: 1\n" }, []],
])("%s", async (_, files, expected) => {
  const before = await keysOf({ "": null, ...FILES }, "--force-all");
  const after = await keysOf(files, "--force-all");
  expect(Object.keys(after).filter((image) => after[image] !== before[image])).toEqual(expected);
});

test("pins and comments of the build workflow change no key", async () => {
  const path = ".github/workflows/backend_build.yml";
  const text = "jobs: { a: { steps: [{ uses: actions/checkout@v1 }, { run: make }] } }\n";
  const keys = await keysOf({ "": null, ...FILES, [path]: text }, "--force-all");
  expect(await keysOf({ [path]: `# new\n${text.replace("@v1", "@v2")}` }, "--force-all")).toEqual(keys);
  const other = await keysOf({ [path]: text.replace("make", "make all") }, "--force-all");
  expect(Object.keys(keys).filter((image) => keys[image] === other[image])).toEqual([]);
});
