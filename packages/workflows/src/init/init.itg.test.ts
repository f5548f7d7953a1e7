import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { expect, test } from "vitest";
import own from "../../package.json" with { type: "json" };
import { main } from "../cli.ts";
import { schemaLine } from "../keys/schema-address.ts";
import { ExampleClone } from "../testing/example-clone.ts";

const DOCKERFILES = {
  ".dockerignore": ".git\n",
  Dockerfile: "FROM x\nCOPY . .\n",
  "README.md": "# x\n",
  "docker/Dockerfile.gpu": "FROM x\nCOPY src/main.c /src/\n",
  "matrix/Containerfile": "FROM x\n",
  "matrix/Containerfile.dockerignore": "*\n",
  "services/api/Dockerfile": "FROM x AS build\nFROM x\nCOPY --chown=1:1 app.py /\nCOPY --from=build /a /b\n",
  "services/api/app.py": "pass\n",
  "services/web/web.Dockerfile": "FROM --platform=linux/arm64 x AS base\nFROM base\n",
  "src/main.c": "",
  "tools/api/Dockerfile": "FROM --platform=$BUILDPLATFORM x\n",
};

const MATRIX = ".github/backend-matrix.yml";
const CONFIG = ".github/fanfold.yml";

const read = ({ repository }: ExampleClone, file: string): string => readFileSync(join(repository.path, file), "utf8");

test("a pair of legs per Dockerfile, and files that check accepts, new and committed", async () => {
  await using clone = await ExampleClone.create(DOCKERFILES);
  await clone.repository.git("remote", "add", "origin", "https://user:secret@github.com/Octo/My-Images.git");
  const { code, stdout, stderr } = await clone.fanfold(["init"], { below: "services" });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(
    `wrote ${MATRIX}\nwrote ${CONFIG}\n6 images, 11 entries; next: fanfold check, fanfold plan --force-all\n`,
  );
  for (const [file, schema] of [
    [MATRIX, "matrix"],
    [CONFIG, "config"],
  ] as const) {
    const [first = "", ...rest] = read(clone, file).split("\n");
    expect(first).toBe(schemaLine(schema, own.version));
    await expect(rest.join("\n")).toMatchFileSnapshot(`../../testdata/init/${schema}.yml`);
  }
  const accepted = { code: 0, stdout: "1 matrix file, 11 entries: 0 errors, 0 warnings\n", stderr: "" };
  expect(await clone.fanfold(["check"])).toEqual(accepted);
  await clone.repository.git("add", "--all");
  expect(await clone.fanfold(["check"])).toEqual(accepted);
  const plan = JSON.parse((await clone.fanfold(["plan", "--force-all", "--json"])).stdout);
  for (const { images } of plan.groups) expect(images).toEqual(["ghcr.io/octo/my-images"]);
  expect(plan.groups.map((group: { "tag-suffix": string }) => group["tag-suffix"])).toEqual([
    "",
    "-gpu",
    "-image-matrix",
    "-services-api",
    "-web",
    "-tools-api",
  ]);
});

test("the branch is that of the repository it was cloned from, and nothing is missing to generate workflows", async () => {
  await using clone = await ExampleClone.create(DOCKERFILES);
  const { repository } = clone;
  await repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
  await repository.git("update-ref", "refs/remotes/origin/trunk", "HEAD");
  await repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk");
  await clone.fanfold(["init"]);
  expect(read(clone, CONFIG)).toContain("\n  branches: [trunk]\n");
  expect(await clone.fanfold(["generate"])).toMatchObject({ code: 0, stderr: "" });
});

test("a repository for each image, by a place with {image} in it", async () => {
  await using clone = await ExampleClone.create(DOCKERFILES);
  await clone.repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
  const place = "quay.io/team/my-{image}";
  expect(await clone.fanfold(["init", "--registry", place])).toMatchObject({ code: 0, stderr: "" });
  expect(read(clone, CONFIG)).toContain(`\nimages:\n  - "${place}"\n`);
  expect(read(clone, MATRIX)).not.toContain("tag-suffix");
  expect(await clone.fanfold(["check"])).toMatchObject({ code: 0, stderr: "" });
  await clone.repository.git("add", "--all");
  const plan = JSON.parse((await clone.fanfold(["plan", "--force-all", "--json"])).stdout);
  expect(plan.groups.map(({ images }: { images: readonly string[] }) => images)).toEqual(
    ["images", "gpu", "image-matrix", "services-api", "web", "tools-api"].map((name) => [`quay.io/team/my-${name}`]),
  );
});

test.each(["quay.io/Team/{image}", "team/{image}", "quay.io/{image}/", "quay.io/{name}", "quay.io/team/{image}:v1"])(
  "--registry %s is none",
  async (registry) => {
    await using clone = await ExampleClone.create(DOCKERFILES);
    const { code, stderr } = await clone.fanfold(["init", "--registry", registry]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`found ${JSON.stringify(registry)}`)]);
    expect(existsSync(join(clone.repository.path, CONFIG))).toBe(false);
  },
);

test("bake files that are there are named: one by itself, many in one notice", async () => {
  const bake = (count: number) =>
    Object.fromEntries(["a", "b", "c", "d", "e", "f"].slice(0, count).map((name) => [`${name}/docker-bake.hcl`, ""]));
  const notices = async (count: number): Promise<readonly string[]> => {
    await using clone = await ExampleClone.create({ ...DOCKERFILES, ...bake(count) });
    const { stderr } = await clone.fanfold(["init", "--registry", "quay.io/team/{image}"]);
    return stderr.split("\n").filter((line) => line.includes("notice"));
  };
  expect(await notices(1)).toEqual(["a/docker-bake.hcl: notice: says already what is built, and is not read here"]);
  expect(await notices(6)).toEqual([
    "a/docker-bake.hcl: notice: it and b/docker-bake.hcl, c/docker-bake.hcl, d/docker-bake.hcl and 2 more " +
      "say already what is built, and are not read here",
  ]);
});

test("overwrites nothing, and writes nothing beside what is there", async () => {
  await using clone = await ExampleClone.create({ ...DOCKERFILES, [CONFIG]: "inputs: []\n" });
  const { code, stdout, stderr } = await clone.fanfold(["init"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^\.github\/fanfold\.yml: error: is there already\n/);
  expect(existsSync(join(clone.repository.path, MATRIX))).toBe(false);
  expect(read(clone, CONFIG)).toBe("inputs: []\n");
});

test("a file in the place of a directory: neither file is left behind", async () => {
  await using clone = await ExampleClone.create({ ...DOCKERFILES, ".github": "a file\n" });
  const { code, stderr } = await clone.fanfold(["init"]);
  expect(code).toBe(1);
  expect(stderr).toContain("error: cannot be written: ");
});

test("no origin: a guess that is marked as one", async () => {
  await using clone = await ExampleClone.create({ "a/Dockerfile": "FROM x\n" });
  const { code, stderr } = await clone.fanfold(["init"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\.github\/fanfold\.yml: warning: there is no remote origin.*\n {2}fix: replace ghcr\.io/);
  expect((await clone.fanfold(["check"])).code).toBe(0);
});

test("names that no tag, no output and no YAML would take as they are", async () => {
  await using clone = await ExampleClone.create({
    "--a-- /Dockerfile": "FROM x\n",
    "core/Dockerfile": "FROM x\n",
    'new\nline"/Dockerfile': "FROM x\n",
    "true/Dockerfile": "FROM x\n",
    "x/Run-All/Dockerfile": "FROM x\n",
    "ünï/Dockerfile": "FROM x\n",
    "{backend}/Dockerfile": "FROM x\n",
  });
  expect((await clone.fanfold(["init"])).code).toBe(0);
  const { code, stdout, stderr } = await clone.fanfold(["check"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe("1 matrix file, 14 entries: 0 errors, 0 warnings\n");
});

test("no Dockerfile", async () => {
  await using clone = await ExampleClone.create({ "README.md": "x\n" });
  const { code, stderr } = await clone.fanfold(["init"]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("git tracks no Dockerfile") });
  expect(existsSync(join(clone.repository.path, ".github"))).toBe(false);
});

test.each(["init", "check"])("no repository: %s", async (command) => {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-none-"));
  try {
    const host = recordingHost({ cwd: directory, env: gitEnvironment() });
    expect(await main([command], host)).toBe(1);
    expect(host.written).toEqual({ stdout: "", stderr: expect.stringMatching(/^error: git finds no repository/) });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
