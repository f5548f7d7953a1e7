import type { ChangedFile, FileStatus } from "./diff.ts";
import { type Answer, ask, connect, type GitHubAccess, type GitHubClient } from "./github-client.ts";

/** The Compare API lists at most this many files, on its first page only (https://docs.github.com/rest/commits/commits#compare-two-commits). */
export const MAX_COMPARE_FILES: number = 300;
/** https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
export const MAX_PULL_FILES: number = 3_000;

export interface CompareAnswer {
  readonly status: "ahead" | "behind" | "diverged" | "identical";
  readonly mergeBase: string;
  /** undefined: the answer had none. */
  readonly files: readonly ChangedFile[] | undefined;
}

/** The questions that the ladder asks GitHub. */
export interface GitHub {
  /** `base...head`: what head has changed since its merge base with base. Branch names work, and may hold slashes. */
  compare(base: string, head: string): Promise<Answer<CompareAnswer>>;
  /** The head commit that a pull request has now. */
  pullRequestHead(number: number): Promise<Answer<string>>;
  pullRequestFiles(number: number): Promise<Answer<readonly ChangedFile[]>>;
  tree(commit: string): Promise<Answer<TreeAnswer>>;
  /** A file's text at a commit; undefined: the commit has no such file. */
  fileAt(path: string, commit: string): Promise<Answer<string | undefined>>;
  /** Requests made so far, retries included. */
  calls(): number;
}

/** GitHub's API for one repository. Requests wait as they are told to, for a minute in sum, and none throws. */
export function openGitHub(access: GitHubAccess): GitHub {
  const client = connect(access);
  return {
    compare: (base, head) => compare(client, base, head),
    pullRequestHead: (number) => pullRequestHead(client, number),
    pullRequestFiles: (number) => pullRequestFiles(client, number),
    tree: (commit) => tree(client, commit),
    fileAt: (path, commit) => fileAt(client, path, commit),
    calls: client.calls,
  };
}

function compare({ octokit, repository }: GitHubClient, base: string, head: string): Promise<Answer<CompareAnswer>> {
  return ask(async () => {
    // per_page trims the list of commits, which nobody reads here, and not that of files.
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
      ...repository,
      basehead: `${base}...${head}`,
      per_page: 1,
    });
    return {
      status: data.status,
      mergeBase: data.merge_base_commit.sha,
      files: Array.isArray(data.files) ? data.files.map(changedFile) : undefined,
    };
  });
}

function pullRequestHead({ octokit, repository }: GitHubClient, number: number): Promise<Answer<string>> {
  return ask(async () => (await octokit.rest.pulls.get({ ...repository, pull_number: number })).data.head.sha);
}

function pullRequestFiles(
  { octokit, repository }: GitHubClient,
  number: number,
): Promise<Answer<readonly ChangedFile[]>> {
  return ask(async () => {
    const rows = await octokit.paginate(octokit.rest.pulls.listFiles, {
      ...repository,
      pull_number: number,
      per_page: 100,
    });
    return rows.map(changedFile);
  });
}

/** Every file of a commit: path to mode and object; `truncated`: more than GitHub lists. */
export type TreeAnswer =
  | { readonly kind: "tree"; readonly files: ReadonlyMap<string, string> }
  | { readonly kind: "truncated" };

function tree({ octokit, repository }: GitHubClient, commit: string): Promise<Answer<TreeAnswer>> {
  return ask(async () => {
    const { data } = await octokit.rest.git.getTree({ ...repository, tree_sha: commit, recursive: "1" });
    if (data.truncated !== false) return { kind: "truncated" };
    const files = data.tree
      .filter(({ type }) => type !== "tree")
      .map(({ path, mode, sha }) => [path, `${mode} ${sha}`] as const);
    return { kind: "tree", files: new Map(files) };
  });
}

async function fileAt(
  { octokit, repository }: GitHubClient,
  path: string,
  commit: string,
): Promise<Answer<string | undefined>> {
  const answer = await ask(async () => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...repository,
      path,
      ref: commit,
      mediaType: { format: "raw" },
    });
    const text: unknown = data;
    return typeof text === "string" ? text : undefined;
  });
  return answer.kind === "failed" && answer.reason === "not-found" ? { kind: "answer", value: undefined } : answer;
}

/** What changed from one listing to the other. */
export function treeDiff(base: ReadonlyMap<string, string>, head: ReadonlyMap<string, string>): readonly ChangedFile[] {
  const files: ChangedFile[] = [];
  const push = (path: string, status: FileStatus): void => {
    files.push({ path, previousPath: null, status });
  };
  for (const [path, object] of head) {
    const before = base.get(path);
    if (before === undefined) push(path, "added");
    else if (before !== object) push(path, "modified");
  }
  for (const path of base.keys()) if (!head.has(path)) push(path, "removed");
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const STATUS: Readonly<Record<string, FileStatus>> = {
  added: "added",
  copied: "added",
  removed: "removed",
  renamed: "renamed",
};

function changedFile(row: {
  readonly filename: string;
  readonly status: string;
  readonly previous_filename?: string | undefined;
}): ChangedFile {
  return {
    path: row.filename,
    previousPath: row.status === "copied" ? null : (row.previous_filename ?? null),
    status: STATUS[row.status] ?? "modified",
  };
}
