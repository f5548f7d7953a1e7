import { diffTrees, type FileChange } from "../git/diff.ts";
import { commitsBetween, mergeBase, readCommits } from "../git/revisions.ts";
import type { Call, PullRequest, World } from "../http/call.ts";
import { paginate } from "../http/paging.ts";
import { json, notFound, type Reply } from "../http/reply.ts";
import { commitJson } from "./commits.ts";
import { fileRows } from "./files.ts";
import { repositoryJson } from "./repository.ts";

/** `GET /repos/{owner}/{repo}/pulls/{number}`: its head is what was pushed last, whatever an event once said. */
export async function getPull({ world, addresses }: Call, number: number): Promise<Reply> {
  const pull = world.pullRequests.get(number);
  if (pull === undefined) return notFound();
  const changes = await pullChanges(world, pull);
  const commits = await commitsBetween(world.gitDir, pull.base.sha, pull.head.sha);
  const repo = await repositoryJson(world, addresses);
  const side = ({ ref, sha }: PullRequest["base"]) => ({ label: `${world.owner}:${ref}`, ref, sha, repo });
  return json({
    url: `${addresses.repositoryApi}/pulls/${number}`,
    html_url: `${addresses.repositoryWeb}/pull/${number}`,
    number,
    state: "open",
    draft: false,
    merged: false,
    mergeable: null,
    merge_commit_sha: null,
    title: `Pull request ${number}`,
    base: side(pull.base),
    head: side(pull.head),
    commits: commits.length,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changed_files: changes.length,
  });
}

/** `GET /repos/{owner}/{repo}/pulls/{number}/files` */
export async function listPullFiles({ world, url, addresses }: Call, number: number): Promise<Reply> {
  const pull = world.pullRequests.get(number);
  if (pull === undefined) return notFound();
  const changes = (await pullChanges(world, pull)).slice(0, world.limits.pullFiles);
  const page = paginate(changes, url, { default: 30, max: 100 });
  return json(fileRows(addresses, pull.head.sha, page.items), 200, page.headers);
}

/** `GET /repos/{owner}/{repo}/pulls/{number}/commits`: at most 250, oldest first. */
export async function listPullCommits({ world, url, addresses }: Call, number: number): Promise<Reply> {
  const pull = world.pullRequests.get(number);
  if (pull === undefined) return notFound();
  const all = await commitsBetween(world.gitDir, pull.base.sha, pull.head.sha);
  const page = paginate(all.slice(0, 250), url, { default: 30, max: 100 });
  const commits = await readCommits(world.gitDir, page.items);
  const rows = page.items.flatMap((sha) => commits.get(sha) ?? []).map((commit) => commitJson(addresses, commit));
  return json(rows, 200, page.headers);
}

async function pullChanges({ gitDir }: World, { base, head }: PullRequest): Promise<readonly FileChange[]> {
  const ancestor = await mergeBase(gitDir, base.sha, head.sha);
  return await diffTrees(gitDir, ancestor ?? base.sha, head.sha);
}
