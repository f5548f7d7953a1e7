import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";

// Whatever way a Dockerfile writes a base of Docker Hub's, this run's is handed over: there is no Docker Hub here to take
// another one from, and bake ignores a context under a name that it does not look for.

const found = testbed();
const unavailable =
  "unavailable" in found ? found.unavailable : found.docker === null ? "only registries, no engine" : undefined;

const FORMS: Readonly<Record<string, string>> = {
  short: "FROM octo/base\n",
  whole: "FROM docker.io/octo/base:latest\n",
  index: "FROM index.docker.io/octo/base:latest\n",
  moving: "FROM docker.io/octo/base:main\n",
  quoted: 'FROM "docker.io/octo/base"\n',
  filled: "ARG REGISTRY=docker.io\nARG BASE=${REGISTRY}/octo/base\nFROM ${BASE}:${TAG:-latest}\n",
  copied: "FROM scratch\nCOPY --from=docker.io/octo/base /mark /\n",
  stage: "FROM docker.io/octo/base AS base\nFROM base\nCOPY --from=base /mark /again\n",
  official: "FROM scratch\nCOPY --from=tools /tool /\n",
  library: "FROM docker.io/library/tools:latest\n",
  parts: "FROM library/tools\n",
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-base-names-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(({ skip }) => {
  if (unavailable !== undefined) skip(unavailable);
});

function bed() {
  if ("unavailable" in found || found.docker === null) throw new Error("no test bed");
  return { ...found, docker: found.docker };
}

describe("a base of Docker Hub's that a pull request builds", { timeout: 300_000 }, () => {
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    if (unavailable !== undefined) return;
    env = {
      PATH: `${dirname(bed().tools.docker)}:${process.env["PATH"]}`,
      HOME: directory,
      DOCKER_HOST: bed().docker.host,
      DOCKER_CONFIG: bed().docker.config,
      BUILDX_BUILDER: bed().docker.builder,
    };
    const entry = (image: string, owner = "octo"): object => ({
      image,
      owner,
      context: image,
      dockerfile: `${image}/Dockerfile`,
    });
    const include = [entry("base"), entry("tools", "library"), ...Object.keys(FORMS).map((name) => entry(name))];
    const files = {
      ".github/backend-matrix.yml": JSON.stringify({ include }),
      ".github/fanfold.yml": 'images: ["docker.io/{owner}/{image}"]\n',
      "base/Dockerfile": "FROM scratch\nCOPY mark /\n",
      "base/mark": "of this run\n",
      "tools/Dockerfile": "FROM scratch\nCOPY tool /\n",
      "tools/tool": "a tool of this run\n",
      ...Object.fromEntries(Object.entries(FORMS).map(([name, text]) => [`${name}/Dockerfile`, text])),
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const git = (...args: readonly string[]) =>
      execa("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: directory });
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "--all");
    await git("commit", "--quiet", "--message=x");
    const { code, stdout, stderr } = await runFanfold(["plan", "--force-all", "--json"], { cwd: directory, env });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("error")]);
    await writeFile(join(directory, "plan.json"), stdout);
  });

  it.each(Object.entries(FORMS))("%s", async (name, text) => {
    const args = ["--plan", "plan.json", "--artifact", `digests-octo-${name}-core--single`, "--publish", "nothing"];
    const { code, stderr } = await runFanfold(["build", ...args, "--record-dir", "records"], { cwd: directory, env });
    expect([text, code, stderr]).toEqual([text, 0, expect.not.stringMatching(/load metadata for|resolve /)]);
    expect(stderr).toMatch(/\] COPY (?:mark|tool) \//);
  });
});
