import { type Blueprint, hasWaves } from "../blueprint/blueprint.ts";
import { header } from "../blueprint/header.ts";
import { actionDirectory, workflowFileName, workflowPath } from "../blueprint/paths.ts";
import { entryKey, evaluated } from "../yaml/expression.ts";
import type { Permissions, Step, Workflow } from "../yaml/model.ts";
import {
  BASES_PATH,
  BASES_PLACE,
  FETCH_PLAN,
  fetchBases,
  keepRecord,
  PLAN_INPUT,
  PLAN_PATH,
  PLAN_PLACE,
  RECORDS_PATH,
  RECORDS_PLACE,
} from "./artifacts.ts";
import { SOURCES } from "./build-jobs.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import { buildSecretNames, checkout, cloudLogin, localAction, logins, pushGrants, setupNode } from "./steps.ts";

/** One build: an entry comes in as JSON, and by its name in the plan; an image by digest and its record, or nothing, goes out. */
export function buildWorkflow(blueprint: Blueprint): Workflow {
  const { workflow } = blueprint;
  return {
    kind: "workflow",
    path: workflowPath(blueprint.name, "build"),
    header: header(blueprint),
    name: workflowFileName(blueprint.name, "build"),
    on: {
      call: {
        inputs: {
          entry: { description: "The entry of the matrix, as JSON", required: true, type: "string" },
          [PLAN_INPUT]: { description: "The artifact that holds the plan", required: true, type: "string" },
          publish: {
            description: "leg: push by digest, for the merge; nothing: only build",
            required: true,
            type: "string",
          },
        },
        secrets: buildSecretNames(workflow),
      },
    },
    jobs: [
      {
        kind: "steps",
        id: "build",
        name: "build",
        needs: [],
        runsOn: evaluated(`${entryKey("runs-on")} || 'ubuntu-latest'`),
        timeoutMinutes: workflow["timeout-minutes"] ?? 360,
        permissions: permissions(blueprint),
        env: { PLATFORMS: evaluated(PLATFORMS) },
        steps: [
          checkout(workflow.checkout),
          ...setupNode(blueprint),
          ...diskSteps(blueprint),
          FETCH_PLAN,
          ...(hasWaves(blueprint) ? [fetchBases(BASES, `${PUBLISHES} && ${BASES}`)] : []),
          // First of all that pulls an image: Docker Hub counts pulls by login.
          ...cloudLogin(blueprint, PUBLISHES),
          ...logins(blueprint, PUBLISHES),
          QEMU,
          BUILDX,
          ...beforeSteps(blueprint),
          buildStep(blueprint),
          keepRecord(blueprint, entryKey("artifact-name"), PUBLISHES),
        ],
      },
    ],
  };
}

const PUBLISHES = "inputs.publish != 'nothing'";
/** Only an entry has it whose bases are built in this run. */
const BASES = entryKey("bases-pattern");

function permissions(blueprint: Blueprint): Permissions {
  // One file serves pushes, which may write packages, and pull requests, which may only read them.
  return pushGrants(blueprint).length === 0
    ? { kind: "granted", grants: [SOURCES] }
    : { kind: "inherited", reason: "the caller's are what counts: pushes write packages, pull requests read them" };
}

function diskSteps({ workflow, diskActions, ownActions }: Blueprint): readonly Step[] {
  const need = workflow["need-disk"];
  if (need === undefined) return [];
  const step = {
    id: "disk",
    name: "Make room",
    why: "Before anything runs in Docker: its store may move to another disk.",
    with: { need },
  };
  return ownActions === undefined
    ? [{ ...step, kind: "local", uses: `./${actionDirectory(diskActions["setup-build-disk"])}` }]
    : [{ ...step, kind: "own", action: "disk-setup", pin: ownActions }];
}

function beforeSteps({ workflow: { before } }: Blueprint): readonly Step[] {
  return before === undefined ? [] : [localAction(before, { name: "Prepare" })];
}

// Without any the plan's target has no platform either, and what is built is the runner's own.
const PLATFORMS = `join(${entryKey("platforms")}, ',') || (${entryKey("platform-tag")} && format('linux/{0}', ${entryKey("platform-tag")}))`;
const NATIVE = "(runner.arch == 'ARM64' && 'linux/arm64' || 'linux/amd64')";

const QEMU: Step = {
  kind: "action",
  name: "Set up emulation",
  why: "Only for an entry with a platform that is not its runner's.",
  if: `env.PLATFORMS != '' && env.PLATFORMS != ${NATIVE}`,
  action: "docker/setup-qemu-action",
  image: { input: "image", prefix: "", image: "tonistiigi/binfmt" },
};

const BUILDX: Step = {
  kind: "action",
  name: "Set up buildx",
  action: "docker/setup-buildx-action",
  image: { input: "driver-opts", prefix: "image=", image: "moby/buildkit" },
};

function buildStep(blueprint: Blueprint): Step {
  const { workflow, ownActions } = blueprint;
  const based = hasWaves(blueprint);
  const step = { name: "Build", why: "What is built, and how, stands in the plan." };
  const artifact = evaluated(entryKey("artifact-name"));
  const publish = evaluated("inputs.publish");
  // Not for the whole job: a container action would get it too, and in its container there is no such directory.
  const room = workflow["need-disk"] === undefined ? {} : { TMPDIR: evaluated("steps.disk.outputs.tmpdir") };
  // Of pull requests all are empty: they are handed none.
  const secrets = Object.fromEntries((workflow.secrets ?? []).map((name) => [name, evaluated(`secrets.${name}`)]));
  if (ownActions !== undefined) {
    const env = { ...room, ...secrets };
    return {
      ...step,
      kind: "own",
      action: "build",
      pin: ownActions,
      with: {
        plan: PLAN_PLACE,
        artifact,
        publish,
        "record-dir": RECORDS_PLACE,
        ...(based ? { records: BASES_PLACE } : {}),
      },
      ...(Object.keys(env).length === 0 ? {} : { env }),
    };
  }
  return {
    ...step,
    kind: "run",
    env: { ...room, ARTIFACT_NAME: artifact, PUBLISH: publish, ...secrets },
    run: [
      `${fanfoldCommand("fanfold")} build --plan ${PLAN_PATH} \\`,
      `  --artifact "$ARTIFACT_NAME" --publish "$PUBLISH" --record-dir ${RECORDS_PATH}${based ? ` --records ${BASES_PATH}` : ""}`,
      "",
    ].join("\n"),
  };
}
