import { readFileSync, writeFileSync } from "node:fs";

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
    terminal: process.stderr.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb",
  };
}

function writeAll(descriptor: 1 | 2, text: string): void {
  try {
    writeFileSync(descriptor, text);
  } catch (error) {
    // A reader that went away (`| head`) is its own affair.
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

/** On a runner, where annotations and folded groups are understood. */
export function inActions(host: Host): boolean {
  return host.env["GITHUB_ACTIONS"] === "true";
}
