import { type Command, CommanderError } from "commander";
import { HELP_LAYOUT, helpColumns, withNotes } from "../help/help-text.ts";
import type { Notes } from "../help/notes.ts";
import { report } from "./annotation.ts";
import { type Diagnostic, diagnosticsOf } from "./errors.ts";
import type { Host } from "./host.ts";
import { isUsageError } from "./usage-error.ts";

export { UsageError } from "./usage-error.ts";

/** 0 done, 1 refused or failed (bad content included), 2 usage (bad flags). */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs a command line: every failure becomes its report and its exit code, never a stack trace. Actions tell a refusal
 * that they have already reported by `refused()`. Every command takes `--version` and `--verbose`. `notes` are loaded where
 * help is asked for.
 */
export async function runCommand(
  program: Command,
  args: readonly string[],
  host: Host,
  version: string,
  notes?: () => Promise<{ readonly NOTES: Notes }>,
): Promise<ExitCode> {
  configure(program, host, version);
  return await reported(host, async () => {
    if (notes !== undefined && asksForHelp(args)) withNotes(program, (await notes()).NOTES);
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

/** Commander puts the name that may have been meant on a line of its own, of which a report would show the line's end. */
const asOneLine = (text: string): string =>
  text
    .trimEnd()
    .replace(/^error: /, "")
    .replace(/\n(?=\(Did you mean [^\n]*\)$)/, " ");

const asksForHelp = (args: readonly string[]): boolean =>
  args.length === 0 || args.some((word) => ["--help", "-h", "help"].includes(word));

/** Every command of a program takes these options, which stand at the end of its help. */
export function withCommonOptions(program: Command, version: string): void {
  for (const command of [program, ...program.commands]) {
    command.optionsGroup("Logs and help:");
    if (command === program) command.version(version, "--version", "print the version");
    command
      .option("--verbose", "log every request and every program run (RUNNER_DEBUG=1 does the same)")
      .helpOption("-h, --help", "print this help");
  }
}

function configure(program: Command, host: Host, version: string): void {
  withCommonOptions(program, version);
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: host.stdout,
        writeErr: host.stderr,
        getOutHelpWidth: () => helpColumns(process.stdout.columns),
        getErrHelpWidth: () => helpColumns(process.stderr.columns),
        outputError: (text) => report(host, usage(asOneLine(text))),
      })
      .configureHelp(HELP_LAYOUT)
      .showHelpAfterError("(--help shows the options)");
    command.on("option:verbose", () => host.debug?.enable());
  }
  if (program.commands.length > 0) program.helpCommand("help [command]", "print the help of a command");
}
