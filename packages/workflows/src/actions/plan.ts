import type { Action } from "@fanfold-internal/kit/action/action";
import { runAction } from "@fanfold-internal/kit/action/run-action";
import type { ExitCode } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import own from "../../package.json" with { type: "json" };
import { planCommand } from "../commands/plan-command.ts";

/** `fanfold plan` as an action: what this run builds, as outputs and as `plan.json`. */
export const planAction: Action = {
  name: "plan",
  title: "Fanfold plan",
  description: "What an event builds and merges: outputs for the jobs, and plan.json in RUNNER_TEMP",
  program: (host) => new Command("fanfold").addCommand(planCommand(host)),
  command: "plan",
  version: own.version,
  // An event of the runner's own says what changed, and the last commits are for people.
  without: ["event-name", "event-path", "files-from", "last", "json"],
  lists: [],
  defaults: { token: "${{ github.token }}" },
  variables: { token: { variable: "GITHUB_TOKEN", description: "what GitHub's API is asked with" } },
  always: ["--json"],
  outputs: {
    "run-all": "whether everything is selected",
    "has-backends": "whether anything is built; for another list with its name: has-backends-darwin",
    "has-publish": "whether the merge has anything to do",
    "has-merges": "whether the merge matrix holds anything",
    "merge-matrix": "the images of two legs and more, as a matrix",
    matrix: "the whole selection as a matrix; absent when it has more than 256 jobs",
    "has-multi-1": "whether the shard has anything; there is one of each shard: has-multi-2",
    "matrix-multi-1": "the first shard of legs of images with several, as a matrix; matrix-multi-2 is the next",
    "has-single-1": "whether the shard has anything",
    "matrix-single-1": "the first shard of all other entries, as a matrix",
    "has-wave1-1": "whether the shard has anything; there is one of each shard and wave: has-wave2-1",
    "matrix-wave1-1":
      "the first shard of images that stand on nothing of this run and that others stand on, as a matrix; matrix-wave2-1 are those on them",
  },
  result: "plan.json",
};

export function main(host: Host = processHost()): Promise<ExitCode> {
  return runAction(planAction, host);
}
