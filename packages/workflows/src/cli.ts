import { CHANGE_FLAGS } from "@fanfold/changed-backends/internal";
import { type ExitCode, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import own from "../package.json" with { type: "json" };
import { suffixAsArgument } from "./base/suffix-argument.ts";
import type { BuildFlags } from "./build/command.ts";
import type { CheckFlags } from "./check/command.ts";
import type { ExplainFlags } from "./explain/command.ts";
import type { GenerateFlags } from "./generate/command.ts";
import type { PlanFlags } from "./plan/command.ts";
import { rehearseCommand } from "./rehearse/flags.ts";
import type { SplitFlags } from "./split/command.ts";

/** The command `fanfold`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const program = new Command("fanfold").description(
    "Container image CI as code: build what changed, merge what is complete.",
  );
  withChangeFlags(withFileFlags(program.command("plan")))
    .description("what an event builds and merges, and why")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>")
    .option("--last <count>", "plan each of the last commits by the files of today, a line each, and sum them up")
    .option("--json", "the plan as one JSON document, and nothing else on standard output")
    .action(async (flags: PlanFlags & { readonly last?: string }) => {
      // Each command is loaded where it is run: a plan, which runs in every push, needs nothing of the others.
      if (flags.last !== undefined) {
        const { runHistory } = await import("./history/command.ts");
        await runHistory(flags.last, flags, host);
        return;
      }
      const { runPlan } = await import("./plan/command.ts");
      await runPlan(flags, host);
    });
  const explain = withChangeFlags(withFileFlags(program.command("explain")))
    .description("why a file, a backend or an image (by its tag-suffix) is selected, or why not")
    .argument("<name>", "a path, a backend or a tag-suffix")
    .option("--json", "the explanation as one JSON document, and nothing else on standard output")
    .action(async (name: string, flags: ExplainFlags) => {
      const { runExplain } = await import("./explain/command.ts");
      await runExplain(name, flags, host);
    });
  withFileFlags(program.command("check"))
    .description("configs and matrix files against the repository")
    .option("--json", "the findings as one JSON document, and nothing else on standard output")
    .action(async (flags: CheckFlags) => {
      const { runCheck } = await import("./check/command.ts");
      await runCheck(flags, host);
    });
  program
    .command("generate")
    .description("workflow files from configs and matrix files")
    .option("--config <file>", "generate for this config only (default: .github/fanfold.yml and .github/fanfold.*.yml)")
    .option("--check", "write nothing; fail when a file is not what it would be")
    .action(async (flags: GenerateFlags) => {
      const { runGenerate } = await import("./generate/command.ts");
      await runGenerate(flags, host);
    });
  withFileFlags(program.command("split"))
    .description("entries for several platforms to native legs, in the matrix file")
    .option("--write", "write it; otherwise it is only shown")
    .action(async (flags: SplitFlags) => {
      const { runSplit } = await import("./split/command.ts");
      await runSplit(flags, host);
    });
  program
    .command("build")
    .description("build one entry of a plan, as its job does")
    .requiredOption("--plan <file>", "the plan of this run, as fanfold plan --json printed it")
    .requiredOption("--artifact <name>", "the entry, by its artifact-name in the plan")
    .addOption(
      new Option("--publish <what>", "leg: push by digest to every repository, for the merge; nothing: only build")
        .choices(["leg", "nothing"])
        .makeOptionMandatory(),
    )
    .requiredOption("--record-dir <dir>", "the directory to write the record to")
    .action(async (flags: BuildFlags) => {
      const { runBuild } = await import("./build/command.ts");
      await runBuild(flags, host);
    });
  program.addCommand(withFileFlags(rehearseCommand(host)));
  program
    .command("init")
    .description("write a first matrix file and config for the Dockerfiles that git tracks")
    .action(async () => {
      const { runInit } = await import("./init/command.ts");
      await runInit(host);
    });
  return runCommand(program, suffixAsArgument(args, valueFlags(explain)), host, own.version);
}

function valueFlags({ options }: Command): readonly string[] {
  return options.filter(({ required }) => required).flatMap(({ long }) => long ?? []);
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
