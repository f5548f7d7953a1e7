import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";

/** Each finding once: families may share a matrix file, whose faults are then found for each of them. */
export function distinct(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.message, finding.at]), finding])).values()];
}
