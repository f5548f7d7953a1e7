import { readFileSync, writeSync } from "node:fs";
import { isatty } from "node:tty";

/** What a command may touch of the process it runs in; tests hand in their own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input. */
  readonly stdin: () => string;
  /** Whether people's text (standard error) goes to a terminal, and may have colours and a moving bar. */
  readonly terminal: boolean;
}

export function processHost(): Host {
  return {
    env: process.env,
    cwd: process.cwd(),
    // Synchronous: on a pipe, an exit right after an asynchronous write loses its tail.
    stdout: (text) => writeAll(1, text),
    stderr: (text) => writeAll(2, text),
    stdin: () => readFileSync(0, "utf8"),
    // Not process.stderr.isTTY: that opens the stream, which makes a pipe non-blocking.
    terminal: isatty(2) && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb",
  };
}

function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A reader that went away (`| head`) is its own affair.
      if (code === "EPIPE") return;
      // A pipe that another process has made non-blocking is full: its reader needs a moment.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** On a runner, where annotations and folded groups are understood. */
export function inActions(host: Host): boolean {
  return host.env["GITHUB_ACTIONS"] === "true";
}
