import { lstatSync, readdirSync, readFileSync, realpathSync, statfsSync } from "node:fs";

/** What a probe may ask of the machine; tests hand in their own. Nothing of it changes anything. */
export interface System {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The running program. */
  readonly program: string;
  /** Node's word for the processor: `x64`, `arm64`, … */
  readonly processor: string;
  readonly userId: number;
  /** The text of a file, or undefined when it cannot be had. */
  readonly read: (path: string) => string | undefined;
  /** Names in a directory, sorted; none when it cannot be had. */
  readonly list: (path: string) => readonly string[];
  /** `other`: something else, or nothing that can be seen from here. */
  readonly kind: (path: string) => "directory" | "link" | "other" | "absent";
  /** With links resolved, or undefined when there is nothing. */
  readonly resolve: (path: string) => string | undefined;
  readonly space: (path: string) => Space | undefined;
  readonly run: (command: string, args: readonly string[], seconds: number) => Promise<Outcome>;
}

export interface Space {
  readonly bytes: { readonly size: number; readonly free: number };
  readonly inodes: { readonly size: number; readonly free: number };
}

export type Outcome =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "missing" }
  | { readonly kind: "hung" };

export function thisSystem(): System {
  return {
    env: process.env,
    cwd: process.cwd(),
    program: process.execPath,
    processor: process.arch,
    userId: process.getuid?.() ?? -1,
    read: (path) => attempt(() => readFileSync(path, "utf8")),
    list: (path) => attempt(() => readdirSync(path).toSorted()) ?? [],
    kind: kindOf,
    resolve: (path) => attempt(() => realpathSync(path)),
    space: (path) => attempt(() => spaceOf(path)),
    run,
  };
}

function attempt<Value>(ask: () => Value): Value | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function kindOf(path: string): ReturnType<System["kind"]> {
  try {
    const found = lstatSync(path);
    if (found.isDirectory()) return "directory";
    return found.isSymbolicLink() ? "link" : "other";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" ? "absent" : "other";
  }
}

function spaceOf(path: string): Space {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
  return { bytes: { size: bsize * blocks, free: bsize * bavail }, inodes: { size: files, free: ffree } };
}

async function run(command: string, args: readonly string[], seconds: number): Promise<Outcome> {
  const { execa } = await import("execa");
  const result = await execa(command, args, {
    reject: false,
    stdin: "ignore",
    timeout: seconds * 1000,
    env: { LC_ALL: "C" },
  });
  if (result.timedOut) return { kind: "hung" };
  if (result.exitCode === undefined) return { kind: "missing" };
  return { kind: "ended", code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}
