import { lstatSync, readdirSync, readFileSync, realpathSync, statfsSync } from "node:fs";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import { outputText, programRunner } from "@fanfold-internal/kit/process/program";

/** What a probe asks of the machine; tests pass their own. Nothing here changes the machine. */
export interface System {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The running program. */
  readonly program: string;
  /** Node's word for the processor: `x64`, `arm64`, … */
  readonly processor: string;
  readonly userId: number;
  /** Node's word for the operating system: `linux`, `darwin`, `win32`, … */
  readonly platform: string;
  /** The text of a file, or undefined when it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** Names in a directory, sorted; none when it cannot be read. */
  readonly list: (path: string) => readonly string[];
  /** `other`: something else, or nothing that can be seen from here. */
  readonly kind: (path: string) => "directory" | "link" | "other" | "absent";
  /** With links resolved, or undefined when there is nothing. */
  readonly resolve: (path: string) => string | undefined;
  readonly space: (path: string) => Space | undefined;
  /** Bytes of a regular file, and how many of them are on disk. */
  readonly file: (path: string) => { readonly size: number; readonly allocated: number } | undefined;
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

export function thisSystem(debug?: DebugLog): System {
  return {
    env: process.env,
    get cwd() {
      return process.cwd();
    },
    program: process.execPath,
    processor: process.arch,
    userId: process.getuid?.() ?? -1,
    platform: process.platform,
    read: (path) => attempt(() => readFileSync(path, "utf8")),
    list: (path) => attempt(() => readdirSync(path).toSorted()) ?? [],
    kind: kindOf,
    resolve: (path) => attempt(() => realpathSync(path)),
    space: (path) => attempt(() => spaceOf(path)),
    file: (path) => attempt(() => sizeOf(path)),
    run: programs(debug),
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

function sizeOf(path: string): { size: number; allocated: number } | undefined {
  const found = lstatSync(path);
  // Blocks are units of 512 bytes here, whatever the file system uses.
  return found.isFile() ? { size: found.size, allocated: found.blocks * 512 } : undefined;
}

function programs(debug: DebugLog | undefined): System["run"] {
  const runProgram = programRunner(debug);
  return async (command, args, seconds) => {
    const env = { ...process.env, LC_ALL: "C" };
    const end = await runProgram({ command, args, env, timeoutMs: seconds * 1000 });
    if (end.kind === "missing") return { kind: "missing" };
    if (end.kind !== "ended") return { kind: "hung" };
    return { kind: "ended", code: end.exitCode, stdout: outputText(end.stdout), stderr: end.stderr };
  };
}
