import type { Blueprint, ShardJob } from "../blueprint/blueprint.ts";
import { header } from "../blueprint/header.ts";
import { workflowFileName, workflowPath } from "../blueprint/paths.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Workflow } from "../yaml/model.ts";
import { buildJobs } from "./build-jobs.ts";
import { mergeJobs } from "./merge-jobs.ts";
import { type GuardedJob, okJob } from "./ok-job.ts";
import { planJob } from "./plan-job.ts";

/** Branches, tags, a schedule, a button: builds what changed, and publishes it. */
export function pushWorkflow(blueprint: Blueprint): Workflow {
  const { workflow } = blueprint;
  const merges = mergeJobs(blueprint);
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "push"),
    header: header(blueprint),
    name: workflowFileName(blueprint.name, "push"),
    ...(blueprint.reuses ? { runName: RUN_NAME } : {}),
    on: {
      push: { branches: blueprint.branches, tags: blueprint.gitTags },
      ...(workflow.cron === undefined ? {} : { cron: workflow.cron }),
      dispatchInputs: {
        backends: {
          description: "What to build: images, backends or tag-suffixes, separated by commas; empty builds everything",
          required: false,
          type: "string",
        },
      },
    },
    concurrency: { group: `${evaluated("github.workflow")}-${evaluated("github.run_id")}`, policy: "side-by-side" },
    jobs: [
      planJob(blueprint, "push"),
      ...buildJobs(blueprint, true),
      ...merges.map(({ job }) => job),
      okJob(blueprint, "push", [...shardFlags(blueprint.jobs), ...merges.map(({ guarded }) => guarded)]),
    ],
  };
}

/** Later plans leave what is lost to a run that builds everything, and not to one that was told what to build. */
const RUN_NAME = {
  text: evaluated("inputs.backends && format('Only {0}', inputs.backends) || ''"),
  why: "A dispatch with names is not waited for by later plans, which know it by its title.",
} as const;

/** Which output says whether a shard's job runs. */
export function shardFlags(jobs: readonly ShardJob[]): readonly GuardedJob[] {
  return jobs.map(({ id, output }) => ({ id, flags: [`has-${output}`] }));
}
