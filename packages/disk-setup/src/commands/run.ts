import { appendFileSync, closeSync, openSync } from "node:fs";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { DiskSetupError } from "../base/error.ts";
import type { Plan } from "../plan/plan-data.ts";
import { renderScript } from "../script/script.ts";
import { noOpOutputs, noOpSummary } from "./no-op.ts";

/** What the script has left behind: its exit code and its outputs, by name. */
export interface ScriptResult {
  readonly code: 0 | 1;
  readonly outputs: Readonly<Record<string, string>>;
}

type Env = Readonly<Record<string, string | undefined>>;
type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Carries the plan out on this machine. Its outputs go to `GITHUB_OUTPUT` where that is set, and what it says to
 * standard error. A plan that does nothing needs no bash.
 *
 * @throws DiskSetupError `output-unwritable`, before anything is done; `bash-missing`
 */
export async function carryOut(plan: Plan, env: Env): Promise<ScriptResult> {
  const file = env["GITHUB_OUTPUT"];
  if (file) write(file, "nothing was changed", () => closeSync(openSync(file, "a")));
  const { code, pairs } = plan.scope.kind === "no-op" ? leaveAlone(plan, env) : await runScript(plan, env);
  if (file)
    write(file, "the plan was carried out", () => appendToRunnerFile({ env }, "GITHUB_OUTPUT", pairsText(pairs)));
  return { code, outputs: Object.fromEntries(pairs) };
}

function leaveAlone(plan: Plan, env: Env): { code: 0; pairs: Pairs } {
  const file = env["GITHUB_STEP_SUMMARY"];
  if (file) write(file, "nothing was changed", () => appendFileSync(file, noOpSummary(plan)));
  return { code: 0, pairs: noOpOutputs(plan) };
}

// Through pipes both ways: the machine that needs this most has no room for a file.
async function runScript(plan: Plan, env: Env): Promise<{ code: 0 | 1; pairs: Pairs }> {
  const { execa } = await import("execa");
  const { exitCode, signal, stdio } = await execa("bash", [], {
    reject: false,
    input: renderScript(plan),
    stdio: ["pipe", 2, 2, "pipe"],
    env: { ...env, GITHUB_OUTPUT: undefined, DISK_SETUP_OUTPUTS: "3" },
    extendEnv: false,
  });
  if (exitCode === undefined && signal === undefined) {
    throw new DiskSetupError({
      code: "bash-missing",
      message: "expected bash on PATH to carry the plan out, found none that can be started; nothing was changed",
      fix: "install bash, or name its directory in PATH",
    });
  }
  return { code: exitCode === 0 ? 0 : 1, pairs: readPairs(stdio[3] ?? "") };
}

function write(file: string, sofar: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    throw new DiskSetupError({
      code: "output-unwritable",
      message: `expected a file that the outputs can be written to, found: ${error instanceof Error ? error.message : "none"}; ${sofar}`,
      at: { file },
      fix: "let the runner set GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, or unset them",
      cause: error,
    });
  }
}

function readPairs(text: string): [name: string, value: string][] {
  return text
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
}
