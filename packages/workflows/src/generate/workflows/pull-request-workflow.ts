import { type Blueprint, jobsFor } from "../blueprint/blueprint.ts";
import { header } from "../blueprint/header.ts";
import { workflowFileName, workflowPath } from "../blueprint/paths.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Workflow } from "../yaml/model.ts";
import { buildJobs } from "./build-jobs.ts";
import { okJob } from "./ok-job.ts";
import { planJob } from "./plan-job.ts";
import { shardFlags } from "./push-workflow.ts";

/** Pull requests and the merge queue: builds what changed, publishes nothing, and is given no secret. */
export function pullRequestWorkflow(blueprint: Blueprint): Workflow {
  const name = workflowFileName(blueprint.name, "pull-request");
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "pull-request"),
    header: header(blueprint),
    name,
    // Not only for some paths: a required check whose workflow does not start waits for ever.
    on: { pullRequest: true },
    concurrency: {
      group: `${evaluated("github.workflow")}-${evaluated("github.event.pull_request.number || github.ref")}`,
      policy: "replace",
    },
    jobs: [
      planJob(blueprint, "pull-request"),
      ...buildJobs(blueprint, false),
      okJob(blueprint, "pull-request", shardFlags(jobsFor(blueprint, false))),
    ],
  };
}
