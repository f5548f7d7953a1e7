import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debugLogOf } from "@fanfold-internal/kit/process/host";
import { afterEach, beforeEach, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { dockerRunner } from "./docker.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "docker-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A program in docker's place, and what was logged of its runs. */
async function withDocker(script: string, env: Record<string, string> = {}) {
  const file = join(directory, "docker");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  const logged: string[] = [];
  const given = { PATH: `${directory}:/usr/bin:/bin`, RUNNER_DEBUG: "1", ...env };
  const docker = dockerRunner(
    given,
    debugLogOf(given, (text) => void logged.push(text)),
  );
  return { docker, logged };
}

it("keeps what docker says, and logs the run without secrets", async () => {
  const { docker, logged } = await withDocker('echo "made $1"; echo "warned" >&2; exit 3', {
    MY_TOKEN: "hunter2secret",
  });
  expect(await docker(["one", "hunter2secret"], "keep")).toEqual({ exitCode: 3, stdout: "made one", stderr: "warned" });
  expect(logged.join("")).toMatch(/^debug: ran docker one \*\*\*: exit code 3, \d+ ms\n$/);
});

it("gives docker the environment of the command and no other", async () => {
  const { docker } = await withDocker('echo "${DOCKER_CONFIG:-none} ${HOME:-none}"', { DOCKER_CONFIG: "/c" });
  expect((await docker([], "keep")).stdout).toBe("/c none");
});

it("says what to do where docker cannot be started", async () => {
  const docker = dockerRunner({ PATH: directory });
  const { code, message } = await refusal(docker(["version"], "keep"));
  expect([code, message]).toEqual([
    "io",
    expect.stringMatching(/^docker cannot be started: .*; install docker with buildx/),
  ]);
});
