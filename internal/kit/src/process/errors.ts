import { printable } from "../text/printable.ts";

/** Where something was found: a file (line and column count from 1), or an address without credentials. */
export type Place =
  | { readonly file: string; readonly line?: number; readonly column?: number }
  | { readonly url: string };

/** One complaint: what was expected and found, where, and what to do about it. */
export interface Problem {
  readonly message: string;
  readonly at?: Place | undefined;
  readonly fix?: string | undefined;
}

export interface ErrorDetails<Code extends string> extends Problem {
  readonly code: Code;
  /** When one input has several faults, all of them; `message` then is their summary. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

// Each package bundles its own copy of this class, so `instanceof` does not hold across packages; a registered symbol does.
const brand = Symbol.for("fanfold.error");

/** The base of each package's one error class. `message` is complete by itself; the fields are for programs. */
export abstract class FanfoldError<Code extends string> extends Error {
  readonly code: Code;
  readonly problems: readonly Problem[];

  constructor(details: ErrorDetails<Code>) {
    const problems = details.problems ?? [details];
    const lines = details.problems === undefined ? [] : [printable(details.message)];
    super([...lines, ...problems.map(formatProblem)].join("\n"), "cause" in details ? { cause: details.cause } : {});
    this.code = details.code;
    this.problems = problems;
    Object.defineProperty(this, brand, { value: true });
  }
}

export function isFanfoldError(error: unknown): error is FanfoldError<string> {
  return error instanceof Error && brand in error;
}

/** `file:line:col: message (fix)`, in one line, safe to print. */
export function formatProblem({ at, message, fix }: Problem): string {
  const where = at === undefined ? "" : `${formatPlace(at)}: `;
  return printable(`${where}${message}${fix === undefined ? "" : `; ${fix}`}`);
}

export function formatPlace(place: Place): string {
  if ("url" in place) return place.url;
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}
