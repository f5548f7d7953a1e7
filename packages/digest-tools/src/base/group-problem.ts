import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { DigestToolsError, DigestToolsErrorCode } from "./error.ts";

/** Why a group is refused, told apart by its code. */
export interface GroupProblem extends Problem {
  readonly code: DigestToolsErrorCode;
}

/** The same as an error says it. */
export function problemOf(error: DigestToolsError): GroupProblem {
  const { code, problems } = error;
  const [first, ...more] = problems;
  if (first === undefined || more.length > 0) return { code, message: error.message };
  return { ...first, code };
}
