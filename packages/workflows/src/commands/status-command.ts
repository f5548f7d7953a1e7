import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import type { StatusFlags } from "../status/command.ts";
import { withFileFlags } from "./flags.ts";

/** `fanfold status`. */
export function statusCommand(host: Host): Command {
  return withFileFlags(new Command("status"))
    .description("Compare what is published of each image with what the commit would build.")
    .optionsGroup("Output:")
    .option("--json", "the table as one JSON document, and nothing else on standard output")
    .addOption(
      new Option(
        "--fail-on <what>",
        "end with exit code 1 where an image is not published as it would be built",
      ).choices(["stale"]),
    )
    .action(async (flags: StatusFlags) => {
      const { runStatus } = await import("../status/command.ts");
      await runStatus(flags, host);
    });
}
