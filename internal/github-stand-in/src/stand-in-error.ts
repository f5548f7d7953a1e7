import { FanfoldError } from "@fanfold-internal/edge/fanfold-error";

/**
 * - `git-failed`: a git command ended with an error.
 * - `not-a-repository`: the path given is not the root of a git repository.
 * - `merge-conflict`: a scratch repository was asked for a merge that git cannot do alone.
 */
export type StandInErrorCode = "git-failed" | "not-a-repository" | "merge-conflict";

export class StandInError extends FanfoldError<StandInErrorCode> {
  override readonly name = "StandInError";
}
