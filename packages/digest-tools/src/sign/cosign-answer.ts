import { printable } from "@fanfold-internal/kit/text/printable";
import { mayPass } from "../docker/final-error.ts";

/** What a verification says of one digest in one repository. */
export type SignatureState =
  | { readonly kind: "signed" }
  /** Nothing that counts: no signature, or those of others. `reason`: cosign's own words. */
  | { readonly kind: "unsigned"; readonly reason: string }
  /** Cosign could not find out: the registry or Sigstore's root of trust did not answer. */
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * What `cosign verify` found. Only its exit code says that a signature counts; for everything else its words tell what
 * there is from what could not be asked, and words that nobody knows are the latter.
 * https://github.com/sigstore/cosign/blob/main/doc/cosign_exit_codes.md
 */
export function signatureState({
  exitCode,
  stderr,
}: {
  readonly exitCode: number;
  readonly stderr: string;
}): SignatureState {
  if (exitCode === 0) return { kind: "signed" };
  const reason = cosignError(stderr) ?? `exit code ${exitCode}`;
  const denied = [10, 12, 13].includes(exitCode) || DENIED.test(reason);
  return { kind: denied && !mayPass(reason) ? "unsigned" : "unknown", reason };
}

const DENIED =
  /\bno (?:signatures found|matching (?:signatures|attestations))\b|\bnone of the expected identities matched\b/;

/** Its messages can hold a whole web page. */
const MAX_LENGTH = 600;

/** The error that cosign ended with, in one line; undefined: it named none. */
export function cosignError(stderr: string): string | undefined {
  const [, said] = /^Error: (.*?)(?:\nerror during command execution: |$(?![\s\S]))/ms.exec(stderr) ?? [];
  const line = printable((said ?? "").trim().replace(/\s*\n\s*/g, "; "));
  if (line === "") return undefined;
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
