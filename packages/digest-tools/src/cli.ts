import { type ExitCode, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import own from "../package.json" with { type: "json" };
import { inspectCommand } from "./commands/inspect-command.ts";
import { mergeAllCommand, mergeCommand } from "./commands/merge-command.ts";
import { pushCommand } from "./commands/push-command.ts";
import { tagsCommand } from "./commands/tags-command.ts";
import { verifyCommand } from "./commands/verify-command.ts";

/** The command `digest-tools`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  return runCommand(program(host), args, host, own.version, () => import("./notes.ts"));
}

/** Its commands, as its bin and its action run them. */
export function program(host: Host): Command {
  const made = new Command("digest-tools").description(
    "Push container images by digest, record them, and merge them into multi-arch images that are complete or not published.",
  );
  for (const command of [pushCommand, mergeCommand, mergeAllCommand, verifyCommand, inspectCommand, tagsCommand]) {
    made.addCommand(command(host));
  }
  return made;
}
