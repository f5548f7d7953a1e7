// The branch that workflows pin the actions of: commits that hold the built actions and nothing else, since for each job a
// runner fetches the whole tree of the commit that an action is pinned to.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { git, remoteCommit } from "./git.ts";
import { Refusal } from "./refusal.ts";

const BRANCH = "refs/heads/actions";
const NAME = "github-actions[bot]";
const EMAIL = "41898282+github-actions[bot]@users.noreply.github.com";

/** What a release's commit is made from. */
export interface ActionsTree {
  readonly version: string;
  /** The commit of the sources that the actions are built from. */
  readonly source: string;
  /** A directory that holds what the commit is to hold, and nothing else. */
  readonly directory: string;
}

export interface ActionsCommit {
  readonly commit: string;
  /** Whether `origin` has it already, with its tag. */
  readonly there: boolean;
}

/**
 * Makes the commit in the local repository, on top of what the branch of `origin` has. It follows from what it holds, the
 * version and the source alone, so it is the same wherever it is made again. @throws Refusal where the version's tag is
 * something else.
 */
export function makeActionsCommit({ version, source, directory }: ActionsTree): ActionsCommit {
  const temporary = mkdtempSync(join(tmpdir(), "fanfold-release-"));
  try {
    const index = { GIT_INDEX_FILE: join(temporary, "index"), GIT_WORK_TREE: resolve(directory) };
    // From the root of that directory; what is built is git-ignored on every other branch.
    git(["-C", resolve(directory), "add", "--force", "--all", "."], { ...index, GIT_DIR: gitDirectory() });
    const tree = git(["write-tree"], index);
    const tagged = remoteCommit(tagOf(version));
    if (tagged !== undefined) return { commit: sameTree(tagged, tree, version), there: true };
    const parent = remoteCommit(BRANCH);
    if (parent !== undefined) git(["fetch", "--quiet", "--depth=1", "origin", BRANCH]);
    const parents = parent === undefined ? [] : ["-p", parent];
    const date = git(["show", "--no-patch", "--format=%cI", source]);
    const message = `v${version}\n\nBuilt from ${source}`;
    const commit = git(["commit-tree", tree, ...parents, "-m", message], {
      GIT_AUTHOR_NAME: NAME,
      GIT_AUTHOR_EMAIL: EMAIL,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: NAME,
      GIT_COMMITTER_EMAIL: EMAIL,
      GIT_COMMITTER_DATE: date,
    });
    return { commit, there: false };
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Both or neither: a commit without its version could not be raised by bots. */
export function pushActionsCommit(commit: string, version: string): void {
  git(["push", "--quiet", "--atomic", "origin", `${commit}:${BRANCH}`, `${commit}:${tagOf(version)}`]);
}

function tagOf(version: string): string {
  return `refs/tags/v${version}`;
}

function gitDirectory(): string {
  return git(["rev-parse", "--absolute-git-dir"]);
}

function sameTree(tagged: string, tree: string, version: string): string {
  git(["fetch", "--quiet", "--depth=1", "origin", tagOf(version)]);
  if (git(["rev-parse", `${tagged}^{tree}`]) === tree) return tagged;
  const message = git(["show", "--no-patch", "--format=%B", tagged]);
  const source = /^Built from ([0-9a-f]+)$/m.exec(message)?.[1];
  throw new Refusal(
    `the tag v${version} of origin is another release: ${tagged} holds other actions than these\n` +
      (source === undefined
        ? "It was not made by a release; take the tag away, or release another version."
        : `It was built from ${source}: run the failed jobs of that commit's release again, or release another version.`),
  );
}
