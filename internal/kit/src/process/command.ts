import { type Command, CommanderError } from "commander";
import { report } from "./annotation.ts";
import { type Diagnostic, diagnosticsOf } from "./errors.ts";
import type { Host } from "./host.ts";
import { isUsageError } from "./usage-error.ts";

export { UsageError } from "./usage-error.ts";

/** 0 done, 1 refused or failed (bad content included), 2 usage (bad flags). */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs a command line: every failure becomes its report and its exit code, never a stack trace. Actions tell a refusal
 * that they have already reported by `refused()`. Every command takes `--version` and `--verbose`.
 */
export async function runCommand(
  program: Command,
  args: readonly string[],
  host: Host,
  version: string,
): Promise<ExitCode> {
  program.version(version, "--version", "print the version");
  configure(program, host);
  return await reported(host, async () => {
    await program.parseAsync(args, { from: "user" });
    return 0;
  });
}

/** Does what a command does; a failure becomes its report and its exit code. */
export async function reported(host: Host, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    return failure(error, host);
  }
}

/** Ends the command with exit code 1, everything having been said. */
export function refused(): never {
  throw new Refused();
}

class Refused extends Error {}

function failure(error: unknown, host: Host): ExitCode {
  if (error instanceof Refused) return 1;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (isUsageError(error)) {
    report(host, usage(error.message));
    return 2;
  }
  for (const diagnostic of diagnosticsOf(error)) report(host, diagnostic);
  host.debug?.log(() => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return 1;
}

function usage(message: string): Diagnostic {
  return { code: "usage", severity: "error", message };
}

function configure(command: Command, host: Host): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: host.stdout,
      writeErr: host.stderr,
      outputError: (text) => report(host, usage(text.trimEnd().replace(/^error: /, ""))),
    })
    .showHelpAfterError("(--help shows the options)");
  command.option("--verbose", "log every request and every program run (RUNNER_DEBUG=1 does the same)");
  command.on("option:verbose", () => host.debug?.enable());
  for (const sub of command.commands) configure(sub, host);
}
