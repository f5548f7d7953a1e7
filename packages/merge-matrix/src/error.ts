import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * `unreadable-input`: no file, or not a matrix. `bad-group`: groups that cannot be merged safely.
 * `bad-key`: a key that cannot tell images apart.
 * `group-too-large`: more legs than one matrix may have jobs. `outputs`: more than GitHub takes, or nowhere to write it.
 */
export type MergeMatrixErrorCode = "unreadable-input" | "bad-group" | "bad-key" | "group-too-large" | "outputs";

/** What cannot be grouped or merged, with a `code` and `diagnostics`, each with its place (`at`) and what to do (`fix`). */
export class MergeMatrixError extends FanfoldError<MergeMatrixErrorCode> {}
