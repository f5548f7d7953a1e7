import type { Options } from "execa";

export interface GitResult {
  readonly ok: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs git; never throws for what git says, only when there is no git. */
export type Git = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<GitResult>;

const FETCH_TIMEOUT_MS = 120_000;

/**
 * git in a directory, made harmless: it never asks at a terminal, takes no optional locks (a plain `git status` writes
 * the index), and never fetches by itself what a partial clone lacks.
 */
export function gitIn(directory: string, environment: Readonly<Record<string, string | undefined>>): Git {
  return async (args, env = {}) => {
    // Loaded only here: it costs half of what a whole plan over the API takes.
    const { execa } = await import("execa");
    const options = {
      cwd: directory,
      env: {
        ...definedOnly(environment),
        LC_ALL: "C",
        GIT_TERMINAL_PROMPT: "0",
        GIT_OPTIONAL_LOCKS: "0",
        GIT_NO_LAZY_FETCH: "1",
        GIT_SSH_COMMAND: environment["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
        ...env,
      },
      extendEnv: false,
      encoding: "buffer",
      reject: false,
      stdin: "ignore",
      stripFinalNewline: false,
      timeout: FETCH_TIMEOUT_MS,
      maxBuffer: 512 * 1024 * 1024,
    } as const satisfies Options;
    const result = await execa("git", args, options);
    return {
      ok: result.exitCode === 0,
      stdout: result.stdout ?? new Uint8Array(),
      stderr: new TextDecoder().decode(result.stderr),
    };
  };
}

export function gitText({ stdout }: GitResult): string {
  return new TextDecoder().decode(stdout).trim();
}

// Variables that would point git at another repository than the one it is run in; a hook sets them, for one.
const REPOSITORY_VARIABLES = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_PREFIX",
]);

function definedOnly(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !REPOSITORY_VARIABLES.has(name)) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}
