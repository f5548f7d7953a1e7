import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Measured {
  /** From its start to its end. */
  readonly seconds: number;
  /** Of the largest process of its tree, as the kernel counts it, looked at every 20 ms. */
  readonly peakMiB: number;
}

/** Runs a program to its end. @throws Error with what it said, when it fails */
export async function measure(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  let peakMiB = 0;
  const watch = setInterval(() => {
    if (child.pid !== undefined) peakMiB = Math.max(peakMiB, largest(child.pid));
  }, 20);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  if (code === 0) return { seconds, peakMiB };
  throw new Error(`${command} ended with ${code}: ${Buffer.concat(said).toString().slice(-2000)}`);
}

function largest(pid: number): number {
  try {
    const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return Math.max(own, ...children.map((child) => largest(Number(child))));
  } catch {
    return 0; // It has ended meanwhile, or this is no Linux.
  }
}
