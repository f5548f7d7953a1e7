import { FanfoldError } from "@fanfold-internal/edge/fanfold-error";

/**
 * `unreadable-input`: a config or matrix file that is missing or not what it should be. `bad-rule`: a glob or a rule that
 * is refused. `bad-group`: images that cannot be merged safely. `shards`: the workflow has too few jobs for the matrix.
 * `outputs`: names that collide, or values too large for GitHub. `check`: a repository that does not fit its config.
 * `would-overwrite`: a file that is there already.
 */
export type WorkflowsErrorCode =
  | "unreadable-input"
  | "bad-rule"
  | "bad-group"
  | "shards"
  | "outputs"
  | "check"
  | "would-overwrite"
  | "not-found";

export class WorkflowsError extends FanfoldError<WorkflowsErrorCode> {
  static {
    Object.defineProperty(WorkflowsError.prototype, "name", { value: "WorkflowsError" });
  }
}
