import type { Options } from "execa";
import type { DebugLog } from "./debug-log.ts";
import { type ProgramRun, programLine } from "./program.ts";

/** A program that is talked to while it runs. */
export interface OpenProgram {
  /** What it writes to standard output, as it comes; more is taken from it only when this is read. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Hands it more of its standard input. */
  write(text: string): void;
  /** Ends its standard input. */
  finish(): void;
  /** How it ended, once its output has been read; `stderr`: the end of what it said. */
  ended(): Promise<{ readonly ok: boolean; readonly stderr: string }>;
  /** Ends it, whatever it is doing. */
  close(): Promise<void>;
}

const MAX_STDERR_BYTES = 64 * 1024;
const GRACE_MS = 2_000;

/** Starts a program, for whose end `close` is called; it ends with this process at the latest. */
export async function openProgram(
  run: Required<Pick<ProgramRun, "command" | "args" | "cwd">> & Pick<ProgramRun, "env">,
  debug?: DebugLog,
): Promise<OpenProgram> {
  // Loaded only here: few commands talk to a program.
  const { execa } = await import("execa");
  const started = performance.now();
  const options = {
    cwd: run.cwd,
    env: Object.fromEntries(Object.entries(run.env).filter(([, value]) => value !== undefined)),
    extendEnv: false,
    encoding: "buffer",
    reject: false,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    buffer: false,
    forceKillAfterDelay: GRACE_MS,
  } as const satisfies Options;
  const running = execa(run.command, run.args, options);
  // It may end before it has read everything; how it ended tells more than the broken pipe.
  running.stdin.on("error", () => {});
  const said: Uint8Array[] = [];
  let bytes = 0;
  running.stderr.on("data", (chunk: Uint8Array) => {
    if (bytes < MAX_STDERR_BYTES) said.push(chunk);
    bytes += chunk.length;
  });
  const end = running.then((result) => {
    const ok = result.exitCode === 0;
    debug?.log(
      () =>
        `ran ${programLine(run)}: exit code ${result.exitCode ?? "none"}, ${Math.round(performance.now() - started)} ms`,
    );
    return { ok, stderr: new TextDecoder().decode(Buffer.concat(said)).trim() };
  });
  return {
    output: running.stdout,
    write: (text) => void running.stdin.write(text),
    finish: () => void running.stdin.end(),
    ended: () => end,
    async close() {
      running.stdin.destroy();
      running.stdout.destroy();
      running.kill();
      await end;
    },
  };
}
