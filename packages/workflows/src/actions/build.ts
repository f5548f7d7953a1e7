import type { Action } from "@fanfold-internal/kit/action/action";
import { runAction } from "@fanfold-internal/kit/action/run-action";
import type { ExitCode } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import own from "../../package.json" with { type: "json" };
import { buildCommand } from "../commands/build-command.ts";

/** `fanfold build` as an action: one entry of a plan. Secrets of builds come by `env` of the step. */
export const buildAction: Action = {
  name: "build",
  title: "Fanfold build",
  description: "Build one entry of a plan: pushed by digest and recorded for the merge, or only built",
  program: (host) => new Command("fanfold").addCommand(buildCommand(host)),
  command: "build",
  version: own.version,
  without: [],
  lists: [],
  defaults: {},
  variables: {},
  always: [],
  outputs: {},
};

export function main(host: Host = processHost()): Promise<ExitCode> {
  return runAction(buildAction, host);
}
