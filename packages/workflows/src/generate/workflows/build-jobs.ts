import { ARTIFACT_KEY } from "../../config/lists.ts";
import type { Blueprint, CalledList } from "../blueprint/blueprint.ts";
import { workflowPath } from "../blueprint/paths.ts";
import { evaluated, filled, matrixKey } from "../yaml/expression.ts";
import type { Grant, Job, Values } from "../yaml/model.ts";
import { PLAN_INPUT, RUN_ATTEMPT } from "./artifacts.ts";
import { PLAN_ARTIFACT_OUTPUT, PLAN_JOB, planOutput } from "./plan-job.ts";
import { buildSecretNames, pullGrants, pushGrants } from "./steps.ts";

/** What a build does with its image; the input `publish` of the build workflow. */
type Publish = "leg" | "nothing";

/** One job per shard, each a matrix over the entries of that shard. `publishes`: not for pull requests. */
export function buildJobs(blueprint: Blueprint, publishes: boolean): readonly Job[] {
  const platform = evaluated(`${matrixKey("platform-tag")} || join(${matrixKey("platforms")}, ',')`);
  return blueprint.jobs.map(
    (job): Job => ({
      kind: "call",
      id: job.id,
      name: `${imageName(blueprint)} ${platform}`,
      needs: [PLAN_JOB],
      if: { condition: `${planOutput(`has-${job.output}`)} == 'true'` },
      strategy: {
        matrix: evaluated(`fromJson(${planOutput(`matrix-${job.output}`)})`),
        ...(blueprint.workflow["max-parallel"] === undefined
          ? {}
          : { maxParallel: blueprint.workflow["max-parallel"] }),
      },
      ...(job.callee === undefined ? ownBuild(blueprint, publishes) : calledBuild(job.callee, publishes)),
    }),
  );
}

/** An image as people call it, of an entry of the matrix: `radarr`, `python:3.13-slim`. */
function imageName({ nameKeys: { imageKeys, groupKeys } }: Blueprint): string {
  const suffix = matrixKey("tag-suffix");
  const image = imageKeys.map((key) =>
    evaluated(key === "image" ? `${matrixKey("image")} || ${matrixKey("backend")}` : matrixKey(key)),
  );
  const group = groupKeys.map((key) => evaluated(matrixKey(key)));
  const parts = [image.join("-"), group.join("-")].filter((part) => part !== "");
  return parts.length === 0 ? evaluated(`${suffix} || 'core'`) : `${parts.join(":")}${evaluated(suffix)}`;
}

type Call = Pick<Extract<Job, { kind: "call" }>, "uses" | "with" | "secrets" | "permissions">;

function ownBuild(blueprint: Blueprint, publishes: boolean): Call {
  const publish: Publish = publishes ? "leg" : "nothing";
  const grants = publishes ? pushGrants(blueprint) : pullGrants(blueprint);
  return {
    uses: `./${workflowPath(blueprint.name, "build")}`,
    with: { entry: evaluated("toJson(matrix)"), [PLAN_INPUT]: evaluated(planOutput(PLAN_ARTIFACT_OUTPUT)), publish },
    secrets: publishes ? buildSecretNames(blueprint.workflow) : [],
    permissions: { kind: "granted", grants: [SOURCES, ...grants] },
  };
}

/** A hand-written workflow is given the secrets that it declares, by name; for pull requests none. */
function calledBuild({ uses, with: inputs, callee }: CalledList, publishes: boolean): Call {
  return {
    uses,
    with: Object.fromEntries(
      Object.entries(inputs).map(([name, value]): [string, Values[string]] => [
        name,
        typeof value === "string" ? filled(value, calledKey) : value,
      ]),
    ),
    secrets: publishes ? callee.secrets : [],
    permissions: { kind: "granted", grants: callee.grants },
  };
}

/** The artifact's name is handed over as it is uploaded: with the attempt. */
function calledKey(key: string): string {
  return key === ARTIFACT_KEY ? `format('{0}-{1}', ${matrixKey(key)}, ${RUN_ATTEMPT})` : matrixKey(key);
}

/** What every build needs. */
export const SOURCES: Grant = { scope: "contents", access: "read", reason: "checks out what is built" };
