import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { StandInError } from "./stand-in-error.ts";

export interface GitRun {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitInput {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The environment in which git behaves alike on every machine: no configuration of the user or the system, no `GIT_*`
 * inherited (a hook that runs the tests would otherwise redirect them to its own repository), no prompts.
 */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

/** Runs git and answers with its exit status; rejects only when git cannot be started. */
export function tryGit(directory: string, args: readonly string[], { input, env }: GitInput = {}): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      args,
      {
        cwd: directory,
        env: { ...gitEnvironment(), ...env },
        encoding: "buffer",
        maxBuffer: Number.POSITIVE_INFINITY,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ status: 0, stdout, stderr: stderr.toString() });
        else if (typeof error.code === "number") resolve({ status: error.code, stdout, stderr: stderr.toString() });
        else reject(new StandInError({ code: "git-failed", message: "git could not be run", cause: error }));
      },
    );
    // git may end before it has read everything; its exit status tells more than the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

/** Runs git and answers with its standard output. @throws StandInError `git-failed` when it exits with an error. */
export async function git(directory: string, args: readonly string[], input: GitInput = {}): Promise<Buffer> {
  const run = await tryGit(directory, args, input);
  if (run.status === 0) return run.stdout;
  throw new StandInError({
    code: "git-failed",
    message: `git ${args.join(" ")} exited with ${run.status}: ${run.stderr.trim()}`,
    at: { file: directory },
  });
}

/** Cuts NUL-terminated output (`-z`) without decoding it: paths are bytes. */
export function splitNul(output: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = output.indexOf(0); end !== -1; end = output.indexOf(0, start)) {
    parts.push(output.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
