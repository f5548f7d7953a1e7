import { printable } from "../text/printable.ts";

/** Where something was found: a file (line and column count from 1), or an address without credentials. */
export type Place =
  | { readonly file: string; readonly line?: number; readonly column?: number }
  | { readonly url: string };

/** `error`: the command refuses. `warning`: it goes on, and somebody should look. `notice`: good to know. */
export type Severity = "error" | "warning" | "notice";

/**
 * One finding, of whatever kind: what was expected and what was found, where, and what to do about it. Everything that
 * Fanfold reports to a person has this shape.
 */
export interface Diagnostic<Code extends string = string> {
  /** Stable, in kebab case: scripts and docs/checks.md rely on it. */
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly at?: Place | undefined;
  readonly fix?: string | undefined;
}

/** `file:line:col: message; fix`, in one line, safe to print. */
export function formatDiagnostic({ at, message, fix }: Pick<Diagnostic, "at" | "message" | "fix">): string {
  const where = at === undefined ? "" : `${formatPlace(at)}: `;
  return printable(`${where}${message}${fix === undefined ? "" : `; ${fix}`}`);
}

/** `file:line:col`, or the address. */
export function formatPlace(place: Place): string {
  if ("url" in place) return place.url;
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}

/** The members of a diagnostic in the one order in which JSON shows them; what is not known is null. */
export function diagnosticJson({ code, severity, message, at, fix }: Diagnostic): {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at: Place | null;
  readonly fix: string | null;
} {
  return { code, severity, message, at: at ?? null, fix: fix ?? null };
}
