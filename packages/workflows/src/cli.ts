import { CHANGE_FLAGS } from "@fanfold/changed-backends";
import { type ExitCode, runCommand } from "@fanfold-internal/edge/command";
import { type Host, processHost } from "@fanfold-internal/edge/host";
import { Command } from "commander";
import { type PlanFlags, runPlan } from "./plan-command.ts";

/** The command `fanfold`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const program = new Command("fanfold").description(
    "Container image CI as code: build what changed, merge what is complete.",
  );
  withChangeFlags(withFileFlags(program.command("plan")))
    .description("what an event builds and merges, and why")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>")
    .option("--json", "the plan as one JSON document, and nothing else on standard output")
    .action((flags: PlanFlags) => runPlan(flags, host));
  return runCommand(program, args, host);
}

function withFileFlags(command: Command): Command {
  return command
    .option("--config <file>", "the config (default: .github/fanfold.yml, where there is one)")
    .option("--matrix <file>", "the matrix file (default: the config's, else .github/backend-matrix.yml)");
}

function withChangeFlags(command: Command): Command {
  for (const { flags, description, parse } of CHANGE_FLAGS) {
    if (parse === undefined) command.option(flags, description);
    else command.option(flags, description, parse);
  }
  return command;
}
