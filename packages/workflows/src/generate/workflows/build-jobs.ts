import { evaluated, filled, matrixKey } from "../yaml/expression.ts";
import type { Grant, Job, Values } from "../yaml/model.ts";
import type { Blueprint, CalledList, ShardJob } from "./blueprint.ts";
import { workflowPath } from "./paths.ts";
import { PLAN_JOB, planOutput } from "./plan-job.ts";
import { pushGrants, secretNames } from "./steps.ts";

/** What a build does with its image; the input `publish` of the build workflow. */
type Publish = "leg" | "image" | "nothing";

/** One job per shard, each a matrix over the entries of that shard. `publishes`: not for pull requests. */
export function buildJobs(blueprint: Blueprint, publishes: boolean): readonly Job[] {
  return blueprint.jobs.map((job): Job => {
    const name = evaluated(`${matrixKey("tag-suffix")} || 'core'`);
    const platform = evaluated(`${matrixKey("platform-tag")} || join(${matrixKey("platforms")}, ',')`);
    return {
      kind: "call",
      id: job.id,
      name: `${name} ${platform}`,
      needs: [PLAN_JOB],
      if: { condition: `${planOutput(`has-${job.output}`)} == 'true'` },
      strategy: {
        matrix: evaluated(`fromJson(${planOutput(`matrix-${job.output}`)})`),
        ...(blueprint.workflow["max-parallel"] === undefined
          ? {}
          : { maxParallel: blueprint.workflow["max-parallel"] }),
      },
      ...(job.callee === undefined ? ownBuild(blueprint, job, publishes) : calledBuild(job.callee, publishes)),
    };
  });
}

type Call = Pick<Extract<Job, { kind: "call" }>, "uses" | "with" | "secrets" | "permissions">;

function ownBuild(blueprint: Blueprint, { kind }: ShardJob, publishes: boolean): Call {
  const publish: Publish = publishes ? (kind === "multi" ? "leg" : "image") : "nothing";
  return {
    uses: `./${workflowPath(blueprint.name, "build")}`,
    with: { entry: evaluated("toJson(matrix)"), publish },
    secrets: publishes ? secretNames(blueprint.workflow) : [],
    permissions: { kind: "granted", grants: [SOURCES, ...(publishes ? pushGrants(blueprint) : [])] },
  };
}

/** A hand-written workflow is given the secrets that it declares, by name; for pull requests none. */
function calledBuild({ uses, with: inputs, callee }: CalledList, publishes: boolean): Call {
  return {
    uses,
    with: Object.fromEntries(
      Object.entries(inputs).map(([name, value]): [string, Values[string]] => [
        name,
        typeof value === "string" ? filled(value, matrixKey) : value,
      ]),
    ),
    secrets: publishes ? callee.secrets : [],
    permissions: { kind: "granted", grants: callee.grants },
  };
}

/** What every build needs. */
export const SOURCES: Grant = { scope: "contents", access: "read", reason: "checks out what is built" };
