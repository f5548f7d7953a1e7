import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lastWords } from "./program.ts";
import { TestbedError } from "./testbed-error.ts";

/** A process for certain: a number alone may have been given to another since. */
export interface ProcessRef {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of proc_pid_stat(5). */
  readonly startedAt: string;
}

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where its output is appended. */
  readonly log: string;
  /** It outlives this process. Otherwise the kernel kills it when this process ends, however that happens. */
  readonly detached: boolean;
}

export function refOf(pid: number): ProcessRef | undefined {
  const startedAt = statFields(pid)?.[19];
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive({ pid, startedAt }: ProcessRef): boolean {
  const fields = statFields(pid);
  return fields?.[19] === startedAt && fields[0] !== "Z";
}

/** The fields after the program's name, which may hold spaces and parentheses: the first is the state, field 3. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** @throws TestbedError `not-started` */
export async function startProcess({ command, args, env, log, detached }: Start): Promise<ProcessRef> {
  const output = openSync(log, "a");
  const [program, ...rest] = detached ? [command, ...args] : ["setpriv", "--pdeathsig", "KILL", command, ...args];
  const child = spawn(program, rest, { env, detached, stdio: ["ignore", output, output] });
  closeSync(output);
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  const ref = child.pid === undefined ? undefined : refOf(child.pid);
  if (ref === undefined) throw notStarted(command, log);
  return ref;
}

/** Polls until `ready` gives something. @throws TestbedError `not-started` when the process ends before, or the time is over */
export async function waitUntil<T>(
  ready: () => T | undefined | Promise<T | undefined>,
  { process, log, seconds }: { process: ProcessRef; log: string; seconds: number },
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const result = await ready();
    if (result !== undefined) return result;
    if (!isAlive(process)) throw notStarted("it ended", log);
    await sleep(15);
  }
  throw notStarted(`not ready after ${seconds} s`, log);
}

function notStarted(what: string, log: string): TestbedError {
  let words: string | undefined;
  try {
    words = lastWords(readFileSync(log, "utf8").slice(-20_000));
  } catch {}
  return new TestbedError({
    code: "not-started",
    message: `${what}: ${words ?? "it said nothing"}`,
    at: { file: log },
  });
}

/** SIGTERM, and SIGKILL when that was not enough. Back when it is gone. */
export async function endProcess(ref: ProcessRef, seconds: number): Promise<void> {
  for (const [signal, patience] of [["SIGTERM", seconds] as const, ["SIGKILL", 5] as const]) {
    if (!isAlive(ref)) return;
    signalProcess(ref.pid, signal);
    for (const end = Date.now() + patience * 1000; isAlive(ref) && Date.now() < end; ) await sleep(15);
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The TCP port that a process listens on, by proc_pid_net(5): a program may so be told to take any free one. */
export function listeningPort(pid: number): number | undefined {
  const sockets = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) sockets.add(inode);
    }
  } catch {
    return undefined; // It ended, or closed the descriptor meanwhile.
  }
  for (const row of readFileSync("/proc/net/tcp", "latin1").split("\n")) {
    const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
    if (state === "0A" && sockets.has(inode)) return Number.parseInt(local.split(":")[1] ?? "", 16);
  }
  return undefined;
}

/** The processes that run a program below `programs` and name a path below `state` in their arguments. */
export function processesOf(programs: string, state: string): readonly ProcessRef[] {
  const refs: ProcessRef[] = [];
  // /proc names files by their real paths.
  const folder = existsSync(programs) ? realpathSync(programs) : programs;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const runs = readlinkSync(`/proc/${name}/exe`).startsWith(`${folder}/`);
      if (!runs || !readFileSync(`/proc/${name}/cmdline`, "utf8").includes(`${state}/`)) continue;
    } catch {
      continue; // It ended meanwhile, or is a thread of the kernel.
    }
    const ref = refOf(Number(name));
    if (ref !== undefined) refs.push(ref);
  }
  return refs;
}
