import { execFile } from "node:child_process";

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds; no limit by default. */
  readonly timeout?: number;
}

/** A program that ended with another code than 0, could not be started, or took too long. */
export class ProgramFailure extends Error {
  readonly stderr: string;

  constructor(command: string, stderr: string, cause: Error) {
    super(`${command}: ${lastWords(stderr) ?? cause.message}`, { cause });
    this.stderr = stderr;
  }
}

/** Runs a program to its end and gives what it wrote to stdout. @throws ProgramFailure */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new ProgramFailure(command, stderr, error));
      else resolve(stdout);
    });
  });
}

/** The last line that says something, without credentials of the addresses in it. */
export function lastWords(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "")?.replaceAll(/\/\/[^/@\s]+@/g, "//");
}
