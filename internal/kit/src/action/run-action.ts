import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExitCode, reported, runCommand } from "../process/command.ts";
import { InputError, reasonOf } from "../process/errors.ts";
import type { Host } from "../process/host.ts";
import { UsageError } from "../process/usage-error.ts";
import type { Action } from "./action.ts";
import { readInputs } from "./inputs.ts";

/**
 * Runs an action: its command, with the runner's inputs as the command line. The exit code is that of the command; 2 for
 * inputs that are missing or cannot be meant.
 */
export async function runAction(action: Action, host: Host): Promise<ExitCode> {
  return await reported(host, async () => {
    const { program, command, version, result } = action;
    const { args, env } = readInputs(action, host);
    const file = result === undefined ? undefined : join(temporaryDirectory(host), result);
    let kept = "";
    const keep = (text: string): void => {
      kept += text;
    };
    const { cwd, stderr, stdin, terminal, debug } = host;
    const own: Host = { env, cwd, stderr, stdin, terminal, debug, stdout: file === undefined ? host.stdout : keep };
    const code = await runCommand(program(own), [command, ...args], own, version);
    // What a command that fails has printed is no result.
    if (file !== undefined && code === 0) write(file, kept);
    return code;
  });
}

function temporaryDirectory({ env }: Host): string {
  const directory = env["RUNNER_TEMP"];
  if (!directory) throw new UsageError("RUNNER_TEMP is not set: an action runs as a step of a workflow");
  return directory;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const message = `the result cannot be written: ${reasonOf(cause)}`;
    throw new InputError({ code: "unwritable-file", message, at: { file }, fix: "free space on the runner", cause });
  }
}
