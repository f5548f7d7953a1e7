import { FanfoldError } from "@fanfold-internal/kit/process/errors";

/**
 * - `git-failed`: a git command ended with an error.
 * - `not-a-repository`: the path given is not the root of a git repository.
 * - `merge-conflict`: a scratch repository was asked for a merge that git cannot do alone.
 * - `request-failed`: the stand-in itself failed to answer, as when a pull request has a SHA that is not there.
 */
export type StandInErrorCode = "git-failed" | "not-a-repository" | "merge-conflict" | "request-failed";

export class StandInError extends FanfoldError<StandInErrorCode> {
  override readonly name = "StandInError";
}
