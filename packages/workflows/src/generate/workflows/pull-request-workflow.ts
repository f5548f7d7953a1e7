import { evaluated } from "../yaml/expression.ts";
import type { Workflow } from "../yaml/model.ts";
import { buildJobs } from "./build-jobs.ts";
import type { FamilyFacts } from "./family-facts.ts";
import { header } from "./header.ts";
import { okJob } from "./ok-job.ts";
import { workflowFileName, workflowPath } from "./paths.ts";
import { planJob } from "./plan-job.ts";
import { shardFlags } from "./push-workflow.ts";

/** Pull requests and the merge queue: builds what changed, publishes nothing, and is given no secret. */
export function pullRequestWorkflow(facts: FamilyFacts): Workflow {
  const name = workflowFileName(facts.name, "pull-request");
  return {
    kind: "workflow",
    path: workflowPath(facts.name, "pull-request"),
    header: header(facts),
    name,
    // Not only for some paths: a required check whose workflow does not start waits for ever.
    on: { pullRequest: true },
    concurrency: {
      group: `${evaluated("github.workflow")}-${evaluated("github.event.pull_request.number || github.ref")}`,
      policy: "replace",
    },
    jobs: [planJob(facts, "pull-request"), ...buildJobs(facts, false), okJob(name, shardFlags(facts))],
  };
}
