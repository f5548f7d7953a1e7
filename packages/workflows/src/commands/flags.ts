import { CHANGE_FLAGS } from "@fanfold/changed-backends/internal";
import { type Command, Option } from "commander";

/** The flags of every command that reads a config and its matrix file. */
export function withFileFlags(command: Command): Command {
  return command
    .optionsGroup("Files:")
    .option("--config <file>", "the config (default: .github/fanfold.yml, where there is one)")
    .option("--matrix <file>", "the matrix file (default: the config's, else .github/backend-matrix.yml)");
}

/** The flags of every command that asks what changed. */
export function withChangeFlags(command: Command): Command {
  for (const { group, flags, description, parse } of CHANGE_FLAGS) {
    command.optionsGroup(group);
    if (parse === undefined) command.option(flags, description);
    else command.option(flags, description, parse);
  }
  return command;
}

/** Whether registries are asked what is published. */
export function withReuseFlag(command: Command): Command {
  return command
    .optionsGroup("What is built:")
    .addOption(
      new Option(
        "--reuse <how>",
        "whether what registries have already is built again, whatever the config says; outside Actions the default is off",
      ).choices(["published", "off"]),
    );
}
