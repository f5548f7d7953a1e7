import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";

export interface Ended {
  /** The exit code, the name of the signal that ended it, or `timeout`. */
  readonly end: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A file: reading from a pipe whose other end is slow is EAGAIN to `readFileSync(0)` now and then. */
  readonly stdin: string;
}

const running = new Set<ChildProcess>();
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_MS = 120_000;

/** Runs a program to its end. One that takes minutes, or prints without end, is killed and says so. */
export async function runProgram(program: Program): Promise<Ended> {
  const stdin = await open(program.stdin, "r");
  try {
    return await run(program, stdin.fd);
  } finally {
    await stdin.close();
  }
}

function run({ file, args, cwd, env }: Program, stdin: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], { cwd, env: { ...env }, stdio: [stdin, "pipe", "pipe"] });
    running.add(child);
    let killed: string | undefined;
    const kill = (why: string): void => {
      killed ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => kill("timeout"), MAX_MS);
    const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) kill("too much output");
        else kept[name].push(chunk);
      });
    }
    child.on("error", (error) => {
      running.delete(child);
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      clearTimeout(timer);
      const end = killed ?? (code === null ? String(signal) : String(code));
      resolve({ end, stdout: Buffer.concat(kept.stdout), stderr: Buffer.concat(kept.stderr) });
    });
  });
}

/** Ends what still runs. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
