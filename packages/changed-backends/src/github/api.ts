import { Secrets } from "@fanfold-internal/kit/text/secrets";
import type { ChangedFile } from "../base/diff.ts";
import {
  answerReader,
  type CommitParents,
  type CompareAnswer,
  changedFile,
  commitParents,
  compareAnswer,
  type PullRequestAnswer,
  pullRequestAnswer,
  type RunJob,
  runJobsAnswer,
  type TreeAnswer,
  treeAnswer,
  type WorkflowRun,
  workflowRunsAnswer,
} from "./answers.ts";
import { type Answer, ask, type Failure, type GitHubAccess, type GitHubClient, IncompleteAnswer } from "./client.ts";

/** The Compare API lists at most this many files, on its first page only (https://docs.github.com/rest/commits/commits#compare-two-commits). */
export const MAX_COMPARE_FILES: number = 300;
/** https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
export const MAX_PULL_FILES: number = 3_000;

/** The questions that the ladder asks GitHub. */
export interface GitHub {
  /**
   * `base...head`: what head has changed since its merge base with base. Branch names work, and may hold slashes.
   * `commits`: how many of head's commits are wanted, at most 100.
   */
  compare(base: string, head: string, commits?: number): Promise<Answer<CompareAnswer>>;
  pullRequest(number: number): Promise<Answer<PullRequestAnswer>>;
  pullRequestFiles(number: number): Promise<Answer<readonly ChangedFile[]>>;
  /** At most 250 (https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request). */
  pullRequestCommits(number: number): Promise<Answer<readonly CommitParents[]>>;
  tree(commit: string): Promise<Answer<TreeAnswer>>;
  /** The commit that a branch is at. */
  branchTip(branch: string): Promise<Answer<string>>;
  /** A file's text at a commit; undefined: the commit has no such file. */
  fileAt(path: string, commit: string): Promise<Answer<string | undefined>>;
  /** The latest runs of a workflow, by its file's name, that a branch has. */
  workflowRuns(file: string, branch: string): Promise<Answer<readonly WorkflowRun[]>>;
  /** Runs that are over, the latest first, at most 100: of a workflow, by its file's name, or of all. */
  finishedRuns(file: string | undefined): Promise<Answer<readonly WorkflowRun[]>>;
  /** The jobs of a run's last attempt. */
  runJobs(id: string): Promise<Answer<readonly RunJob[]>>;
  /** Requests made so far, retries included. */
  calls(): number;
}

/** GitHub's API for one repository. Requests wait as they are told to, for a minute in sum, and none throws. */
export function openGitHub(access: GitHubAccess): GitHub {
  let calls = 0;
  let client: Promise<GitHubClient> | undefined;
  let down: Failure | undefined;
  const secrets = access.debug?.secrets ?? new Secrets();
  secrets.add(access.token);
  const onRequest = (): void => {
    calls += 1;
  };
  // Loaded only here: a local plan asks no API.
  const ready = (): Promise<GitHubClient> => {
    client ??= import("./octokit.ts").then(({ connect }) => connect(access, onRequest));
    return client;
  };
  const question =
    <Asked extends readonly unknown[], T>(request: (client: GitHubClient, ...asked: Asked) => Promise<T>) =>
    async (...asked: Asked): Promise<Answer<T>> => {
      // Who does not answer, or asks for more patience than there is, is not asked again.
      if (down !== undefined) return down;
      const answer = await ask(
        async () => request(await ready(), ...asked),
        (text) => secrets.hide(text),
      );
      if (answer.kind === "failed" && answer.apiDown) down = answer;
      return answer;
    };
  return {
    compare: question(compare),
    pullRequest: question(pullRequest),
    pullRequestFiles: question(pullRequestFiles),
    pullRequestCommits: question(pullRequestCommits),
    tree: question(tree),
    branchTip: question(branchTip),
    workflowRuns: question(workflowRuns),
    finishedRuns: question(finishedRuns),
    runJobs: question(runJobs),
    async fileAt(path, commit) {
      const answer = await question(fileAt)(path, commit);
      return answer.kind === "failed" && answer.reason === "not-found" ? { kind: "answer", value: undefined } : answer;
    },
    calls: () => calls,
  };
}

async function compare(
  { octokit, repository }: GitHubClient,
  base: string,
  head: string,
  commits = 1,
): Promise<CompareAnswer> {
  // per_page trims the list of commits, and not that of files.
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...repository,
    basehead: `${base}...${head}`,
    per_page: commits,
  });
  return compareAnswer(data);
}

async function pullRequest({ octokit, repository }: GitHubClient, number: number): Promise<PullRequestAnswer> {
  const { data } = await octokit.rest.pulls.get({ ...repository, pull_number: number });
  return pullRequestAnswer(data);
}

async function pullRequestFiles(
  { octokit, repository }: GitHubClient,
  number: number,
): Promise<readonly ChangedFile[]> {
  const question = { ...repository, pull_number: number, per_page: 100 };
  const rows = await octokit.paginate(octokit.rest.pulls.listFiles, question);
  return answerReader(rows, "files of a pull request").items().map(changedFile);
}

async function pullRequestCommits(
  { octokit, repository }: GitHubClient,
  number: number,
): Promise<readonly CommitParents[]> {
  const question = { ...repository, pull_number: number, per_page: 100 };
  const rows = await octokit.paginate(octokit.rest.pulls.listCommits, question);
  return answerReader(rows, "commits of a pull request").items().map(commitParents);
}

async function tree({ octokit, repository }: GitHubClient, commit: string): Promise<TreeAnswer> {
  const { data } = await octokit.rest.git.getTree({ ...repository, tree_sha: commit, recursive: "1" });
  return treeAnswer(data);
}

async function branchTip({ octokit, repository }: GitHubClient, branch: string): Promise<string> {
  const { data } = await octokit.rest.repos.getCommit({ ...repository, ref: `heads/${branch}`, per_page: 1 });
  return answerReader(data, "commit").at("sha").text();
}

/** https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow */
async function workflowRuns(
  { octokit, repository }: GitHubClient,
  file: string,
  branch: string,
): Promise<readonly WorkflowRun[]> {
  // Each is 12 kB; who waits has started lately.
  const question = { ...repository, workflow_id: file, branch, exclude_pull_requests: true, per_page: 50 };
  const { data } = await octokit.rest.actions.listWorkflowRuns(question);
  return workflowRunsAnswer(data);
}

/** https://docs.github.com/rest/actions/workflow-runs */
async function finishedRuns(
  { octokit, repository }: GitHubClient,
  file: string | undefined,
): Promise<readonly WorkflowRun[]> {
  const question = { ...repository, status: "completed", exclude_pull_requests: true, per_page: 100 } as const;
  const { data } =
    file === undefined
      ? await octokit.rest.actions.listWorkflowRunsForRepo(question)
      : await octokit.rest.actions.listWorkflowRuns({ ...question, workflow_id: file });
  return workflowRunsAnswer(data);
}

/** https://docs.github.com/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run */
async function runJobs({ octokit, repository }: GitHubClient, id: string): Promise<readonly RunJob[]> {
  const question = { ...repository, run_id: Number(id), filter: "latest", per_page: 100 } as const;
  return runJobsAnswer(await octokit.paginate(octokit.rest.actions.listJobsForWorkflowRun, question));
}

async function fileAt({ octokit, repository }: GitHubClient, path: string, commit: string): Promise<string> {
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
}
