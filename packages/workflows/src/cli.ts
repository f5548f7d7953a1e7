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
  return command
    .option("--event-name <name>", "the event (default: GITHUB_EVENT_NAME)")
    .option("--event-path <file>", "its payload (default: GITHUB_EVENT_PATH)")
    .option("--base <revision>", "compare with this commit (default outside Actions: HEAD~1)")
    .option("--head <revision>", "compare this commit, and read the files from it (default: HEAD, and the work tree)")
    .option("--files-from <file>", "a list of changed files; - reads standard input")
    .option("--force-all", "select everything (also: FORCE_ALL=true)")
    .option("--only <backends>", "select these backends, separated by commas", (text) => text.split(","));
}
