import { bashWord } from "@fanfold-internal/kit/text/bash-word";
import { type Blueprint, HAS_PUBLISH, jobsFor, listOutput } from "../blueprint/blueprint.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Grant, Job, Step } from "../yaml/model.ts";
import { keepPlan, PLAN_ARTIFACT, PLAN_FILE } from "./artifacts.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import {
  checkoutOnly,
  cloudLogin,
  identityGrants,
  logins,
  ownLogins,
  ownRunner,
  readGrants,
  setupCosign,
  setupNode,
} from "./steps.ts";

/** The output that names it: a later attempt that repeats other jobs alone finds the plan of the attempt that made it. */
export const PLAN_ARTIFACT_OUTPUT = "plan-artifact";

/** The job that decides what is built, for pushes and for pull requests. */
export const PLAN_JOB = "plan";

/** An output of the plan's job, inside an expression. */
export const planOutput = (name: string): string => `needs.${PLAN_JOB}.outputs.${name}`;

/** `push`: what is built is published too, and a dispatch may name what is built. */
export function planJob(blueprint: Blueprint, kind: "push" | "pull-request"): Job {
  const outputs = [
    ...(kind === "push" ? mergeOutputs(blueprint) : []),
    ...jobsFor(blueprint, kind === "push").flatMap(({ output }) => [`has-${output}`, `matrix-${output}`]),
  ];
  const here = inRepository(blueprint);
  return {
    kind: "steps",
    id: PLAN_JOB,
    name: "Plan",
    needs: [],
    ...(here === undefined ? {} : { if: { condition: here } }),
    runsOn: ownRunner(blueprint),
    timeoutMinutes: 10,
    permissions: { kind: "granted", grants: grants(blueprint, kind) },
    outputs: {
      [PLAN_ARTIFACT_OUTPUT]: PLAN_ARTIFACT,
      ...Object.fromEntries(outputs.map((name) => [name, evaluated(`steps.plan.outputs.${name}`)])),
    },
    steps: [
      checkoutOnly(readByPlan(blueprint), "What the plan is made of; what changed, it asks the API."),
      ...(blueprint.reuses ? registryLogins(blueprint, kind) : []),
      ...(blueprint.reuses && kind === "push" ? setupCosign(blueprint) : []),
      ...setupNode(blueprint),
      planStep(blueprint, kind),
      keepPlan(blueprint),
    ],
  };
}

/** The expression by which jobs run in one repository alone; those that need the plan are skipped with it. */
export function inRepository({ workflow: { repository } }: Blueprint): string | undefined {
  return repository === undefined ? undefined : `github.repository == '${repository}'`;
}

const CONTENTS: Grant = { scope: "contents", access: "read", reason: "reads config and matrix, compares commits" };
const BY_EVENT = {
  push: [CONTENTS],
  "pull-request": [
    CONTENTS,
    { scope: "pull-requests", access: "read", reason: "lists the files of a large pull request" },
  ],
} as const;

/** What reuse reads: registries, with the logins that the event has, and which runs are not over. */
function grants(blueprint: Blueprint, kind: "push" | "pull-request"): readonly Grant[] {
  if (!blueprint.reuses) return BY_EVENT[kind];
  if (kind === "pull-request") return [...BY_EVENT[kind], ...readGrants(blueprint)];
  return [...BY_EVENT[kind], RUNS, ...readGrants(blueprint), ...identityGrants(blueprint)];
}

const RUNS: Grant = {
  scope: "actions",
  access: "read",
  reason: "asks which earlier runs are not over, for what they may still build",
};

function registryLogins(blueprint: Blueprint, kind: "push" | "pull-request"): readonly Step[] {
  return kind === "push" ? [...cloudLogin(blueprint), ...logins(blueprint)] : ownLogins(blueprint);
}

function mergeOutputs({ mergedLists, workflow }: Blueprint): readonly string[] {
  if (workflow.merge !== "matrix") return [HAS_PUBLISH];
  return [
    HAS_PUBLISH,
    ...mergedLists.flatMap((list) => [listOutput("has-merges", list), listOutput("merge-matrix", list)]),
  ];
}

/** Config, matrix, and what says what a build reads, wherever it lies. */
function readByPlan({ configFile, matrixFiles }: Blueprint): readonly string[] {
  const outside = [configFile, ...matrixFiles].filter((path) => !path.startsWith(".github/"));
  return ["/.github/", ...outside.map((path) => `/${path.replace(/[\\*?[]/g, "\\$&")}`), ...DOCKERFILES];
}

/** How Dockerfiles and the lists of what they must not read are called. Others are fetched when they are asked for. */
const DOCKERFILES = ["Dockerfile*", "*.[Dd]ockerfile", "Containerfile*", "*.[Cc]ontainerfile", "*.dockerignore"];

function planStep(blueprint: Blueprint, kind: "push" | "pull-request"): Step {
  const shards = [...blueprint.shardLimits].map(([name, count]) => `${name}=${count}`).join(",");
  const { ownActions, bakeVariables } = blueprint;
  const variables = Object.fromEntries(bakeVariables.map((name) => [name, evaluated(`vars.${name}`)]));
  if (ownActions !== undefined) {
    return {
      kind: "own",
      id: "plan",
      name: "Plan",
      ...(bakeVariables.length === 0 ? {} : { env: variables }),
      action: "plan",
      pin: ownActions,
      with: {
        config: blueprint.configFile,
        shards,
        ...(kind === "push" ? { only: evaluated("inputs.backends") } : {}),
      },
    };
  }
  const only = kind === "push" ? ' ${ONLY:+"--only=$ONLY"}' : "";
  return {
    kind: "run",
    id: "plan",
    name: "Plan",
    env: {
      GITHUB_TOKEN: evaluated("github.token"),
      ...(kind === "push" ? { ONLY: evaluated("inputs.backends") } : {}),
      ...variables,
    },
    run: [
      `${fanfoldCommand("fanfold")} plan --config ${bashWord(blueprint.configFile)} \\`,
      `  --shards ${shards}${only} --json > "$RUNNER_TEMP/${PLAN_FILE}"`,
      "",
    ].join("\n"),
  };
}
