import type { Call, RunJob } from "../http/call.ts";
import { paginate } from "../http/paging.ts";
import { json, notFound, type Reply } from "../http/reply.ts";

/**
 * `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`: in the order in which they were made.
 * https://docs.github.com/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run
 */
export function listRunJobs({ world, url, addresses }: Call, id: number): Reply {
  const run = world.runs.get(id);
  if (run === undefined) return notFound();
  const { jobs = [], sha, branch, attempt = 1, file } = run;
  const page = paginate(jobs, url, { default: 30, max: 100 });
  const { repositoryApi, repositoryWeb } = addresses;
  const ofRun = {
    run_id: id,
    run_url: `${repositoryApi}/actions/runs/${id}`,
    run_attempt: attempt,
    head_sha: sha,
    head_branch: branch,
    workflow_name: file,
  };
  const numbered = page.items.map((job) => {
    const number = id * 10_000 + jobs.indexOf(job);
    const url = `${repositoryApi}/actions/jobs/${number}`;
    const check = `${repositoryApi}/check-runs/${number}`;
    const html = `${repositoryWeb}/actions/runs/${id}/job/${number}`;
    return { id: number, ...ofRun, url, html_url: html, check_run_url: check, ...jobJson(job, number) };
  });
  return json({ total_count: jobs.length, jobs: numbered }, 200, page.headers);
}

function jobJson({ name, conclusion, created, started, completed, labels }: RunJob, number: number): object {
  // One that was skipped had no runner.
  const skipped = conclusion === "skipped";
  const times = { started_at: started, completed_at: completed };
  return {
    node_id: `CR_${number}`,
    status: "completed",
    conclusion,
    created_at: created,
    ...times,
    name,
    steps: skipped ? [] : [{ name: "Set up job", status: "completed", conclusion: "success", number: 1, ...times }],
    labels: skipped ? [] : (labels ?? ["ubuntu-latest"]),
    runner_id: skipped ? null : number % 1_000,
    runner_name: skipped ? null : `GitHub Actions ${number % 1_000}`,
    runner_group_id: skipped ? null : 0,
    runner_group_name: skipped ? null : "GitHub Actions",
  };
}
