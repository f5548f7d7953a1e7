import { bashWord } from "@fanfold-internal/kit/text/bash-word";
import { evaluated } from "../yaml/expression.ts";
import type { Step, Workflow } from "../yaml/model.ts";
import type { Blueprint } from "./blueprint.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import { header } from "./header.ts";
import { workflowFileName, workflowPath } from "./paths.ts";
import { PLAN_FILE } from "./plan-job.ts";
import { logins, pushGrants, SETUP_NODE, secretNames } from "./steps.ts";

/** Makes indexes of legs and tags them: all groups of a plan in one job, or one group of the merge matrix. */
export function mergeWorkflow(blueprint: Blueprint): Workflow {
  const perGroup = blueprint.workflow.merge === "matrix";
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "merge"),
    header: header(blueprint),
    name: workflowFileName(blueprint.name, "merge"),
    on: {
      call: {
        inputs: perGroup
          ? { group: { description: "The item of the merge matrix, as JSON", required: true, type: "string" } }
          : { plan: { description: "The artifact that holds the plan", required: true, type: "string" } },
        secrets: secretNames(blueprint.workflow),
      },
    },
    jobs: [
      {
        kind: "steps",
        id: "merge",
        name: "merge",
        needs: [],
        runsOn: "ubuntu-latest",
        timeoutMinutes: 60,
        permissions: { kind: "granted", grants: pushGrants(blueprint) },
        steps: [SETUP_NODE, ...(perGroup ? groupSteps(blueprint) : batchSteps(blueprint))],
      },
    ],
  };
}

// Folders of their own: npx is run with the one above as its prefix, and would take a node_modules there for its own.
const PLAN = `${evaluated("runner.temp")}/plan`;
const RECORDS = `${evaluated("runner.temp")}/records`;

function batchSteps(blueprint: Blueprint): readonly Step[] {
  return [
    {
      kind: "action",
      name: "Fetch the plan",
      action: "actions/download-artifact",
      with: { name: evaluated("inputs.plan"), path: PLAN },
    },
    {
      kind: "action",
      name: "Fetch the records",
      why: "The pattern only saves time: the merge opens what the plan names, of several attempts the last.",
      action: "actions/download-artifact",
      with: { pattern: "digests*", path: RECORDS },
    },
    ...logins(blueprint),
    {
      kind: "run",
      name: "Merge",
      run: [
        "# Without a single record there is no such folder, and every image must be refused by name.",
        'mkdir -p "$RUNNER_TEMP/records"',
        `${fanfoldCommand("digest-tools")} merge-all \\`,
        `  --plan "$RUNNER_TEMP/plan/${PLAN_FILE}" --record-dir "$RUNNER_TEMP/records"`,
        "",
      ].join("\n"),
    },
  ];
}

function groupSteps(blueprint: Blueprint): readonly Step[] {
  const group = (key: string): string => `fromJson(inputs.group).${key}`;
  return [
    {
      kind: "action",
      name: "Fetch the records",
      why: "Of all attempts: the merge opens the last.",
      action: "actions/download-artifact",
      with: { pattern: evaluated(`format('{{{0}-*}}', join(${group("artifacts")}, '-*,'))`), path: RECORDS },
    },
    ...logins(blueprint),
    {
      kind: "run",
      name: "Merge",
      env: {
        TAG_SUFFIX: evaluated(group("tag-suffix")),
        TAG_LATEST: evaluated(group("tag-latest")),
        PLATFORMS: evaluated(`join(${group("platforms")}, ',')`),
      },
      run: [
        'mkdir -p "$RUNNER_TEMP/records"',
        `${fanfoldCommand("digest-tools")} merge \\`,
        ...blueprint.images.map((image) => `  --image ${bashWord(image)} \\`),
        '  --tag-suffix="$TAG_SUFFIX" --tag-latest="${TAG_LATEST:-auto}" --expect "$PLATFORMS" \\',
        '  --record-dir "$RUNNER_TEMP/records"',
        "",
      ].join("\n"),
    },
  ];
}
