import type { DiskActionName } from "../blueprint/paths.ts";
import { evaluated } from "../yaml/expression.ts";
import type { CompositeAction, Values } from "../yaml/model.ts";
import { fanfoldCommand } from "./fanfold-command.ts";

const KEEP = { description: "What the job uses and is not to be deleted: dotnet,android", required: false };

const AT = "A directory at which it must be free too, besides where images are built";

const OUTPUTS = {
  acted: "Whether anything was done",
  "need-met": "true, false, not-asked, or unknown on a machine that is left alone",
  "need-at": "JSON: the directories that need-met is about, with their mount points and free bytes",
  free: "Bytes free on the fullest of them; empty on a machine that is left alone",
  tmpdir: "A directory for temporary files: TMPDIR for steps that need room there",
} as const;

/** The id of the step whose outputs are the action's. */
const STEP = "disk";

/** An action without the place where it lies, and what its file says about that. */
export type DiskAction = Omit<CompositeAction, "path" | "header"> & { readonly file: DiskActionName };

/** The two composite actions over disk-setup, which also hand-written workflows may use. */
export const DISK_ACTIONS: readonly DiskAction[] = [
  diskAction({
    file: "free-disk-space",
    name: "Free disk space",
    description: "Make room on a hosted runner until so much is free; anywhere else do nothing",
    inputs: {
      need: { description: "What must be free where images are built: 60GB, 60GiB", required: true },
      at: { description: `${AT}; the workspace by default`, required: false },
      keep: KEEP,
    },
    at: "inputs.at || github.workspace",
    need: '--need="$NEED"',
  }),
  diskAction({
    file: "setup-build-disk",
    name: "Set up the build disk",
    description: "Build images on the runner's roomiest disk, and make room there when that is asked for",
    inputs: {
      need: { description: "What must be free there; without it nothing is deleted", required: false },
      at: { description: AT, required: false },
      keep: KEEP,
    },
    at: "inputs.at",
    need: '${NEED:+"--need=$NEED"}',
  }),
];

function diskAction({
  need,
  at,
  ...action
}: Pick<DiskAction, "file" | "name" | "description" | "inputs"> & {
  readonly need: string;
  readonly at: string;
}): DiskAction {
  const env: Values = { NEED: evaluated("inputs.need"), AT: evaluated(at), KEEP: evaluated("inputs.keep") };
  return {
    kind: "action",
    ...action,
    outputs: Object.fromEntries(
      Object.entries(OUTPUTS).map(([name, description]) => [
        name,
        { description, value: evaluated(`steps.${STEP}.outputs.${name}`) },
      ]),
    ),
    steps: [
      {
        kind: "run",
        id: STEP,
        name: action.name,
        // Before any program is looked for: other machines need not have Node.
        run: [
          "if [[ $RUNNER_ENVIRONMENT != github-hosted || $RUNNER_OS != Linux ]] || ! command -v npx >/dev/null; then",
          '  echo "Nothing is done: this is not a Linux machine of GitHub\'s own with Node ($RUNNER_ENVIRONMENT, $RUNNER_OS)"',
          "  {",
          "    echo acted=false",
          "    echo need-met=unknown",
          "    echo 'need-at=[]'",
          "    echo free=",
          '    echo "tmpdir=${TMPDIR:-/tmp}"',
          '  } >> "$GITHUB_OUTPUT"',
          "  exit 0",
          "fi",
          `${fanfoldCommand("disk-setup")} run ${need} \${AT:+"--at=$AT"} \${KEEP:+"--keep=$KEEP"}`,
          "",
        ].join("\n"),
        env,
      },
    ],
  };
}
