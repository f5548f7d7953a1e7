import { printable } from "../text/printable.ts";
import { type Diagnostic, formatDiagnostic, formatPlace, type Place } from "./diagnostic.ts";

export type { Diagnostic, Place } from "./diagnostic.ts";
export { formatDiagnostic, formatPlace };

export interface ErrorDetails<Code extends string> {
  readonly code: Code;
  readonly message: string;
  readonly at?: Place | undefined;
  readonly fix?: string | undefined;
  /** When one input has several faults, all of them; `message` then is their summary. */
  readonly problems?: readonly Diagnostic[];
  readonly cause?: unknown;
}

// Each package bundles its own copy of this class, so `instanceof` does not hold across packages; a registered symbol does.
const brand = Symbol.for("fanfold.error");

/** The base of each package's one error class. `message` is complete by itself; the fields are for programs. */
export abstract class FanfoldError<Code extends string> extends Error {
  readonly code: Code;
  /** All that was found, at least one. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(details: ErrorDetails<Code>) {
    const { code, message, at, fix } = details;
    const problems: readonly Diagnostic[] = details.problems ?? [{ code, severity: "error", message, at, fix }];
    const lines = details.problems === undefined ? [] : [printable(details.message)];
    super([...lines, ...problems.map(formatDiagnostic)].join("\n"), "cause" in details ? { cause: details.cause } : {});
    this.name = new.target.name;
    this.code = details.code;
    this.diagnostics = problems;
    Object.defineProperty(this, brand, { value: true });
  }
}

export function isFanfoldError(error: unknown): error is FanfoldError<string> {
  return error instanceof Error && brand in error;
}

/**
 * What a command cannot read or write before its own work begins: `unreadable-file`, `unwritable-file`,
 * `unwritable-output` (standard output), `invalid-json`, `no-directory` (the working or the temporary one is gone),
 * `program-missing`.
 */
export class InputError extends FanfoldError<InputErrorCode> {}

export type InputErrorCode =
  | "unreadable-file"
  | "unwritable-file"
  | "unwritable-output"
  | "invalid-json"
  | "no-directory"
  | "program-missing";

/** What an error of any origin says, in one text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `ENOENT`, `EACCES`, … of an error of the system; undefined for others. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What to report of an error of any origin: at least one finding. */
export function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  return isFanfoldError(error) ? error.diagnostics : [unexpected(error)];
}

/** An error of the system that nobody foresaw says what it met; anything else is a fault of the program. */
function unexpected(error: unknown): Diagnostic {
  const system = systemCodeOf(error);
  return {
    code: system === undefined ? "internal-error" : "system-error",
    severity: "error",
    message: system === undefined ? `unexpected error: ${reasonOf(error)}` : reasonOf(error),
    fix:
      system === undefined
        ? "this is a fault in Fanfold; run it again with --verbose and report what it prints"
        : "run it again with --verbose to see where it happened",
  };
}
