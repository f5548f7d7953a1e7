import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * `unreadable-input`: a config or matrix file that is missing or not what it should be. `bad-rule`: a glob or a rule that
 * is refused. `bad-group`: images that cannot be merged safely. `shards`: the workflow's jobs do not fit the matrix.
 * `outputs`: names that collide, or values too large for GitHub. `unwritable`: a file of the runner or the repository that
 * cannot be written. `no-repository`: no git repository to check or begin in. `not-found`: nothing that is called so, or
 * no Dockerfile. `would-overwrite`: a file that is there already. `not-generable`: a config, a matrix or pins that no
 * workflow can be made from, or that exceed GitHub's limits. `drift`: generated files that are not what they would be.
 * `unbuildable`: an entry whose build must not, or cannot, be made as the plan has it. `build-failed`: docker ended with an error. `test-failed`: the test of an image did.
 * `unsafe-split`: a matrix file that `split` could not change without changing more than it should. `rehearsal`: no images to rehearse with, or a build of a rehearsal that failed.
 */
export type WorkflowsErrorCode =
  | "unreadable-input"
  | "bad-rule"
  | "bad-group"
  | "shards"
  | "outputs"
  | "unwritable"
  | "no-repository"
  | "not-found"
  | "would-overwrite"
  | "rehearsal"
  | "not-generable"
  | "drift"
  | "unsafe-split"
  | "unbuildable"
  | "build-failed"
  | "test-failed";

/** Why a command was refused or failed, with a `code` and `diagnostics`, each with its place (`at`) and what to do (`fix`). */
export class WorkflowsError extends FanfoldError<WorkflowsErrorCode> {}
