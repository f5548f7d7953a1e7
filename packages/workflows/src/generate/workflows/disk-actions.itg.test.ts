import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DISK_ACTIONS } from "./disk-actions.ts";

function runAction(index: number, env: Readonly<Record<string, string>>, programs: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), "disk-action-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const name of programs) {
    writeFileSync(join(bin, name), `#!/bin/bash\nprintf '%s\\n' "$*" >"${directory}/called"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const output = join(directory, "output");
  writeFileSync(output, "");
  writeFileSync(join(directory, "called"), "");
  const step = DISK_ACTIONS[index]?.steps[0];
  const script = step?.kind === "run" ? step.run : "exit 99";
  execFileSync("/bin/bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    env: { PATH: bin, GITHUB_OUTPUT: output, RUNNER_TEMP: directory, ...env },
    stdio: "pipe",
  });
  return { outputs: readFileSync(output, "utf8"), called: readFileSync(join(directory, "called"), "utf8") };
}

test.each([0, 1])(
  "action %i does nothing, with outputs, on machines that are not Linux machines of GitHub's own",
  (index) => {
    for (const [environment, os, programs] of [
      ["self-hosted", "Linux", []],
      ["self-hosted", "Linux", ["npx"]],
      ["github-hosted", "macOS", ["npx"]],
      ["github-hosted", "Windows", ["npx"]],
      ["github-hosted", "Linux", []],
      ["", "", []],
    ] as const) {
      const { outputs, called } = runAction(
        index,
        { RUNNER_ENVIRONMENT: environment, RUNNER_OS: os, NEED: "60GB" },
        programs,
      );
      expect(called).toBe("");
      expect(outputs).toBe("acted=false\nneed-met=unknown\nneed-at=[]\nfree=\ntmpdir=/tmp\n");
    }
  },
);

test("on a Linux machine of GitHub's own the command gets what was asked, as it was written", () => {
  const hosted = { RUNNER_ENVIRONMENT: "github-hosted", RUNNER_OS: "Linux", NEED: "6 $(x)", AT: "/a b", KEEP: "" };
  const { outputs, called } = runAction(0, hosted, ["npx"]);
  expect(outputs).toBe("");
  expect(called).toMatch(/@fanfold\/disk-setup@\S+ run --need=6 \$\(x\) --at=\/a b\n$/);
});
