import type { Problem } from "@fanfold-internal/kit/process/errors";

/** Something wrong in a repository: an error cannot work, a warning is probably a mistake. */
export interface Finding extends Problem {
  readonly severity: "warning" | "error";
}
