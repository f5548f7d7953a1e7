import { readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { printable } from "../text/printable.ts";
import { Secrets } from "../text/secrets.ts";
import { DebugLog } from "./debug-log.ts";
import { InputError, reasonOf, systemCodeOf } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command may touch of the process it runs in; tests hand in their own. */
export interface Host {
  readonly env: Environment;
  /** @throws InputError `no-directory` when the working directory has been deleted */
  readonly cwd: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input, however slowly it comes. @throws InputError `unreadable-file` */
  readonly stdin: () => string;
  /** Whether people's text (standard error) goes to a terminal, and may have colours and a moving bar. */
  readonly terminal: boolean;
  /** Without one, nothing is logged. */
  readonly debug?: DebugLog | undefined;
}

export function processHost(): Host {
  const { env } = process;
  const stderr = (text: string) => writeAll(2, text);
  return {
    env,
    get cwd() {
      return workingDirectory();
    },
    // Synchronous: on a pipe, an exit right after an asynchronous write loses its tail.
    stdout: (text) => writeAll(1, text),
    stderr,
    stdin: readStandardInput,
    // Not process.stderr.isTTY: that opens the stream, which makes a pipe non-blocking.
    terminal: isatty(2) && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    debug: debugLogOf(env, stderr),
  };
}

/**
 * A debug log on standard error. GitHub sets RUNNER_DEBUG=1 when debug logging is enabled for a run, and shows its lines
 * where it knows them as such (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
 */
export function debugLogOf(env: Environment, stderr: (text: string) => void): DebugLog {
  const secrets = new Secrets();
  secrets.addEnvironment(env);
  const shownByRunner = env["RUNNER_DEBUG"] === "1" && env["GITHUB_ACTIONS"] === "true";
  const prefix = shownByRunner ? "::debug::" : "debug: ";
  return new DebugLog({
    write: (line) => stderr(`${prefix}${shownByRunner ? printable(line).replaceAll("%", "%25") : printable(line)}\n`),
    enabled: env["RUNNER_DEBUG"] === "1",
    secrets,
  });
}

/** On a runner, where annotations and folded groups are understood. */
export function inActions(host: Pick<Host, "env">): boolean {
  return host.env["GITHUB_ACTIONS"] === "true";
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new InputError({
      code: "no-directory",
      message: `the working directory cannot be used: ${reasonOf(cause)}`,
      fix: "it may have been deleted; change to a directory that exists",
      cause,
    });
  }
}

const CHUNK_BYTES = 64 * 1024;
const MAX_INPUT_BYTES = 256 * 1024 * 1024;

/** Node reads a pipe with what is there at that moment; whoever writes to it may need longer. */
function readStandardInput(): string {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readChunk(chunk);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    total += length;
    if (total > MAX_INPUT_BYTES) throw unreadable(`it has more than ${MAX_INPUT_BYTES} bytes`);
    chunks.push(chunk.subarray(0, length));
  }
}

function readChunk(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (cause) {
      const code = systemCodeOf(cause);
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw unreadable(reasonOf(cause), cause);
      pause();
    }
  }
}

function unreadable(reason: string, cause?: unknown): InputError {
  return new InputError({
    code: "unreadable-file",
    message: `standard input cannot be read: ${reason}`,
    fix: "pipe the text into the command, or name a file instead of -",
    cause,
  });
}

function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (cause) {
      const code = systemCodeOf(cause);
      // A reader that went away (`| head`) is its own affair.
      if (code === "EPIPE") return;
      // A pipe that another process has made non-blocking is full: its reader needs a moment.
      if (code === "EAGAIN") pause();
      // Nothing more can be said where messages go.
      else if (descriptor === 2) return;
      else throw unwritable(cause);
    }
  }
}

function unwritable(cause: unknown): InputError {
  return new InputError({
    code: "unwritable-output",
    message: `standard output cannot be written: ${reasonOf(cause)}`,
    fix: "free space where it goes, or send it elsewhere",
    cause,
  });
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
