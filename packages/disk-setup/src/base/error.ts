import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * - `size-invalid`: an amount of bytes that is none
 * - `keep-unknown`: `--keep` or `--also` names nothing of the catalogue
 * - `at-invalid`: `--at` names no directory
 * - `probe-invalid`: a file that should hold a probe holds something else
 * - `system-unreadable`: a file of the system that everything rests on cannot be read (not on Linux, say)
 * - `output-unwritable`: the file that outputs or the summary go to cannot be written
 * - `bash-missing`: there is no bash to carry the plan out
 */
export type DiskSetupErrorCode =
  | "size-invalid"
  | "keep-unknown"
  | "at-invalid"
  | "probe-invalid"
  | "system-unreadable"
  | "output-unwritable"
  | "bash-missing";

/** Why nothing was planned or done, with a `code` and `diagnostics`, each with its place (`at`) and what to do (`fix`). */
export class DiskSetupError extends FanfoldError<DiskSetupErrorCode> {}
