import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import type { BuildFlags } from "../build/command.ts";

/** `fanfold build`. */
export function buildCommand(host: Host): Command {
  return new Command("build")
    .description("Build one entry of a plan, as its job does.")
    .optionsGroup("What is built:")
    .requiredOption("--plan <file>", "the plan of this run, as fanfold plan --json printed it")
    .requiredOption("--artifact <name>", "the entry, by its artifact-name in the plan")
    .addOption(
      new Option("--publish <what>", "leg: push by digest to every repository, for the merge; nothing: only build")
        .choices(["leg", "nothing"])
        .makeOptionMandatory(),
    )
    .optionsGroup("Records:")
    .requiredOption("--record-dir <dir>", "the directory to write the record to")
    .option("--records <dir>", "the directory with the records of the images of this run that it is built from")
    .action(async (flags: BuildFlags) => {
      const { runBuild } = await import("../build/command.ts");
      await runBuild(flags, host);
    });
}
