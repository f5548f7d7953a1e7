import { evaluated } from "../yaml/expression.ts";
import type { CompositeAction } from "../yaml/model.ts";
import { fanfoldCommand } from "./fanfold-command.ts";
import { SHARED_HEADER } from "./header.ts";
import { actionPath } from "./paths.ts";

const KEEP = { description: "What the job uses and is not to be deleted: dotnet,android", required: false };

/** The two composite actions over disk-setup, which also hand-written workflows may use. */
export const DISK_ACTIONS: readonly CompositeAction[] = [
  {
    kind: "action",
    path: actionPath("free-disk-space"),
    header: SHARED_HEADER,
    name: "Free disk space",
    description: "Make room on a hosted runner until so much is free; anywhere else do nothing",
    inputs: {
      need: { description: "What must be free where images are built: 60GB, 60GiB", required: true },
      keep: KEEP,
    },
    steps: [diskStep("Free disk space", '--need="$NEED"')],
  },
  {
    kind: "action",
    path: actionPath("setup-build-disk"),
    header: SHARED_HEADER,
    name: "Set up the build disk",
    description: "Build images on the runner's roomiest disk, and make room there when that is asked for",
    inputs: {
      need: { description: "What must be free there; without it nothing is deleted", required: false },
      keep: KEEP,
    },
    steps: [diskStep("Set up the build disk", '${NEED:+"--need=$NEED"}')],
  },
];

function diskStep(name: string, need: string): CompositeAction["steps"][number] {
  return {
    kind: "run",
    name,
    env: { NEED: evaluated("inputs.need"), KEEP: evaluated("inputs.keep") },
    run: `${fanfoldCommand("disk-setup")} run ${need} \${KEEP:+"--keep=$KEEP"}\n`,
  };
}
