import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CONFIG, ExampleClone, FILES, MATRIX } from "./testing/example-clone.ts";
import { runFanfold } from "./testing/run-fanfold.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-canary-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A program that leaves a file behind when it is run. */
function canary(): string {
  const program = join(directory, "canary.sh");
  writeFileSync(program, `#!/bin/sh\ntouch ${join(directory, "sung")}\ncat\n`);
  chmodSync(program, 0o755);
  return program;
}

const HOOKS = ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "post-rewrite"];

/** What a checkout can bring along: configuration that names programs, hooks, attributes that ask for them. */
async function armed(): Promise<ExampleClone> {
  const clone = await ExampleClone.create(
    {
      ...FILES,
      ".github/backend-matrix.yml": MATRIX,
      ".github/fanfold.yml": CONFIG,
      ".gitattributes": "*.py filter=canary diff=canary\n*.yml diff=canary\n* merge=canary\n",
    },
    { "backend/python/vllm/run.py": "changed\n" },
  );
  const { repository } = clone;
  const program = canary();
  for (const [key, value] of [
    ["core.fsmonitor", program],
    ["core.hooksPath", join(repository.path, "hooks")],
    ["core.pager", program],
    ["core.editor", program],
    ["core.sshCommand", program],
    ["core.askPass", program],
    ["credential.helper", `!${program}`],
    ["filter.canary.clean", program],
    ["filter.canary.smudge", program],
    ["filter.canary.process", program],
    ["diff.external", program],
    ["diff.canary.command", program],
    ["diff.canary.textconv", program],
    ["merge.canary.driver", program],
    ["gpg.program", program],
    ["pager.ls-files", program],
    ["pager.tag", program],
    ["alias.ls-files", `!${program}`],
    ["uploadpack.packObjectsHook", program],
  ] as const) {
    await repository.git("config", key, value);
  }
  mkdirSync(join(repository.path, "hooks"));
  for (const hook of HOOKS)
    writeFileSync(join(repository.path, "hooks", hook), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  // An index whose times are older than its files: git has to look into them, through their filters.
  writeFileSync(join(repository.path, "backend/python/vllm/run.py"), "changed again\n");
  return clone;
}

test("the canary sings where git runs what a checkout brings", async () => {
  await using clone = await armed();
  await clone.repository.git("status");
  expect(existsSync(join(directory, "sung"))).toBe(true);
});

test.each([
  [["plan"]],
  [["plan", "--base", "HEAD~1", "--head", "HEAD", "--json"]],
  [["plan", "--force-all"]],
  [["explain", "backend/python/vllm/run.py"]],
  [["explain", "-cpu-vllm"]],
  [["check"]],
  [["generate"]],
  [["generate", "--check"]],
  [["split"]],
  [["init"]],
  [["rehearse", "--engine", "layout", "--event", "tag"]],
  [["rehearse", "--engine", "layout", "--event", "pull_request", "--base", "HEAD~1"]],
])("no program of a checkout is run by fanfold %j", async (args) => {
  await using clone = await armed();
  const { code, stderr } = await runFanfold(args, { cwd: clone.repository.path, env: { ...gitEnvironment() } });
  // It did its work, up to a refusal of its own.
  expect([0, 1], stderr).toContain(code);
  expect(stderr).not.toContain("git finds no repository");
  expect(existsSync(join(directory, "sung"))).toBe(false);
});
