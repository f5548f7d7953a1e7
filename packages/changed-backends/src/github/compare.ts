import { isJsonObject, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { ChangedFile, FileStatus } from "../base/diff.ts";
import { type Answer, ask, type GitHubAccess, type GitHubClient, IncompleteAnswer } from "./client.ts";

/** The Compare API lists at most this many files, on its first page only (https://docs.github.com/rest/commits/commits#compare-two-commits). */
export const MAX_COMPARE_FILES: number = 300;
/** https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
export const MAX_PULL_FILES: number = 3_000;

export interface CompareAnswer {
  /** `ahead`, `behind`, `diverged` or `identical`. */
  readonly status: string;
  readonly mergeBase: string;
  /** undefined: the answer had none. */
  readonly files: readonly ChangedFile[] | undefined;
}

/** A pull request as it is now. */
export interface PullRequestAnswer {
  readonly head: string;
  /** The branch that it goes to, which can be changed. */
  readonly branch: string;
  readonly changedFiles: number;
}

/** Every file of a commit: path to mode and object; `truncated`: more than GitHub lists. */
export type TreeAnswer =
  | { readonly kind: "tree"; readonly files: ReadonlyMap<string, string> }
  | { readonly kind: "truncated" };

/** The questions that the ladder asks GitHub. */
export interface GitHub {
  /** `base...head`: what head has changed since its merge base with base. Branch names work, and may hold slashes. */
  compare(base: string, head: string): Promise<Answer<CompareAnswer>>;
  pullRequest(number: number): Promise<Answer<PullRequestAnswer>>;
  pullRequestFiles(number: number): Promise<Answer<readonly ChangedFile[]>>;
  tree(commit: string): Promise<Answer<TreeAnswer>>;
  /** The commit that a branch is at. */
  branchTip(branch: string): Promise<Answer<string>>;
  /** A file's text at a commit; undefined: the commit has no such file. */
  fileAt(path: string, commit: string): Promise<Answer<string | undefined>>;
  /** Requests made so far, retries included. */
  calls(): number;
}

/** GitHub's API for one repository. Requests wait as they are told to, for a minute in sum, and none throws. */
export function openGitHub(access: GitHubAccess): GitHub {
  let calls = 0;
  let client: Promise<GitHubClient> | undefined;
  const onRequest = (): void => {
    calls += 1;
  };
  // Loaded only here: a local plan asks no API.
  const ready = (): Promise<GitHubClient> => {
    client ??= import("./octokit.ts").then(({ connect }) => connect(access, onRequest));
    return client;
  };
  return {
    compare: async (base, head) => compare(await ready(), base, head),
    pullRequest: async (number) => pullRequest(await ready(), number),
    pullRequestFiles: async (number) => pullRequestFiles(await ready(), number),
    tree: async (commit) => tree(await ready(), commit),
    branchTip: async (branch) => branchTip(await ready(), branch),
    fileAt: async (path, commit) => fileAt(await ready(), path, commit),
    calls: () => calls,
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
    const answer = fieldsOf(data, "comparison");
    const { files } = answer;
    return {
      status: text(answer, "status"),
      mergeBase: text(fieldsOf(answer["merge_base_commit"], "merge base"), "sha"),
      files: Array.isArray(files) ? files.map(changedFile) : undefined,
    };
  });
}

function pullRequest({ octokit, repository }: GitHubClient, number: number): Promise<Answer<PullRequestAnswer>> {
  return ask(async () => {
    const { data } = await octokit.rest.pulls.get({ ...repository, pull_number: number });
    const answer = fieldsOf(data, "pull request");
    const { changed_files: changedFiles } = answer;
    if (typeof changedFiles !== "number") throw new IncompleteAnswer("a pull request without changed_files");
    return {
      head: text(fieldsOf(answer["head"], "head of a pull request"), "sha"),
      branch: text(fieldsOf(answer["base"], "base of a pull request"), "ref"),
      changedFiles,
    };
  });
}

function pullRequestFiles(
  { octokit, repository }: GitHubClient,
  number: number,
): Promise<Answer<readonly ChangedFile[]>> {
  return ask(async () => {
    const rows: readonly unknown[] = await octokit.paginate(octokit.rest.pulls.listFiles, {
      ...repository,
      pull_number: number,
      per_page: 100,
    });
    return rows.map(changedFile);
  });
}

function tree({ octokit, repository }: GitHubClient, commit: string): Promise<Answer<TreeAnswer>> {
  return ask(async () => {
    const { data } = await octokit.rest.git.getTree({ ...repository, tree_sha: commit, recursive: "1" });
    const { tree: rows, truncated } = fieldsOf(data, "tree");
    if (!Array.isArray(rows) || typeof truncated !== "boolean")
      throw new IncompleteAnswer("a tree without its entries");
    if (truncated) return { kind: "truncated" };
    const files = new Map<string, string>();
    for (const row of rows) {
      const entry = fieldsOf(row, "tree entry");
      if (text(entry, "type") === "tree") continue;
      const path = text(entry, "path");
      const object = `${text(entry, "mode")} ${text(entry, "sha")}`;
      // Paths that differ only in bytes that are not UTF-8 have one text: they count as one file.
      files.set(path, `${files.get(path) ?? ""}${object};`);
    }
    return { kind: "tree", files };
  });
}

function branchTip({ octokit, repository }: GitHubClient, branch: string): Promise<Answer<string>> {
  return ask(async () => {
    const { data } = await octokit.rest.repos.getCommit({ ...repository, ref: `heads/${branch}`, per_page: 1 });
    return text(fieldsOf(data, "commit"), "sha");
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
    const content: unknown = data;
    if (content instanceof ArrayBuffer) return new TextDecoder().decode(content);
    if (typeof content !== "string") throw new IncompleteAnswer("a file without its content");
    return content;
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

const STATUS: ReadonlyMap<string, FileStatus> = new Map([
  ["added", "added"],
  ["copied", "added"],
  ["removed", "removed"],
  ["renamed", "renamed"],
]);

function changedFile(row: unknown): ChangedFile {
  const fields = fieldsOf(row, "changed file");
  const previous = fields["previous_filename"];
  const status = text(fields, "status");
  return {
    path: text(fields, "filename"),
    previousPath: status === "copied" || typeof previous !== "string" ? null : previous,
    status: STATUS.get(status) ?? "modified",
  };
}

function fieldsOf(value: unknown, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new IncompleteAnswer(`the answer has no ${what}`);
}

function text(fields: JsonObject, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value;
  throw new IncompleteAnswer(`the answer has no ${name}`);
}
