import { diffTrees, emptyTree } from "../git/diff.ts";
import { type Commit, readCommit, resolveName } from "../git/revisions.ts";
import type { Addresses } from "../http/addresses.ts";
import type { Call } from "../http/call.ts";
import { paginate } from "../http/paging.ts";
import { json, notFound, type Reply, refusal } from "../http/reply.ts";
import { fileRows } from "./files.ts";

/** `GET /repos/{owner}/{repo}/commits/{ref}`: unlike every other route it answers 422 for what it does not know. */
export async function getCommit({ world, url, addresses }: Call, ref: string): Promise<Reply> {
  const sha = await resolveName(world.gitDir, ref, "commit");
  if (sha === null) return refusal(422, `No commit found for SHA: ${ref}`);
  const commit = await readCommit(world.gitDir, sha);
  const changes = await diffTrees(world.gitDir, commit.parents[0] ?? emptyTree, sha);
  // https://docs.github.com/rest/commits/commits#get-a-commit: 300 files a page, 3,000 in all.
  const page = paginate(changes.slice(0, 3_000), url, { default: 300, max: 300 });
  const additions = changes.reduce((sum, change) => sum + change.additions, 0);
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0);
  const body = {
    ...commitJson(addresses, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: fileRows(addresses, sha, page.items),
  };
  return json(body, 200, page.headers);
}

/** `GET /repos/{owner}/{repo}/git/commits/{sha}` */
export async function getGitCommit({ world, addresses }: Call, sha: string): Promise<Reply> {
  const found = /^[0-9a-f]{40}$/.test(sha) ? await resolveName(world.gitDir, sha, "commit") : null;
  if (found === null) return notFound();
  const commit = await readCommit(world.gitDir, found);
  const { author, committer, message } = commit;
  const git = `${addresses.repositoryApi}/git`;
  return json({
    sha: found,
    url: `${git}/commits/${found}`,
    html_url: `${addresses.repositoryWeb}/commit/${found}`,
    author,
    committer,
    message,
    tree: { sha: commit.tree, url: `${git}/trees/${commit.tree}` },
    parents: commit.parents.map((parent) => ({ sha: parent, url: `${git}/commits/${parent}` })),
    verification: unsigned,
  });
}

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** A commit as in lists and comparisons. No account goes with it, so the outer `author` and `committer` are null. */
export function commitJson(addresses: Addresses, commit: Commit): Readonly<Record<string, unknown>> {
  const { repositoryApi, repositoryWeb } = addresses;
  const { sha, tree, author, committer, message } = commit;
  const url = `${repositoryApi}/commits/${sha}`;
  return {
    sha,
    commit: {
      author,
      committer,
      message,
      tree: { sha: tree, url: `${repositoryApi}/git/trees/${tree}` },
      url: `${repositoryApi}/git/commits/${sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: `${repositoryWeb}/commit/${sha}`,
    comments_url: `${url}/comments`,
    author: null,
    committer: null,
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${repositoryApi}/commits/${parent}`,
      html_url: `${repositoryWeb}/commit/${parent}`,
    })),
  };
}
