import type { Options } from "execa";

export interface GitResult {
  readonly ok: boolean;
  readonly stdout: Uint8Array;
}

/** Runs git; `ok` is false for whatever fails, be it that there is no git. */
export type Git = (args: readonly string[]) => Promise<GitResult>;

export type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 120_000;

/**
 * git in a directory, made harmless: it never asks at a terminal and takes no optional locks (a plain `git status`
 * writes the index). `offline` it fetches nothing by itself that a partial clone lacks, which would change the clone:
 * newer gits have a variable for that, and older ones may use no protocol.
 */
export function gitIn(directory: string, environment: Environment, network: "offline" | "online"): Git {
  return async (args) => {
    // Loaded only here: it costs half of what a whole plan over the API takes.
    const { execa } = await import("execa");
    const options = {
      cwd: directory,
      env: {
        ...definedOnly(environment),
        LC_ALL: "C",
        GIT_TERMINAL_PROMPT: "0",
        GIT_OPTIONAL_LOCKS: "0",
        GIT_SSH_COMMAND: environment["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
        ...(network === "offline" ? { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" } : {}),
      },
      extendEnv: false,
      encoding: "buffer",
      reject: false,
      stdin: "ignore",
      stripFinalNewline: false,
      timeout: TIMEOUT_MS,
      maxBuffer: 512 * 1024 * 1024,
    } as const satisfies Options;
    const result = await execa("git", args, options);
    return { ok: result.exitCode === 0, stdout: result.stdout ?? new Uint8Array() };
  };
}

export function gitText({ stdout }: GitResult): string {
  return new TextDecoder().decode(stdout).trim();
}

/** NUL-terminated fields as text; bytes that are not UTF-8 become U+FFFD, as in GitHub's answers. */
export function gitFields({ stdout }: GitResult): readonly string[] {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout);
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

/** The environment with more settings, which are then neither in a file nor on a command line that others can list. */
export function withSettings(
  environment: Environment,
  settings: readonly (readonly [key: string, value: string])[],
): Environment {
  const first = Number(environment["GIT_CONFIG_COUNT"] ?? 0);
  const added: Record<string, string> = { GIT_CONFIG_COUNT: String(first + settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    added[`GIT_CONFIG_KEY_${first + index}`] = key;
    added[`GIT_CONFIG_VALUE_${first + index}`] = value;
  }
  return { ...environment, ...added };
}

// Variables that would point git at another repository than the one it is run in; a hook sets them, for one.
const REPOSITORY_VARIABLES = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_DIR",
  "GIT_INDEX_FILE",
  "GIT_NAMESPACE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

function definedOnly(environment: Environment): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !REPOSITORY_VARIABLES.has(name)) entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}
