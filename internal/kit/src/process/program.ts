import type { Options } from "execa";
import { bashWord } from "../text/bash-word.ts";
import type { DebugLog } from "./debug-log.ts";
import { reasonOf } from "./errors.ts";
import type { Environment } from "./host.ts";

export interface ProgramRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** All that the program gets: nothing is added from this process. */
  readonly env: Environment;
  /** Its standard input; nothing without it. */
  readonly input?: string;
  /**
   * `keep` (the default): its output is in the result. `show`: it goes where this process's goes, as it comes.
   * `show-on-stderr`: all of it goes to standard error, because standard output is for this process's result.
   */
  readonly output?: "keep" | "show" | "show-on-stderr";
  /** Gets each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
  readonly timeoutMs?: number;
  /** Of each output; 512 MiB when left out. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

/** How a program ended. `output`: standard output and standard error as they came; empty when they were shown. */
export type ProgramEnd =
  | {
      readonly kind: "ended";
      readonly exitCode: number;
      readonly stdout: Uint8Array;
      readonly stderr: string;
      readonly output: string;
    }
  /** There is no such program, or it cannot be started. */
  | { readonly kind: "missing"; readonly reason: string; readonly output: "" }
  | { readonly kind: "timed-out"; readonly output: string }
  /** It was ended because it wrote more than it may. */
  | { readonly kind: "too-much-output"; readonly maxBytes: number; readonly output: string }
  | { readonly kind: "killed"; readonly signal: string; readonly output: string };

export type RunProgram = (run: ProgramRun) => Promise<ProgramEnd>;

const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
const GRACE_MS = 2_000;

/** Runs programs, each with a line in the debug log. */
export function programRunner(debug?: DebugLog): RunProgram {
  return async (run) => {
    const started = performance.now();
    const end = await runProgram(run);
    debug?.log(() => `ran ${programLine(run)}: ${howItEnded(end)}, ${Math.round(performance.now() - started)} ms`);
    return end;
  };
}

/** Text of an output without its last line break. */
export function outputText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}

/** A command line as a person would type it. */
export function programLine({ command, args }: Pick<ProgramRun, "command" | "args">): string {
  return [command, ...args].map((word) => (word.includes("\0") ? JSON.stringify(word) : bashWord(word))).join(" ");
}

async function runProgram({
  command,
  args,
  cwd,
  env,
  input,
  output = "keep",
  onLine,
  timeoutMs,
  maxOutputBytes = MAX_OUTPUT_BYTES,
  signal,
}: ProgramRun): Promise<ProgramEnd> {
  // Loaded only here: it costs half of what a whole plan over the API takes.
  const { execa } = await import("execa");
  const show = output !== "keep";
  const options = {
    ...(cwd === undefined ? {} : { cwd }),
    env: definedOnly(env),
    extendEnv: false,
    encoding: "buffer",
    reject: false,
    stripFinalNewline: false,
    all: true,
    ...(input === undefined ? { stdin: show ? "inherit" : "ignore" } : { input }),
    stdout: show ? [output === "show" ? "inherit" : 2] : ["pipe"],
    stderr: show ? ["inherit"] : ["pipe"],
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    forceKillAfterDelay: GRACE_MS,
    maxBuffer: maxOutputBytes,
  } as const satisfies Options;
  const begun = attempt(() => execa(command, args, options));
  if (begun.kind === "failed") return { kind: "missing", reason: begun.reason, output: "" };
  const running = begun.value;
  // What the program started may outlive it and hold its pipes; nothing more is read then.
  running.nodeChildProcess.once("exit", () => {
    const letGo = () => {
      running.stdout?.destroy();
      running.stderr?.destroy();
    };
    setTimeout(letGo, GRACE_MS).unref();
  });
  if (onLine !== undefined && !show) {
    const lines = new LineSplitter(onLine);
    for await (const chunk of running.iterable({ from: "all", binary: true })) lines.add(chunk);
    lines.end();
  }
  const result = await running;
  const all = result.all === undefined ? "" : outputText(result.all);
  if (result.isMaxBuffer) return { kind: "too-much-output", maxBytes: maxOutputBytes, output: all };
  if (result.timedOut) return { kind: "timed-out", output: all };
  if (result.signal !== undefined) return { kind: "killed", signal: result.signal, output: all };
  if (result.exitCode === undefined) {
    return { kind: "missing", reason: result.originalMessage ?? reasonOf(result.cause), output: "" };
  }
  return {
    kind: "ended",
    exitCode: result.exitCode,
    stdout: result.stdout ?? new Uint8Array(),
    stderr: result.stderr === undefined ? "" : outputText(result.stderr),
    output: all,
  };
}

/** Words that no program can get, such as one with a NUL, are refused before anything runs. */
function attempt<Value>(
  begin: () => Value,
): { readonly kind: "begun"; readonly value: Value } | { readonly kind: "failed"; readonly reason: string } {
  try {
    return { kind: "begun", value: begin() };
  } catch (error) {
    return { kind: "failed", reason: reasonOf(error) };
  }
}

class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
  }

  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
  }
}

function howItEnded(end: ProgramEnd): string {
  switch (end.kind) {
    case "ended":
      return `exit code ${end.exitCode}`;
    case "missing":
      return `could not be started (${end.reason})`;
    case "timed-out":
      return "stopped after its time limit";
    case "too-much-output":
      return `stopped after ${end.maxBytes} bytes of output`;
    case "killed":
      return `ended by ${end.signal}`;
  }
}

function definedOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
