import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const host = new URL("host.ts", import.meta.url).href;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function node(
  script: string,
  options: {
    readonly cwd?: string;
    readonly stdout?: number;
    readonly write?: (text: (chunk: string) => void) => Promise<void>;
  } = {},
): Promise<Run> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["pipe", options.stdout ?? "pipe", "pipe"],
  });
  const { stdin } = child;
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const done = new Promise<Run>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  if (options.write !== undefined) void options.write((chunk) => stdin?.write(chunk)).then(() => stdin?.end());
  else stdin?.end();
  return done;
}

test("standard input is read to its end, however slowly it comes", async () => {
  const script = `import { processHost } from ${JSON.stringify(host)}; const h = processHost(); h.stdout(h.stdin().toUpperCase());`;
  const run = await node(script, {
    write: async (write) => {
      for (const part of ["a", "b\n", "c"]) {
        await sleep(150);
        write(part);
      }
    },
  });
  expect(run).toEqual({ code: 0, stdout: "AB\nC", stderr: "" });
});

test("a full device is an error with a code, not a stack trace", async () => {
  const script = `import { processHost } from ${JSON.stringify(host)};
try { processHost().stdout("x".repeat(100)); } catch (error) { process.stderr.write(error.code + ": " + error.message); process.exitCode = 1; }`;
  const full = openSync("/dev/full", "w");
  try {
    const run = await node(script, { stdout: full });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^unwritable-output: standard output cannot be written: ENOSPC.*; free space/);
  } finally {
    closeSync(full);
  }
});

test("a working directory that is gone is an error that says so", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "kit-gone-"));
  const script = join(mkdtempSync(join(tmpdir(), "kit-script-")), "script.mjs");
  writeFileSync(
    script,
    `import { processHost } from ${JSON.stringify(host)};
try { processHost().cwd; } catch (error) { console.error(error.message); }`,
  );
  const run = spawnSync("sh", ["-c", 'cd "$1" && rmdir "$1" && exec "$2" "$3"', "sh", cwd, process.execPath, script]);
  expect(run.stderr.toString()).toMatch(
    /^the working directory cannot be used: .*change to a directory that exists\n$/s,
  );
});
