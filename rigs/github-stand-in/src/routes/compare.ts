import { diffTrees } from "../git/diff.ts";
import { type Commit, commitsBetween, mergeBase, readCommits, resolveName } from "../git/revisions.ts";
import type { Call } from "../http/call.ts";
import { paginate } from "../http/paging.ts";
import { json, noCommonAncestor, notFound, type Reply } from "../http/reply.ts";
import { commitJson } from "./commits.ts";
import { fileRows } from "./files.ts";

/**
 * `GET /repos/{owner}/{repo}/compare/{base}...{head}`: the commits of head that base has not, and the files that
 * changed from their merge base to head; there is no two-dot comparison.
 * https://docs.github.com/rest/commits/commits#compare-two-commits
 */
export async function compare({ world, url, addresses }: Call, baseName: string, headName: string): Promise<Reply> {
  const { gitDir, owner, limits } = world;
  const [base, head] = await Promise.all([
    resolveName(gitDir, withoutOwner(baseName, owner), "commit"),
    resolveName(gitDir, withoutOwner(headName, owner), "commit"),
  ]);
  if (base === null || head === null) return notFound();
  const ancestor = await mergeBase(gitDir, base, head);
  if (ancestor === null) return noCommonAncestor(baseName, headName);

  const [ahead, behind] = await Promise.all([commitsBetween(gitDir, base, head), commitsBetween(gitDir, head, base)]);
  const paged = url.searchParams.has("page") || url.searchParams.has("per_page");
  const page = paged
    ? paginate(ahead, url, { default: 30, max: 100 })
    : { items: ahead.slice(-250), number: 1, headers: {} };
  const commits = await readCommits(gitDir, [...new Set([base, ancestor, ...page.items])]);
  const rendered = (sha: string) => show(commits.get(sha));
  const show = (commit: Commit | undefined) => (commit === undefined ? null : commitJson(addresses, commit));
  // Only the first page has files, however few commits it is asked for.
  const changes = page.number === 1 ? await diffTrees(gitDir, ancestor, head) : null;

  const { repositoryApi, repositoryWeb } = addresses;
  const basehead = `${baseName}...${headName}`;
  const body = {
    url: `${repositoryApi}/compare/${basehead}`,
    html_url: `${repositoryWeb}/compare/${basehead}`,
    permalink_url: `${repositoryWeb}/compare/${owner}:${base.slice(0, 7)}...${owner}:${head.slice(0, 7)}`,
    diff_url: `${repositoryWeb}/compare/${basehead}.diff`,
    patch_url: `${repositoryWeb}/compare/${basehead}.patch`,
    base_commit: rendered(base),
    merge_base_commit: rendered(ancestor),
    status: statusOf(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: page.items.map(rendered),
    ...(changes === null ? {} : { files: fileRows(addresses, head, changes.slice(0, limits.compareFiles)) }),
  };
  return json(body, 200, page.headers);
}

function statusOf(ahead: number, behind: number): "identical" | "ahead" | "behind" | "diverged" {
  if (behind === 0) return ahead === 0 ? "identical" : "ahead";
  return ahead === 0 ? "behind" : "diverged";
}

/** `owner:branch` names a branch in one repository of the network; this one is all the network there is. */
function withoutOwner(name: string, owner: string): string {
  const prefix = `${owner}:`;
  return name.toLowerCase().startsWith(prefix.toLowerCase()) ? name.slice(prefix.length) : name;
}
