import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendPairs } from "@fanfold-internal/edge/output-file";
import type { Plan } from "./plan-data.ts";
import { renderScript } from "./script.ts";

/** What the script has left behind: its exit code and its outputs, by name. */
export interface ScriptResult {
  readonly code: 0 | 1;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Carries the plan out on this machine. Its outputs go to `GITHUB_OUTPUT` where that is set, and what it says to
 * standard error.
 */
export async function carryOut(plan: Plan, env: Readonly<Record<string, string | undefined>>): Promise<ScriptResult> {
  const { execa } = await import("execa");
  const directory = mkdtempSync(join(tmpdir(), "disk-setup-"));
  try {
    const script = join(directory, "disk-setup.sh");
    const outputs = join(directory, "outputs");
    writeFileSync(script, renderScript(plan));
    writeFileSync(outputs, "");
    const { exitCode } = await execa("bash", [script], {
      reject: false,
      stdin: "ignore",
      stdout: process.stderr,
      stderr: "inherit",
      env: { ...env, GITHUB_OUTPUT: outputs },
      extendEnv: false,
    });
    const pairs = readPairs(readFileSync(outputs, "utf8"));
    if (env["GITHUB_OUTPUT"]) appendPairs(env["GITHUB_OUTPUT"], pairs);
    return { code: exitCode === 0 ? 0 : 1, outputs: Object.fromEntries(pairs) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readPairs(text: string): [name: string, value: string][] {
  return text
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
}
