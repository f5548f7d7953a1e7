import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** A process to start, with its limits. */
export interface ChildStart {
  readonly command: string;
  readonly args: readonly string[];
  /** What is a pipe is kept. */
  readonly options: SpawnOptions;
  readonly input: string | undefined;
  readonly timeoutMs: number | undefined;
  /** Of each output. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Gets both outputs as they come. */
  readonly onChunk: ((chunk: Buffer) => void) | undefined;
}

export interface ChildEnd {
  /** Why this process ended it; undefined: it did not. */
  readonly limit: "time" | "output" | undefined;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Both, as they came. */
  readonly all: Buffer;
}

/** From the request to end to the end without one, and from the end to where the pipes are let go. */
const GRACE_MS = 2_000;

/**
 * Runs a process to its end. When this one ends, by a signal too, so does it. What it started may outlive it and hold its
 * pipes; nothing more is read then.
 *
 * @throws Node's error where it cannot be started
 */
export function runChild(start: ChildStart): Promise<ChildEnd> {
  const { command, args, options, input, timeoutMs, maxOutputBytes, signal, onChunk } = start;
  return new Promise((resolve, reject) => {
    // Throws where the arguments are too long, among other things.
    const child = spawn(command, args, options);
    let limit: ChildEnd["limit"];
    const timers: NodeJS.Timeout[] = [];
    const stop = (why?: ChildEnd["limit"]) => {
      limit ??= why;
      child.kill();
      timers.push(setTimeout(() => child.kill("SIGKILL"), GRACE_MS));
    };
    const abort = () => stop();
    const all: Buffer[] = [];
    const collect = (stream: ChildProcess["stdout"]): readonly Buffer[] => {
      const chunks: Buffer[] = [];
      let room = maxOutputBytes;
      stream?.on("data", (chunk: Buffer) => {
        if (room < 0) return;
        const kept = chunk.subarray(0, room);
        room -= chunk.length;
        chunks.push(kept);
        all.push(kept);
        onChunk?.(kept);
        if (room < 0) stop("output");
      });
      return chunks;
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    if (timeoutMs !== undefined) timers.push(setTimeout(() => stop("time"), timeoutMs));
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    // It may end without having read all of it.
    child.stdin?.on("error", () => {}).end(input);
    started(child);
    const over = () => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      ended(child);
    };
    child.once("error", (error) => {
      // What cannot be ended any more is no failure to start.
      if (child.pid !== undefined) return;
      over();
      reject(error);
    });
    child.once("exit", () => {
      const letGo = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      timers.push(setTimeout(letGo, GRACE_MS).unref());
    });
    child.once("close", (exitCode, killedBy) => {
      if (child.pid === undefined) return;
      over();
      const outputs = { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), all: Buffer.concat(all) };
      resolve({ limit, exitCode, signal: killedBy, ...outputs });
    });
  });
}

const FATAL = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const running = new Set<ChildProcess>();

function started(child: ChildProcess): void {
  if (running.size === 0) {
    process.on("exit", endAll);
    for (const signal of FATAL) process.on(signal, passOn);
  }
  running.add(child);
}

function ended(child: ChildProcess): void {
  running.delete(child);
  if (running.size > 0) return;
  process.off("exit", endAll);
  for (const signal of FATAL) process.off(signal, passOn);
}

function endAll(): void {
  for (const child of running) child.kill();
}

/** Without others that listen the signal would have ended this process, and it does. */
function passOn(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, passOn);
  process.kill(process.pid, signal);
}
