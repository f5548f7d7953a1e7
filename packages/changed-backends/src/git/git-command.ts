import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { type OpenProgram, openProgram } from "@fanfold-internal/kit/process/open-program";
import { programRunner } from "@fanfold-internal/kit/process/program";

export interface GitResult {
  readonly ok: boolean;
  /** There is no program git. */
  readonly missing: boolean;
  readonly stdout: Uint8Array;
  /** git's own words, in English. */
  readonly stderr: string;
}

/** Runs git, with a text on its standard input; `ok` is false for whatever fails. */
export type Git = (args: readonly string[], input?: string) => Promise<GitResult>;

/** What git runs with. */
export interface GitAccess {
  readonly env: Environment;
  readonly debug?: DebugLog | undefined;
}

export interface GitPlace {
  readonly directory: string;
  /** Of a bare repository, which git then is given by name. */
  readonly bare?: boolean;
  /** `offline`: nothing is fetched that a partial clone lacks, which would change the clone. */
  readonly network: "offline" | "online";
}

const TIMEOUT_MS = 120_000;

/**
 * What a checkout may bring must not be run: a file system monitor or hooks of a repository's configuration, and the
 * configuration of a bare repository that lies among the files
 * (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository).
 */
const HARMLESS = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "safe.bareRepository=explicit",
  "--no-pager",
] as const;

/**
 * git in a directory. It runs no program that a checkout brings, never asks at a terminal and takes no optional locks (a
 * plain `git status` writes the index). `offline`: newer gits have a variable for that, and older ones may use no protocol.
 */
export function gitIn(place: GitPlace, access: GitAccess): Git {
  const run = programRunner(access.debug);
  return async (args, input) => {
    const end = await run({
      ...invocation(args, place, access),
      ...(input === undefined ? {} : { input }),
      timeoutMs: TIMEOUT_MS,
    });
    if (end.kind === "ended") {
      return { ok: end.exitCode === 0, missing: false, stdout: end.stdout, stderr: end.stderr };
    }
    return { ok: false, missing: end.kind === "missing", stdout: new Uint8Array(), stderr: end.output };
  };
}

/** The same for a git that is asked more while it runs, or says more than fits into memory. */
export function openGit(args: readonly string[], place: GitPlace, access: GitAccess): Promise<OpenProgram> {
  return openProgram(invocation(args, place, access), access.debug);
}

function invocation(args: readonly string[], { directory, bare = false, network }: GitPlace, { env }: GitAccess) {
  return {
    command: "git",
    args: [...HARMLESS, ...(bare ? [`--git-dir=${directory}`] : []), ...args],
    cwd: directory,
    env: {
      ...withoutRepository(env),
      LC_ALL: "C",
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_SSH_COMMAND: env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
      ...(network === "offline" ? { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" } : {}),
    },
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

function withoutRepository(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !REPOSITORY_VARIABLES.has(name)));
}
