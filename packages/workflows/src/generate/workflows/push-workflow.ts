import { evaluated, matrixKey } from "../yaml/expression.ts";
import type { Job, Workflow } from "../yaml/model.ts";
import { type Blueprint, listOutput } from "./blueprint.ts";
import { buildJobs } from "./build-jobs.ts";
import { header } from "./header.ts";
import { type GuardedJob, okJob } from "./ok-job.ts";
import { workflowFileName, workflowPath } from "./paths.ts";
import { PLAN_ARTIFACT_OUTPUT, PLAN_JOB, planJob, planOutput } from "./plan-job.ts";
import { pushGrants, secretNames } from "./steps.ts";

/** Branches, tags, a schedule, a button: builds what changed, and publishes it. */
export function pushWorkflow(blueprint: Blueprint): Workflow {
  const { workflow } = blueprint;
  const merges = mergeJobs(blueprint);
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "push"),
    header: header(blueprint),
    name: workflowFileName(blueprint.name, "push"),
    on: {
      push: { branches: workflow.branches ?? ["main"], tags: workflow.tags ?? ["*"] },
      ...(workflow.cron === undefined ? {} : { cron: workflow.cron }),
      dispatchInputs: {
        backends: {
          description: "Backends to build, separated by commas; empty builds everything",
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
      okJob(workflowFileName(blueprint.name, "push"), [
        ...shardFlags(blueprint),
        ...merges.map(({ guarded }) => guarded),
      ]),
    ],
  };
}

/** Which output says whether a shard's job runs. */
export function shardFlags({ jobs }: Blueprint): readonly GuardedJob[] {
  return jobs.map(({ id, output }) => ({ id, flags: [`has-${output}`] }));
}

interface MergeJob {
  readonly job: Job;
  readonly guarded: GuardedJob;
}

function mergeJobs(blueprint: Blueprint): readonly MergeJob[] {
  const { mergedLists, workflow } = blueprint;
  if (workflow.merge !== "matrix") return [mergeJob(blueprint, { id: "merge", name: "Merge", lists: mergedLists })];
  return mergedLists.map((list) =>
    mergeJob(blueprint, {
      id: listOutput("merge", list),
      name: `Merge ${evaluated(`${matrixKey("tag-suffix")} || 'core'`)}`,
      lists: [list],
      matrix: evaluated(`fromJson(${planOutput(listOutput("merge-matrix", list))})`),
    }),
  );
}

interface MergeScope {
  readonly id: string;
  readonly name: string;
  readonly lists: readonly string[];
  /** One job for each of these groups; undefined: one for all. */
  readonly matrix?: string;
}

function mergeJob(blueprint: Blueprint, { id, name, lists, matrix }: MergeScope): MergeJob {
  const legs = blueprint.jobs.filter((job) => job.kind === "multi" && lists.includes(job.list));
  const flags = lists.map((list) => listOutput("has-merges", list));
  const some = flags.map((flag) => `${planOutput(flag)} == 'true'`).join(" || ");
  const planned = `needs.${PLAN_JOB}.result == 'success' && ${flags.length > 1 ? `(${some})` : some}`;
  const job: Job = {
    kind: "call",
    id,
    name,
    needs: [PLAN_JOB, ...legs.map((leg) => leg.id)],
    if: {
      condition: evaluated(`!cancelled() && ${planned}`),
      why: "Also when a leg failed: that costs its own image, which the merge refuses, and no other.",
    },
    permissions: { kind: "granted", grants: pushGrants(blueprint) },
    concurrency: {
      group: `${blueprint.name}-merge${matrix === undefined ? "" : evaluated(matrixKey("tag-suffix"))}`,
      policy: "queue",
      why: "One after the other, so that no tag is set by two runs at once. All of them: a plain group would drop what waits.",
    },
    ...(matrix === undefined ? {} : { strategy: { matrix } }),
    uses: `./${workflowPath(blueprint.name, "merge")}`,
    with:
      matrix === undefined
        ? { plan: evaluated(planOutput(PLAN_ARTIFACT_OUTPUT)) }
        : { group: evaluated("toJson(matrix)") },
    secrets: secretNames(blueprint.workflow),
  };
  return { job, guarded: { id, flags } };
}
