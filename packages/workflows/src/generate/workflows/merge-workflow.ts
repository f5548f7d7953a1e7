import type { Blueprint } from "../blueprint/blueprint.ts";
import { header } from "../blueprint/header.ts";
import { workflowFileName, workflowPath } from "../blueprint/paths.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Input, Step, Workflow } from "../yaml/model.ts";
import {
  FETCH_PLAN,
  fetchRecords,
  PLAN_INPUT,
  PLAN_PATH,
  PLAN_PLACE,
  RECORDS_PATH,
  RECORDS_PLACE,
} from "./artifacts.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import {
  checkoutOnly,
  cloudLogin,
  logins,
  mergeGrants,
  mergeSecretNames,
  ownRunner,
  setupCosign,
  setupNode,
  signingEnv,
} from "./steps.ts";

/** The input of a merge workflow whose jobs have one image each. */
export const GROUP_INPUT = "group";

/** Makes indexes of what was built, and tags them: all images of a plan in one job, or one image, or those of one leg. */
export function mergeWorkflow(blueprint: Blueprint): Workflow {
  const { workflow } = blueprint;
  const perImage = workflow.merge === "matrix";
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "merge"),
    header: header(blueprint),
    name: workflowFileName(blueprint.name, "merge"),
    on: {
      call: {
        inputs: {
          [PLAN_INPUT]: { description: "The artifact that holds the plan", required: true, type: "string" },
          ...(perImage ? { [GROUP_INPUT]: GROUP } : {}),
        },
        secrets: mergeSecretNames(blueprint),
      },
    },
    jobs: [
      {
        kind: "steps",
        id: "merge",
        name: "merge",
        needs: [],
        runsOn: ownRunner(blueprint),
        timeoutMinutes: 60,
        permissions: { kind: "granted", grants: mergeGrants(blueprint) },
        steps: [
          ...(workflow.login === undefined ? [] : [checkoutOnly(["/.github/"], "For the login alone.")]),
          ...setupNode(blueprint),
          FETCH_PLAN,
          fetchRecords(perImage ? evaluated(`${OF_GROUP.pattern} || '${ALL_RECORDS}'`) : ALL_RECORDS),
          ...cloudLogin(blueprint),
          ...logins(blueprint),
          ...setupCosign(blueprint),
          ...mergeSteps(blueprint, perImage),
        ],
      },
    ],
  };
}

const WITHOUT_RECORDS = "Without a single record there is no such folder, and every image must be refused by name.";

function mergeSteps({ ownActions, sign }: Blueprint, perImage: boolean): readonly Step[] {
  const env = {
    ...(perImage && ownActions === undefined ? { IMAGES: evaluated(`${OF_GROUP.flag} || '--rest'`) } : {}),
    ...signingEnv(sign),
  };
  const given = Object.keys(env).length === 0 ? {} : { env };
  if (ownActions !== undefined) {
    return [
      { kind: "run", name: "Make the folder of the records", why: WITHOUT_RECORDS, run: `mkdir -p ${RECORDS_PATH}\n` },
      {
        kind: "own",
        name: "Merge",
        action: "merge",
        pin: ownActions,
        ...given,
        with: {
          plan: PLAN_PLACE,
          "record-dir": RECORDS_PLACE,
          ...(perImage ? { only: evaluated(OF_GROUP.name), rest: evaluated(`!inputs.${GROUP_INPUT}`) } : {}),
        },
      },
    ];
  }
  return [
    {
      kind: "run",
      name: "Merge",
      ...given,
      run: [
        `# ${WITHOUT_RECORDS}`,
        `mkdir -p ${RECORDS_PATH}`,
        `${fanfoldCommand("digest-tools")} merge-all \\`,
        `  --plan ${PLAN_PATH} --record-dir ${RECORDS_PATH}${perImage ? ' "$IMAGES"' : ""}`,
        "",
      ].join("\n"),
    },
  ];
}

const GROUP: Input = {
  description: "The item of the merge matrix, as JSON; without it all images that are in none",
  required: false,
  type: "string",
};

const ALL_RECORDS = "digests*";

const item = (key: string): string => `fromJson(inputs.${GROUP_INPUT}).${key}`;

/** Expressions that are empty without a group. The one flag of merge-all is one word, whatever the image is called. */
const OF_GROUP = {
  pattern: `inputs.${GROUP_INPUT} && format('{{{0}-*}}', join(${item("artifacts")}, '-*,'))`,
  /** An input that is empty was not given: `""` is the image without a name. */
  name: `inputs.${GROUP_INPUT} && (${item("image")} || ${item("tag-suffix")} || '""')`,
  flag: `inputs.${GROUP_INPUT} && format('--only={0}', ${item("image")} || ${item("tag-suffix")})`,
};
