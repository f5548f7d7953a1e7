import type { Action } from "@fanfold-internal/kit/action/action";
import { runAction } from "@fanfold-internal/kit/action/run-action";
import type { ExitCode } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import own from "../package.json" with { type: "json" };
import { program } from "./cli.ts";

/** `digest-tools merge-all` as an action: every image of a plan. */
export const mergeAction: Action = {
  name: "merge",
  title: "Fanfold merge",
  description: "Publish the images of a plan from the records of their legs: each complete, or refused by name",
  program,
  command: "merge-all",
  version: own.version,
  without: ["json"],
  lists: ["only", "record-dir", "plain-http"],
  defaults: {},
  variables: {},
  always: [],
  outputs: {},
};

export function main(host: Host = processHost()): Promise<ExitCode> {
  return runAction(mergeAction, host);
}
