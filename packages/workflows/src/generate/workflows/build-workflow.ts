import { bashWord } from "@fanfold-internal/kit/text/bash-word";
import { entryKey, evaluated, filled } from "../yaml/expression.ts";
import type { Permissions, Step, Values, Workflow } from "../yaml/model.ts";
import type { Blueprint } from "./blueprint.ts";
import { SOURCES } from "./build-jobs.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import { header } from "./header.ts";
import { actionDirectory, workflowFileName, workflowPath } from "./paths.ts";
import { DEFAULT_RETENTION_DAYS, RUN_ATTEMPT } from "./plan-job.ts";
import { checkout, logins, pushGrants, SETUP_NODE, secretNames } from "./steps.ts";

/** One build: an entry comes in as JSON, an image by digest, a tagged image or nothing goes out. */
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
          publish: {
            description: "leg: push by digest, for a merge; image: push and tag; nothing: only build",
            required: true,
            type: "string",
          },
        },
        secrets: secretNames(workflow),
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
          checkout(),
          SETUP_NODE,
          ...diskSteps(blueprint),
          // First of all that pulls an image: Docker Hub counts pulls by login.
          ...logins(blueprint, "inputs.publish != 'nothing'"),
          QEMU,
          BUILDX,
          buildStep(blueprint),
          recordStep(blueprint),
        ],
      },
    ],
  };
}

function permissions(blueprint: Blueprint): Permissions {
  // One file serves pushes, which may write packages, and pull requests, which may not.
  return pushGrants(blueprint).length === 0
    ? { kind: "granted", grants: [SOURCES] }
    : { kind: "inherited", reason: "the caller's are what counts: pushes write packages, pull requests do not" };
}

function diskSteps({ workflow }: Blueprint): readonly Step[] {
  const need = workflow["need-disk"];
  if (need === undefined) return [];
  return [
    {
      kind: "local",
      id: "disk",
      name: "Make room",
      why: "Before anything runs in Docker: its store may move to another disk.",
      uses: `./${actionDirectory("setup-build-disk")}`,
      with: { need },
    },
  ];
}

// An entry that names no platform is built for that of its runner.
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

const BUILD_ARG = "BUILD_ARG_";

function buildStep({ workflow, images }: Blueprint): Step {
  const buildArgs = Object.entries(workflow["build-args"] ?? {}).map(([name, template]): [string, Values[string]] => [
    `${BUILD_ARG}${name}`,
    filled(template, entryKey),
  ]);
  return {
    kind: "run",
    name: "Build",
    why: "What the matrix says comes as environment variables: a value is never part of a script.",
    env: {
      // Not for the whole job: a container action would get it too, and in its container there is no such directory.
      ...(workflow["need-disk"] === undefined ? {} : { TMPDIR: evaluated("steps.disk.outputs.tmpdir") }),
      PUBLISH: evaluated("inputs.publish"),
      ARTIFACT_NAME: evaluated(entryKey("artifact-name")),
      TAG_SUFFIX: evaluated(entryKey("tag-suffix")),
      TAG_LATEST: evaluated(entryKey("tag-latest")),
      PLATFORM: evaluated(`env.PLATFORMS || ${NATIVE}`),
      PLATFORM_TAG: evaluated(entryKey("platform-tag")),
      DOCKERFILE: evaluated(entryKey("dockerfile")),
      CONTEXT: evaluated(entryKey("context")),
      ...Object.fromEntries(buildArgs),
    },
    run: [
      "# Platforms may be written with commas, spaces or line breaks between them; docker takes commas.",
      `PLATFORM="$(tr -s ', \\n\\t\\r' , <<< "$PLATFORM")"`,
      'PLATFORM="${PLATFORM#,}"',
      'PLATFORM="${PLATFORM%,}"',
      "build=()",
      'if [[ -n $DOCKERFILE ]]; then build+=(--file "$DOCKERFILE"); fi',
      ...buildArgLines(workflow),
      ...cacheLines(workflow),
      'build+=(-- "${CONTEXT:-.}")',
      "",
      "if [[ $PUBLISH == nothing ]]; then",
      '  docker buildx build --platform "$PLATFORM" "${build[@]}"',
      "  exit",
      "fi",
      "",
      "tags=()",
      "if [[ $PUBLISH == image ]]; then",
      "  # Nothing is merged here: the image gets its tags at once.",
      `  names="$(${fanfoldCommand("digest-tools")} tags \\`,
      '    --tag-suffix="$TAG_SUFFIX" --tag-latest="${TAG_LATEST:-auto}")"',
      '  while read -r name; do tags+=(--tag "$name"); done <<< "$names"',
      "fi",
      `${fanfoldCommand("digest-tools")} push \\`,
      ...images.map((image) => `  --image ${bashWord(image)} \\`),
      '  --platform "$PLATFORM" --tag-suffix="$TAG_SUFFIX" ${PLATFORM_TAG:+"--platform-tag=$PLATFORM_TAG"} \\',
      ...anchorLines(workflow),
      '  "${tags[@]}" --record-dir "$RUNNER_TEMP/records" -- "${build[@]}"',
      'mv "$RUNNER_TEMP/records/$ARTIFACT_NAME" "$RUNNER_TEMP/record"',
      "",
    ].join("\n"),
  };
}

function buildArgLines({
  "build-args": buildArgs = {},
  "required-build-args": required = [],
}: Blueprint["workflow"]): readonly string[] {
  if (Object.keys(buildArgs).length === 0) return [];
  return [
    ...required.map((name) => `: "\${${BUILD_ARG}${name}:?the entry has no value for build argument ${name}}"`),
    "# An empty value is unset: the Dockerfile's own default holds.",
    `for name in "\${!${BUILD_ARG}@}"; do`,
    `  if [[ -n \${!name} ]]; then build+=(--build-arg "\${name#${BUILD_ARG}}=\${!name}"); fi`,
    "done",
  ];
}

function cacheLines({ cache }: Blueprint["workflow"]): readonly string[] {
  if (cache === undefined) return [];
  const ref = `type=registry,ref=${cache.ref}:$cache`;
  return [
    "# Each leg has its own: what one architecture stores is of no use to another.",
    'cache="cache$TAG_SUFFIX${PLATFORM_TAG:+-$PLATFORM_TAG}"',
    'cache="${cache//[^A-Za-z0-9_.-]/-}"',
    "# A schedule builds everything anew, and so imports nothing; what it exports is what others import.",
    "if [[ $GITHUB_EVENT_NAME != schedule ]]; then",
    `  build+=(--cache-from "${ref}")`,
    "fi",
    "if [[ $PUBLISH != nothing ]]; then",
    `  build+=(--cache-to "${ref},mode=${cache.mode ?? "max"},ignore-error=true")`,
    "fi",
  ];
}

function anchorLines({ registries = [] }: Blueprint["workflow"]): readonly string[] {
  return registries.filter(({ anchor }) => anchor === true).map(({ host }) => `  --anchor-host ${bashWord(host)} \\`);
}

function recordStep({ workflow }: Blueprint): Step {
  return {
    kind: "action",
    name: "Keep the record for the merge",
    why: "Of legs only: the merge lists all artifacts of its run, and that list ends at 1,000.",
    if: "inputs.publish == 'leg'",
    action: "actions/upload-artifact",
    with: {
      // Of each attempt its own: GitHub may serve what an earlier one left under the same name.
      name: `${evaluated(entryKey("artifact-name"))}-${RUN_ATTEMPT}`,
      path: `${evaluated("runner.temp")}/record`,
      "if-no-files-found": "error",
      "retention-days": workflow["retention-days"] ?? DEFAULT_RETENTION_DAYS,
    },
  };
}
