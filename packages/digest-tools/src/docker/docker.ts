import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { outputText, programRunner } from "@fanfold-internal/kit/process/program";
import { DigestToolsError } from "../base/error.ts";
import { type ProgramAccess, programEnvironment } from "./environment.ts";

export interface DockerResult {
  readonly exitCode: number;
  /** What it said on standard error; empty when that went to the terminal. */
  readonly stderr: string;
  /** All of it, without the last line's end; undefined when it went to the terminal. */
  readonly stdout?: string;
}

/** Runs docker. `show`: its output goes to standard error as it comes. */
export type RunDocker = (
  args: readonly string[],
  output: "show" | "keep",
  access?: ProgramAccess,
) => Promise<DockerResult>;

export interface DockerOptions {
  /** Where docker runs; without it, where this process does. */
  readonly cwd?: string;
  /**
   * Gets what is shown, line by line, which is then in the result too. Without it docker has standard error for itself, and
   * draws on a terminal.
   */
  readonly say?: ((line: string) => void) | undefined;
  /** Ends docker. */
  readonly signal?: AbortSignal;
}

/** @throws DigestToolsError (from what it returns) `io` when docker cannot be started */
export function dockerRunner(env: Environment, debug?: DebugLog, { cwd, say, signal }: DockerOptions = {}): RunDocker {
  const run = programRunner(debug);
  return async (args, output, access) => {
    const shown = say === undefined ? { output: "show-on-stderr" as const } : { onLine: say };
    const end = await run({
      command: "docker",
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      env: programEnvironment(env, access),
      ...(output === "show" ? shown : {}),
    });
    switch (end.kind) {
      case "ended":
        return { exitCode: end.exitCode, stderr: end.stderr, stdout: outputText(end.stdout) };
      case "killed":
        return { exitCode: 1, stderr: `ended by ${end.signal}` };
      case "timed-out":
        return { exitCode: 1, stderr: "stopped after its time limit" };
      case "too-much-output":
        return { exitCode: 1, stderr: `stopped after ${end.maxBytes} bytes of output` };
      case "missing":
        throw new DigestToolsError({
          code: "io",
          message: `docker cannot be started: ${end.reason}`,
          fix: "install docker with buildx, or push an OCI layout with --layout",
        });
    }
  };
}
