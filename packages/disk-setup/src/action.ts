import type { Action } from "@fanfold-internal/kit/action/action";
import { runAction } from "@fanfold-internal/kit/action/run-action";
import type { ExitCode } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import own from "../package.json" with { type: "json" };
import { program } from "./cli.ts";

/** `disk-setup run` as an action. Nothing is to be undone after the job: what it acts on is thrown away then. */
export const diskSetupAction: Action = {
  name: "disk-setup",
  title: "Fanfold disk setup",
  description: "Disk space for builds on a Linux machine of GitHub's own; on any other nothing is done",
  program,
  command: "run",
  version: own.version,
  // No action waits for what is deleted in the background.
  without: ["json", "background"],
  lists: ["at"],
  defaults: {},
  variables: {},
  always: [],
  outputs: {
    acted: "whether anything was done",
    "need-met": "true, false, or not-asked without a need",
    "need-at": "JSON: the directories that need-met is about, with their mount points and free bytes",
    free: "bytes free on the fullest of them",
    freed: "bytes more than before",
    seconds: "how long it took",
    tmpdir: "a directory for temporary files: TMPDIR for steps that need room there",
    "docker-root": "where Docker keeps its data, or none",
    actions: "JSON: what was done, by words such as delete:android",
    devices: "JSON: bytes free on each device before and after",
  },
};

export function main(host: Host = processHost()): Promise<ExitCode> {
  return runAction(diskSetupAction, host);
}
