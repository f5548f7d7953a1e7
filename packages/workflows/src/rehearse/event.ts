import type { PlannedEvent } from "@fanfold/changed-backends";

export const REHEARSED_EVENTS = ["push", "pull_request", "tag"] as const;
export type RehearsedEvent = (typeof REHEARSED_EVENTS)[number];

/** What an event of this repository is made from. */
export interface CommitFacts {
  /** `refs/heads/main`; null: no branch is checked out. */
  readonly branch: string | null;
  readonly sha: string | null;
  readonly defaultBranch: string | null;
  /** Git tags of the commit, the highest version first. */
  readonly tags: readonly string[];
}

/**
 * Where the commit has no version: a release by the rules of semantic versions, so that `latest` is rehearsed too, and a
 * name that no real one has. (A pre-release, `v0.0.0-rehearsal`, would leave `latest` where it is.)
 */
const REHEARSED_VERSION = "v0.0.0+rehearsal";

/** The event as a runner would tell it about the commit that is checked out. */
export function rehearsedEvent(kind: RehearsedEvent, { branch, sha, tags, defaultBranch }: CommitFacts): PlannedEvent {
  const shared = { sha, defaultBranch };
  switch (kind) {
    case "push":
      return { name: "push", ref: branch, ...shared };
    // Nothing is published, and so no tag follows from its ref, which has a number that nobody has given yet.
    case "pull_request":
      return { name: "pull_request", ref: null, ...shared };
    case "tag":
      return { name: "push", ref: `refs/tags/${tags.find(isVersion) ?? REHEARSED_VERSION}`, ...shared };
  }
}

function isVersion(tag: string): boolean {
  return /^v?\d+\.\d+\.\d+(?![0-9])/.test(tag);
}
