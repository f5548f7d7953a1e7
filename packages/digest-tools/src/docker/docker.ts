import { DigestToolsError } from "../base/error.ts";

export interface DockerResult {
  readonly exitCode: number;
  /** Its last words; empty when they went to the terminal. */
  readonly stderr: string;
  /** All of it, without the last line's end; undefined when it went to the terminal. */
  readonly stdout?: string;
}

/** Runs docker. `show`: its output goes to the terminal as it comes. */
export type RunDocker = (args: readonly string[], output: "show" | "keep") => Promise<DockerResult>;

/** @throws DigestToolsError `io` when docker cannot be started */
export const runDocker: RunDocker = async (args, output) => {
  const { execa } = await import("execa");
  const result = await execa("docker", [...args], {
    reject: false,
    stdio: output === "show" ? ["inherit", 2, "inherit"] : ["ignore", "pipe", "pipe"],
  });
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new DigestToolsError({
      code: "io",
      message: `docker cannot be started: ${result.originalMessage ?? result.shortMessage ?? "unknown cause"}`,
      fix: "install docker with buildx, or push an OCI layout with --layout",
      cause: result.cause,
    });
  }
  return {
    exitCode: result.exitCode ?? 1,
    stderr: typeof result.stderr === "string" ? result.stderr : "",
    ...(typeof result.stdout === "string" ? { stdout: result.stdout } : {}),
  };
};

/** A command line as a person would type it. */
export function shellLine(args: readonly string[]): string {
  const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
  return ["docker", ...args].map(quote).join(" ");
}
