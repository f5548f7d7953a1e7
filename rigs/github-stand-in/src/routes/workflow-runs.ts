import { repositoryId } from "../http/addresses.ts";
import type { Call, WorkflowRun } from "../http/call.ts";
import { paginate } from "../http/paging.ts";
import { json, notFound, type Reply } from "../http/reply.ts";
import { repositoryJson } from "./repository.ts";

/** One workflow's number. */
const workflowId = 1;

/**
 * `GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs`: the latest first. The workflow is named by its file's name
 * or by its number. https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
 */
export async function listWorkflowRuns(call: Call, workflow: string): Promise<Reply> {
  const { world } = call;
  const own = [...world.runs.values()].filter(({ file }) => file === workflow || workflow === String(workflowId));
  if (own.length === 0 && !world.workflows.has(workflow)) return notFound();
  return await runsReply(call, own);
}

/** `GET /repos/{owner}/{repo}/actions/runs`: of all workflows. https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository */
export async function listRuns(call: Call): Promise<Reply> {
  return await runsReply(call, [...call.world.runs.values()]);
}

async function runsReply({ world, url, addresses }: Call, own: readonly WorkflowRun[]): Promise<Reply> {
  const wanted = (name: string): string | null => url.searchParams.get(name);
  const [branch, event, status, head] = [wanted("branch"), wanted("event"), wanted("status"), wanted("head_sha")];
  const runs = own
    .filter((run) => branch === null || run.branch === branch)
    .filter((run) => event === null || run.event === event)
    // One parameter for both: https://docs.github.com/rest/actions/workflow-runs
    .filter((run) => status === null || run.status === status || run.conclusion === status)
    .filter((run) => head === null || run.sha === head)
    .toSorted((left, right) => right.id - left.id);
  const page = paginate(runs, url, { default: 30, max: 100 });
  const repository = await repositoryJson(world, addresses);
  const body = {
    total_count: runs.length,
    workflow_runs: page.items.map((run) => runJson(run, { repository, ...addresses })),
  };
  return json(body, 200, page.headers);
}

interface RunGround {
  readonly repository: Readonly<Record<string, unknown>>;
  readonly repositoryApi: string;
  readonly repositoryWeb: string;
}

function runJson(run: WorkflowRun, { repository, repositoryApi, repositoryWeb }: RunGround): unknown {
  const { id, file, branch, sha, event, status, conclusion = null, title, attempt = 1 } = run;
  const url = `${repositoryApi}/actions/runs/${id}`;
  const at = new Date(Date.UTC(2024, 0, 1) + id * 1000).toISOString().replace(".000", "");
  return {
    id,
    name: file,
    node_id: `WFR_${id}`,
    head_branch: branch,
    head_sha: sha,
    path: `.github/workflows/${file}`,
    display_title: title ?? "A commit's message",
    run_number: id,
    event,
    status,
    conclusion,
    workflow_id: workflowId,
    check_suite_id: id,
    check_suite_node_id: `CS_${id}`,
    url,
    html_url: `${repositoryWeb}/actions/runs/${id}`,
    pull_requests: [],
    created_at: at,
    updated_at: at,
    actor: { login: "octo", id: 1, type: "User" },
    run_attempt: attempt,
    referenced_workflows: [],
    run_started_at: at,
    triggering_actor: { login: "octo", id: 1, type: "User" },
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryApi}/check-suites/${id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt === 1 ? null : `${url}/attempts/${attempt - 1}`,
    workflow_url: `${repositoryApi}/actions/workflows/${workflowId}`,
    head_commit: { id: sha, tree_id: sha, message: "A commit's message", timestamp: at, author: null, committer: null },
    repository,
    head_repository: repository,
    head_repository_id: repositoryId,
  };
}
