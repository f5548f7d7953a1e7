import type { Host } from "@fanfold-internal/kit/process/host";

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
export function programsIn(cwd: string, { env }: Host, signal: AbortSignal): RunProgram {
  return async ([program, ...args], { timeoutMs, say = () => {} } = {}) => {
    // Loaded only here: what needs no program is not to wait for it.
    const { execa } = await import("execa");
    const running = execa(program, args, {
      cwd,
      env,
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
      cancelSignal: signal,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    for await (const line of running.iterable({ from: "all" })) say(line);
    const { exitCode, all, originalMessage } = await running;
    return { exitCode, output: all || (originalMessage ?? "") };
  };
}
