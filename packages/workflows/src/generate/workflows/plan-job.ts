import { posix } from "node:path";
import { bashWord } from "@fanfold-internal/kit/text/bash-word";
import { evaluated } from "../yaml/expression.ts";
import type { Grant, Job, Step } from "../yaml/model.ts";
import { type Blueprint, listOutput } from "./blueprint.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import { checkout, SETUP_NODE } from "./steps.ts";

/** The only file of the plan's artifact. */
export const PLAN_FILE = "plan.json";

/** Names end in it: artifacts of a run's attempts are never confused. */
export const RUN_ATTEMPT: string = evaluated("github.run_attempt");

/** The artifact that holds the plan. */
const PLAN_ARTIFACT = `plan-${RUN_ATTEMPT}`;

/**
 * The output that names it: a later attempt that repeats other jobs alone finds the plan of the attempt that made it.
 */
export const PLAN_ARTIFACT_OUTPUT = "plan-artifact";

/** The job that decides what is built, for pushes and for pull requests. */
export const PLAN_JOB = "generate-matrix";

/** An output of the plan's job, inside an expression. */
export const planOutput = (name: string): string => `needs.${PLAN_JOB}.outputs.${name}`;

/** `push`: the plan is kept for the merge, and a dispatch may name backends. */
export function planJob(blueprint: Blueprint, kind: "push" | "pull-request"): Job {
  const outputs = [
    ...(kind === "push" ? mergeOutputs(blueprint) : []),
    ...blueprint.jobs.flatMap(({ output }) => [`has-${output}`, `matrix-${output}`]),
  ];
  return {
    kind: "steps",
    id: PLAN_JOB,
    name: "Plan",
    needs: [],
    runsOn: "ubuntu-latest",
    timeoutMinutes: 10,
    permissions: { kind: "granted", grants: GRANTS[kind] },
    outputs: {
      ...(kind === "push" ? { [PLAN_ARTIFACT_OUTPUT]: PLAN_ARTIFACT } : {}),
      ...Object.fromEntries(outputs.map((name) => [name, evaluated(`steps.plan.outputs.${name}`)])),
    },
    steps: [
      {
        ...checkout(folders(blueprint)),
        why: "The plan is made of the config and the matrix; what changed, it asks the API.",
      },
      SETUP_NODE,
      planStep(blueprint, kind),
      ...(kind === "push" ? [uploadStep(blueprint)] : []),
    ],
  };
}

const CONTENTS: Grant = { scope: "contents", access: "read", reason: "reads config and matrix, compares commits" };
const GRANTS = {
  push: [CONTENTS],
  "pull-request": [
    CONTENTS,
    { scope: "pull-requests", access: "read", reason: "lists the files of a large pull request" },
  ],
} as const;

function mergeOutputs({ mergedLists, workflow }: Blueprint): readonly string[] {
  return mergedLists.flatMap((list) => [
    listOutput("has-merges", list),
    ...(workflow.merge === "matrix" ? [listOutput("merge-matrix", list)] : []),
  ]);
}

/** Where config and matrix lie; files in the root are there anyway. */
function folders({ configFile, matrixFile }: Blueprint): readonly string[] {
  return [...new Set([configFile, matrixFile].map(posix.dirname))].filter((folder) => folder !== ".");
}

function planStep(blueprint: Blueprint, kind: "push" | "pull-request"): Step {
  const shards = [...blueprint.shardLimits].map(([name, count]) => `${name}=${count}`).join(",");
  const only = kind === "push" ? ' ${ONLY:+"--only=$ONLY"}' : "";
  return {
    kind: "run",
    id: "plan",
    name: "Plan",
    env: {
      GITHUB_TOKEN: evaluated("github.token"),
      ...(kind === "push" ? { ONLY: evaluated("inputs.backends") } : {}),
    },
    run: [
      `${fanfoldCommand("fanfold")} plan --config ${bashWord(blueprint.configFile)} \\`,
      `  --shards ${shards}${only} --json > "$RUNNER_TEMP/${PLAN_FILE}"`,
      "",
    ].join("\n"),
  };
}

function uploadStep({ workflow }: Blueprint): Step {
  return {
    kind: "action",
    name: "Keep the plan for the merge",
    action: "actions/upload-artifact",
    with: {
      name: PLAN_ARTIFACT,
      path: `${evaluated("runner.temp")}/${PLAN_FILE}`,
      "if-no-files-found": "error",
      "retention-days": workflow["retention-days"] ?? DEFAULT_RETENTION_DAYS,
    },
  };
}

/** Long enough to repeat a failed leg after a weekend. */
export const DEFAULT_RETENTION_DAYS = 7;
