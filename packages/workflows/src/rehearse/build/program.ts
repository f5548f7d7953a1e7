import { type ProgramAccess, programEnvironment } from "@fanfold/digest-tools/internal";
import type { Environment, Host } from "@fanfold-internal/kit/process/host";
import { outputText, programRunner } from "@fanfold-internal/kit/process/program";

export interface ProgramResult {
  /** Undefined: it could not be started, or did not end by itself. */
  readonly exitCode: number | undefined;
  /** Standard output and standard error, as they came; why it could not be started. */
  readonly output: string;
  /** Standard output alone, without its last line break. */
  readonly stdout: string;
}

interface ProgramOptions {
  readonly timeoutMs?: number;
  /** Gets the lines of its output as they come. */
  readonly say?: (line: string) => void;
  readonly access?: ProgramAccess | undefined;
  /** In the place of the host's. */
  readonly env?: Environment;
}

export type RunProgram = (
  command: readonly [program: string, ...args: string[]],
  options?: ProgramOptions,
) => Promise<ProgramResult>;

/** Runs programs in a directory, with the host's environment, until they end or `signal` ends them. */
export function programsIn(cwd: string, { env, debug }: Host, signal: AbortSignal): RunProgram {
  const run = programRunner(debug);
  return async ([command, ...args], { timeoutMs, say, access, env: own = env } = {}) => {
    const end = await run({
      command,
      args,
      cwd,
      env: programEnvironment(own, access),
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(say === undefined ? {} : { onLine: say }),
    });
    if (end.kind === "missing") return { exitCode: undefined, output: end.reason, stdout: "" };
    if (end.kind !== "ended") return { exitCode: undefined, output: end.output, stdout: "" };
    return { exitCode: end.exitCode, output: end.output, stdout: outputText(end.stdout) };
  };
}
