import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * `unreadable-input`: a file (matrix, rules, event, list of files) that is missing or not what it should be.
 * `bad-rule`: a rule or glob that is refused. `unknown-revision`: a revision that the repository does not have.
 * `unknown-name`: `--only` names what no image or backend is called, or several are. `no-repository`: neither an event, nor a file list, nor
 * a git repository. `git-refused`: a repository that git does not want to read, such as another user's. `outputs`: names that collide, or values too large for GitHub.
 * `shards`: the workflow has too few jobs for the matrix file, or one image has more entries than a matrix takes jobs.
 */
export type ChangedBackendsErrorCode =
  | "unreadable-input"
  | "bad-rule"
  | "unknown-revision"
  | "unknown-name"
  | "no-repository"
  | "git-refused"
  | "outputs"
  | "shards";

/** Why nothing could be selected, with a `code` and `diagnostics`, each with its place (`at`) and what to do (`fix`). */
export class ChangedBackendsError extends FanfoldError<ChangedBackendsErrorCode> {}
