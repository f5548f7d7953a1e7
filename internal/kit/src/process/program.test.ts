import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { outputText, programLine, programRunner } from "./program.ts";
import { recordingHost } from "./recording-host.ts";

const env = { PATH: process.env["PATH"] };

function runner(debug = false) {
  const host = recordingHost(debug ? { env: { RUNNER_DEBUG: "1", DEPLOY_TOKEN: "canary-token" } } : {});
  return { run: programRunner(host.debug), written: host.written };
}

test("both outputs, apart and as they came, and the exit code", async () => {
  const { run } = runner();
  const lines: string[] = [];
  const end = await run({
    command: "sh",
    args: ["-c", "cat; echo out; echo err >&2; exit 3"],
    env,
    input: "in\n",
    onLine: (line) => lines.push(line),
  });
  expect(end).toMatchObject({ kind: "ended", exitCode: 3, stderr: "err" });
  expect(end.kind === "ended" && outputText(end.stdout)).toBe("in\nout");
  expect(lines.toSorted()).toEqual(["err", "in", "out"]);
});

test("nothing of this process's environment is passed on", async () => {
  const { run } = runner();
  const end = await run({ command: "/usr/bin/env", args: [], env: { ONLY: "this", NOT: undefined } });
  expect(end.kind === "ended" && outputText(end.stdout)).toBe("ONLY=this");
});

test("a program that is not there is not an exception", async () => {
  const { run } = runner();
  expect(await run({ command: "no-such-program-anywhere", args: [], env })).toMatchObject({
    kind: "missing",
    reason: expect.stringContaining("ENOENT"),
  });
});

test("a time limit ends it, though a child of it holds its pipes", async () => {
  const { run } = runner();
  const started = performance.now();
  const end = await run({ command: "sh", args: ["-c", "sleep 30 & echo x; exec sleep 30"], env, timeoutMs: 200 });
  expect(end.kind).toBe("timed-out");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("an output beyond its limit ends it", async () => {
  const { run } = runner();
  const end = await run({ command: "yes", args: [], env, maxOutputBytes: 1000 });
  expect(end).toMatchObject({ kind: "too-much-output", maxBytes: 1000 });
  expect(end.output.length).toBeLessThanOrEqual(2 * 1000);
});

test("a program that ended is not waited for because its child holds its pipes", async () => {
  const { run } = runner();
  const started = performance.now();
  const end = await run({ command: "sh", args: ["-c", "sleep 30 & echo done"], env });
  expect(end.output).toBe("done");
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("the debug log shows what ran, and no secret of the environment", async () => {
  const { run, written } = runner(true);
  await run({ command: "sh", args: ["-c", "exit 1", "canary-token"], env });
  expect(written.stderr).toMatch(/^debug: ran sh -c 'exit 1' \*\*\*: exit code 1, \d+ ms\n$/);
});

test("a command line is quoted as bash needs it", () => {
  expect(programLine({ command: "git", args: ["log", "a b", "it's"] })).toBe("git log 'a b' $'it\\047s'");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends what runs, and then this process", async (signal) => {
  const program = new URL("program.ts", import.meta.url).href;
  const script = `const { programRunner } = await import(${JSON.stringify(program)});
    const onLine = (line) => process.stdout.write(line + "\\n");
    await programRunner()({ command: "sh", args: ["-c", "echo $$; exec sleep 30"], env: process.env, onLine });`;
  const outer = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(outer.stdout, "data");
  const inner = Number(String(line));
  expect(inner).toBeGreaterThan(1);
  outer.kill(signal);
  expect(await once(outer, "close")).toEqual([null, signal]);
  // Gone, or dead and waiting for a parent to ask.
  const state = () => spawnSync("ps", ["-o", "stat=", "-p", String(inner)], { encoding: "utf8" }).stdout.trim();
  await vi.waitFor(() => expect(state()).toMatch(/^(?:Z.*)?$/));
});

test("an output may be as long as its limit, and what is not read of the input is no failure", async () => {
  const { run } = runner();
  const end = await run({
    command: "printf",
    args: ["%01000d", "0"],
    env,
    maxOutputBytes: 1000,
    input: "x".repeat(1_000_000),
  });
  expect(end).toMatchObject({ kind: "ended", exitCode: 0 });
  expect(end.output).toHaveLength(1000);
});

test("arguments that are too long, or hold what no argument can, are a program that cannot be started", async () => {
  const { run } = runner();
  for (const argument of ["x".repeat(4_000_000), "a\0b"]) {
    expect(await run({ command: "true", args: [argument], env })).toMatchObject({ kind: "missing" });
  }
});

test("one that is told to end does, also before it began", async () => {
  const { run } = runner();
  const controller = new AbortController();
  const going = run({ command: "sleep", args: ["30"], env, signal: controller.signal });
  controller.abort();
  expect(await going).toMatchObject({ kind: "killed", signal: "SIGTERM" });
  expect(await run({ command: "sleep", args: ["30"], env, signal: controller.signal })).toMatchObject({
    kind: "killed",
  });
});
