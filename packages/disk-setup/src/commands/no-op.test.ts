import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, onTestFinished, test } from "vitest";
import { main } from "../cli.ts";
import type { System } from "../probe/system.ts";

/** Someone's own Mac: nothing of it may be asked for but its free space. */
function mac(env: Readonly<Record<string, string>>): System {
  const refuse = (): never => {
    throw new Error("this machine was looked at");
  };
  return {
    env,
    cwd: "/Users/runner/work/app",
    program: "/usr/local/bin/node",
    processor: "arm64",
    userId: 501,
    platform: "darwin",
    file: refuse,
    read: refuse,
    list: refuse,
    kind: refuse,
    resolve: refuse,
    space: () => ({ bytes: { size: 500e9, free: 100e9 }, inodes: { size: 9e6, free: 8e6 } }),
    run: refuse,
  };
}

function files(): { readonly output: string; readonly summary: string } {
  const directory = mkdtempSync(join(tmpdir(), "disk-setup-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [output, summary] = [join(directory, "output"), join(directory, "summary")];
  writeFileSync(output, "");
  return { output, summary };
}

test.each([
  [{ RUNNER_ENVIRONMENT: "self-hosted" }, 'RUNNER_ENVIRONMENT is "self-hosted"'],
  [{}, "RUNNER_ENVIRONMENT is not set"],
])("run does nothing on a machine with %j, and says why", async (env, reason) => {
  const { output, summary } = files();
  const host = recordingHost({ env: { ...env, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary } });
  expect(await main(["run", "--need", "60GB", "--json"], host, mac(env))).toBe(0);
  expect(host.written.stderr).toContain(`Nothing is done: ${reason}`);
  const outputs = {
    acted: "false",
    "need-met": "true",
    free: "100000000000",
    freed: "0",
    actions: "[]",
    "need-at": '[{"path":"/Users/runner/work/app","mount":"/Users/runner/work/app","free":100000000000}]',
    "docker-root": "none",
  };
  expect(JSON.parse(host.written.stdout)).toMatchObject({ code: 0, outputs });
  const written = readFileSync(output, "utf8");
  expect(written).toMatch(/^acted<<(.+)\nfalse\n\1$/m);
  expect(written).toMatch(
    /^devices<<(.+)\n\{"\/Users\/runner\/work\/app":\{"before":100000000000,"after":100000000000\}\}\n\1$/m,
  );
  expect(readFileSync(summary, "utf8")).toContain(
    "| `/Users/runner/work/app` | 100.0 GB | 100.0 GB |\n\n- not done: everything: RUNNER",
  );
});

test("an output file that cannot be written is an error without a trace", async () => {
  const host = recordingHost({ env: { GITHUB_OUTPUT: "/nope/x" } });
  expect(await main(["run"], host, mac({}))).toBe(1);
  expect(host.written.stderr).toMatch(
    /^\/nope\/x: error: expected GITHUB_OUTPUT to name a file that can be written.*nothing was changed$/m,
  );
});

test.each(["run", "plan"])("%s does nothing on a Mac of GitHub's own", async (command) => {
  const host = recordingHost({});
  expect(await main([command, "--need", "60GB"], host, mac({ RUNNER_ENVIRONMENT: "github-hosted" }))).toBe(0);
  expect(host.written.stderr + host.written.stdout).toContain("Nothing is done: this is darwin, not Linux");
});

test("on Windows the directory for temporary files is the user's, since there is no /tmp", async () => {
  const { output } = files();
  const env = { RUNNER_ENVIRONMENT: "github-hosted", TEMP: "C:\\Temp" };
  const host = recordingHost({ env: { ...env, GITHUB_OUTPUT: output } });
  expect(await main(["run"], host, { ...mac(env), platform: "win32" })).toBe(0);
  expect(readFileSync(output, "utf8")).toMatch(/^tmpdir<<.*\nC:\\Temp\n/m);
});
