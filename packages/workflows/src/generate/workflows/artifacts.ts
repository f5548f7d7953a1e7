import type { Blueprint } from "../blueprint/blueprint.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Step } from "../yaml/model.ts";

/** The only file of the plan's artifact. */
export const PLAN_FILE = "plan.json";

/** Names end in it: artifacts of a run's attempts are never confused, and GitHub may serve an older one of the same name. */
export const RUN_ATTEMPT: string = "github.run_attempt";

/** The artifact that holds the plan. */
export const PLAN_ARTIFACT: string = `plan-${evaluated(RUN_ATTEMPT)}`;

/** The input of the generated workflows that are called: the artifact that holds the plan of the run. */
export const PLAN_INPUT = "plan";

/** The plan where steps of a called workflow find it, in bash. */
export const PLAN_PATH: string = `"$RUNNER_TEMP/plan/${PLAN_FILE}"`;

/** Where records are left, and where those of other jobs are unpacked, in bash. */
export const RECORDS_PATH = '"$RUNNER_TEMP/records"';

const TEMP = evaluated("runner.temp");

/** The same two places as inputs of an action. */
export const PLAN_PLACE: string = `${TEMP}/plan/${PLAN_FILE}`;
export const RECORDS_PLACE: string = `${TEMP}/records`;

// Folders of their own: npx is run with the one above as its prefix, and would take a node_modules there for its own.
export const FETCH_PLAN: Step = {
  kind: "action",
  name: "Fetch the plan",
  action: "actions/download-artifact",
  with: { name: evaluated(`inputs.${PLAN_INPUT}`), path: `${TEMP}/plan` },
};

/** The records of all attempts whose artifacts match a pattern: what reads them takes the last of each. */
export function fetchRecords(pattern: string): Step {
  return {
    kind: "action",
    name: "Fetch the records",
    why: "The pattern only saves time: the merge opens what the plan names, of several attempts the last.",
    action: "actions/download-artifact",
    with: { pattern, path: `${TEMP}/records` },
  };
}

/** Where records of bases are unpacked, in bash. */
export const BASES_PATH = '"$RUNNER_TEMP/bases"';

/** The same, for an action's input. */
export const BASES_PLACE: string = `${TEMP}/bases`;

/** The records of the images of this run that an entry is built from. `pattern`: an expression. */
export function fetchBases(pattern: string, condition: string): Step {
  return {
    kind: "action",
    name: "Fetch the records of its bases",
    why: "What it is built from is this run's: by digest, before it has a tag.",
    if: condition,
    action: "actions/download-artifact",
    with: { pattern: evaluated(pattern), path: BASES_PLACE },
  };
}

export function keepPlan(blueprint: Blueprint): Step {
  return upload(blueprint, {
    name: "Keep the plan",
    why: "Builds and merges read from it what to make and what to tag.",
    artifact: PLAN_ARTIFACT,
    path: `${TEMP}/${PLAN_FILE}`,
  });
}

/** `artifact`: an expression. */
export function keepRecord(blueprint: Blueprint, artifact: string, condition: string): Step {
  return upload(blueprint, {
    name: "Keep the record for the merge",
    if: condition,
    artifact: `${evaluated(artifact)}-${evaluated(RUN_ATTEMPT)}`,
    path: `${TEMP}/records/${evaluated(artifact)}`,
  });
}

function upload(
  { workflow }: Blueprint,
  { artifact, path, ...step }: Pick<Step, "name" | "why" | "if"> & { readonly artifact: string; readonly path: string },
): Step {
  return {
    ...step,
    kind: "action",
    action: "actions/upload-artifact",
    with: {
      name: artifact,
      path,
      "if-no-files-found": "error",
      "retention-days": workflow["retention-days"] ?? DEFAULT_RETENTION_DAYS,
    },
  };
}

/** Long enough to repeat a failed leg after a weekend. */
const DEFAULT_RETENTION_DAYS = 7;
