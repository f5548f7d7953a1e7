import { evaluated, matrixKey } from "../yaml/expression.ts";
import type { Job, Workflow } from "../yaml/model.ts";
import { buildJobs } from "./build-jobs.ts";
import { type FamilyFacts, listOutput } from "./family-facts.ts";
import { header } from "./header.ts";
import { type GuardedJob, okJob } from "./ok-job.ts";
import { workflowFileName, workflowPath } from "./paths.ts";
import { PLAN_JOB, planJob, planOutput } from "./plan-job.ts";
import { pushGrants, secretNames } from "./steps.ts";

/** Branches, tags, a schedule, a button: builds what changed, and publishes it. */
export function pushWorkflow(facts: FamilyFacts): Workflow {
  const { workflow } = facts;
  const merges = mergeJobs(facts);
  return {
    kind: "workflow",
    path: workflowPath(facts.name, "push"),
    header: header(facts),
    name: workflowFileName(facts.name, "push"),
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
      planJob(facts, "push"),
      ...buildJobs(facts, true),
      ...merges.map(({ job }) => job),
      okJob(workflowFileName(facts.name, "push"), [...shardFlags(facts), ...merges.map(({ guarded }) => guarded)]),
    ],
  };
}

/** Which output says whether a shard's job runs. */
export function shardFlags({ jobs }: FamilyFacts): readonly GuardedJob[] {
  return jobs.map(({ id, output }) => ({ id, flags: [`has-${output}`] }));
}

interface MergeJob {
  readonly job: Job;
  readonly guarded: GuardedJob;
}

function mergeJobs(facts: FamilyFacts): readonly MergeJob[] {
  const { mergedLists, workflow } = facts;
  if (workflow.merge !== "matrix") return [mergeJob(facts, { id: "merge", name: "Merge", lists: mergedLists })];
  return mergedLists.map((list) =>
    mergeJob(facts, {
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

function mergeJob(facts: FamilyFacts, { id, name, lists, matrix }: MergeScope): MergeJob {
  const legs = facts.jobs.filter((job) => job.kind === "multi" && lists.includes(job.list));
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
    permissions: { kind: "granted", grants: pushGrants(facts) },
    concurrency: {
      group: `${facts.name}-merge${matrix === undefined ? "" : evaluated(matrixKey("tag-suffix"))}`,
      policy: "queue",
      why: "One after the other, so that no tag is set by two runs at once. All of them: a plain group would drop what waits.",
    },
    ...(matrix === undefined ? {} : { strategy: { matrix } }),
    uses: `./${workflowPath(facts.name, "merge")}`,
    with: matrix === undefined ? {} : { group: evaluated("toJson(matrix)") },
    secrets: secretNames(facts.workflow),
  };
  return { job, guarded: { id, flags } };
}
