import type { Host } from "@fanfold-internal/kit/process/host";
import { programRunner } from "@fanfold-internal/kit/process/program";

export interface ProgramResult {
  /** Undefined: it could not be started, or did not end by itself. */
  readonly exitCode: number | undefined;
  /** Standard output and standard error, as they came; why it could not be started. */
  readonly output: string;
}

interface ProgramOptions {
  readonly timeoutMs?: number;
  /** Gets the lines of its output as they come. */
  readonly say?: (line: string) => void;
}

export type RunProgram = (
  command: readonly [program: string, ...args: string[]],
  options?: ProgramOptions,
) => Promise<ProgramResult>;

/** Runs programs in a directory, with the host's environment, until they end or `signal` ends them. */
export function programsIn(cwd: string, { env, debug }: Host, signal: AbortSignal): RunProgram {
  const run = programRunner(debug);
  return async ([command, ...args], { timeoutMs, say } = {}) => {
    const end = await run({
      command,
      args,
      cwd,
      env,
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(say === undefined ? {} : { onLine: say }),
    });
    if (end.kind === "missing") return { exitCode: undefined, output: end.reason };
    return { exitCode: end.kind === "ended" ? end.exitCode : undefined, output: end.output };
  };
}
