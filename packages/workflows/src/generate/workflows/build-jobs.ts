import { ARTIFACT_KEY } from "../../config/lists.ts";
import { type Blueprint, type CalledList, jobsFor, type ShardJob } from "../blueprint/blueprint.ts";
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
  const jobs = jobsFor(blueprint, publishes);
  return jobs.map(
    (job): Job => ({
      kind: "call",
      id: job.id,
      name: `${imageName(blueprint)} ${platform}`,
      ...(job.wave === undefined
        ? { needs: [PLAN_JOB], if: { condition: `${planOutput(`has-${job.output}`)} == 'true'` } }
        : wavePlace(
            job.output,
            jobs.filter(({ wave }) => wave !== undefined && wave < (job.wave ?? 0)),
          )),
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

/** A wave comes after those before it, whatever became of them: a failed build costs what stands on it, and no other. */
function wavePlace(output: string, before: readonly ShardJob[]): Pick<Job, "needs" | "if"> {
  const condition = `!cancelled() && needs.${PLAN_JOB}.result == 'success' && ${planOutput(`has-${output}`)} == 'true'`;
  return {
    needs: [PLAN_JOB, ...before.map(({ id }) => id)],
    if:
      before.length === 0
        ? { condition: evaluated(condition) }
        : {
            condition: evaluated(condition),
            why: "Also when a build of an earlier wave failed: those that stand on it fail by name, and no others.",
          },
  };
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
