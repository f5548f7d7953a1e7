import { BUILT_LIST } from "../../config/lists.ts";
import { type Blueprint, HAS_PUBLISH, listOutput } from "../blueprint/blueprint.ts";
import { workflowPath } from "../blueprint/paths.ts";
import { evaluated, matrixKey } from "../yaml/expression.ts";
import type { Job } from "../yaml/model.ts";
import { PLAN_INPUT } from "./artifacts.ts";
import { GROUP_INPUT } from "./merge-workflow.ts";
import type { GuardedJob } from "./ok-job.ts";
import { PLAN_ARTIFACT_OUTPUT, PLAN_JOB, planOutput } from "./plan-job.ts";
import { mergeGrants, mergeSecretNames } from "./steps.ts";

interface MergeJob {
  readonly job: Job;
  readonly guarded: GuardedJob;
}

/**
 * The jobs that tag what was built. `merge: batch`: one for all images. `merge: matrix`: one for each image of several legs,
 * and one for the rest.
 */
export function mergeJobs(blueprint: Blueprint): readonly MergeJob[] {
  if (blueprint.workflow.merge !== "matrix") return [mergeJob(blueprint, { ...ALL, id: "merge", name: "Merge" })];
  return [
    ...blueprint.mergedLists.map((list) =>
      mergeJob(blueprint, {
        id: listOutput("merge", list),
        name: `Merge ${evaluated(`${IMAGE} || 'core'`)}`,
        flag: listOutput("has-merges", list),
        builds: (job) => job.list === list && job.kind === "multi",
        matrix: evaluated(`fromJson(${planOutput(listOutput("merge-matrix", list))})`),
      }),
    ),
    mergeJob(blueprint, {
      id: "merge-rest",
      name: "Merge the rest",
      flag: HAS_PUBLISH,
      builds: ({ list, kind }) => list === BUILT_LIST && kind === "single",
    }),
  ];
}

const IMAGE = `${matrixKey("image")} || ${matrixKey("tag-suffix")}`;

interface MergeScope {
  readonly id: string;
  readonly name: string;
  /** The output of the plan by which it runs. */
  readonly flag: string;
  /** Whether it reads records of a build job. */
  readonly builds: (job: Blueprint["jobs"][number]) => boolean;
  /** One job for each of these images; undefined: one for all. */
  readonly matrix?: string;
}

/** Singles of a hand-written workflow leave no record: nothing waits for them. */
const ALL: Pick<MergeScope, "flag" | "builds"> = { flag: HAS_PUBLISH, builds: ({ merged }) => merged };

function mergeJob(blueprint: Blueprint, { id, name, flag, builds, matrix }: MergeScope): MergeJob {
  const job: Job = {
    kind: "call",
    id,
    name,
    needs: [PLAN_JOB, ...blueprint.jobs.filter(builds).map((build) => build.id)],
    if: {
      condition: evaluated(`!cancelled() && needs.${PLAN_JOB}.result == 'success' && ${planOutput(flag)} == 'true'`),
      why: "Also when a build failed: that costs its own image, which the merge refuses, and no other.",
    },
    permissions: { kind: "granted", grants: mergeGrants(blueprint) },
    concurrency: {
      group: `${blueprint.name}-${id}${matrix === undefined ? "" : `-${evaluated(IMAGE)}`}`,
      policy: "queue",
      why: "One after the other, so that no tag is set by two runs at once. All of them: a plain group would drop what waits.",
    },
    ...(matrix === undefined ? {} : { strategy: { matrix } }),
    uses: `./${workflowPath(blueprint.name, "merge")}`,
    with: {
      [PLAN_INPUT]: evaluated(planOutput(PLAN_ARTIFACT_OUTPUT)),
      ...(matrix === undefined ? {} : { [GROUP_INPUT]: evaluated("toJson(matrix)") }),
    },
    secrets: mergeSecretNames(blueprint),
  };
  return { job, guarded: { id, flags: [flag] } };
}
