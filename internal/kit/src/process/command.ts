import { type Command, CommanderError } from "commander";
import { report } from "./annotation.ts";
import { isFanfoldError } from "./errors.ts";
import type { Host } from "./host.ts";
import { isUsageError } from "./usage-error.ts";

export { UsageError } from "./usage-error.ts";

/** 0 done, 1 refused or failed (bad content included), 2 usage (bad flags). */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs a command line: every failure becomes its report and its exit code, never a stack trace. Actions tell a refusal
 * that they have already reported by `refused()`.
 */
export async function runCommand(program: Command, args: readonly string[], host: Host): Promise<ExitCode> {
  configure(program, host);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof Refused) return 1;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (isUsageError(error)) {
      report(host, "error", { message: error.message });
      return 2;
    }
    if (!isFanfoldError(error)) throw error;
    for (const problem of error.problems) report(host, "error", problem);
    return 1;
  }
}

/** Ends the command with exit code 1, everything having been said. */
export function refused(): never {
  throw new Refused();
}

class Refused extends Error {}

function configure(command: Command, host: Host): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: host.stdout,
      writeErr: host.stderr,
      outputError: (text) => report(host, "error", { message: text.trimEnd().replace(/^error: /, "") }),
    })
    .showHelpAfterError("(--help shows what there is)");
  for (const sub of command.commands) configure(sub, host);
}
