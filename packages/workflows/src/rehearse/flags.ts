import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import { ENGINES } from "./build/engine-choice.ts";
import type { RehearseFlags } from "./command.ts";
import { REHEARSED_EVENTS } from "./event.ts";

/** `fanfold rehearse`, without the flags that name config and matrix. */
export function rehearseCommand(host: Host): Command {
  return new Command("rehearse")
    .description("Plan, build, merge and verify on this machine, as the workflows would.")
    .optionsGroup("What is built:")
    .addOption(new Option("--event <event>", "what happens").choices(REHEARSED_EVENTS).default("push"))
    .option("--base <revision>", "what the commit is compared with (default: HEAD~1); for a pull request its target")
    .option("--only <names>", "build these images, by their names, backends or tag-suffixes, separated by commas", list)
    .optionsGroup("Where, and how:")
    .option("--store <store>", "oci:DIR: publish into OCI layouts DIR/<repository>, removed at the end unless --keep")
    .option("--registry <names...>", "publish into these repositories, HOST/NAME, in the place of the config's")
    .addOption(
      new Option(
        "--engine <engine>",
        "docker builds; layout packs contexts without it (default: docker where it can)",
      ).choices(ENGINES),
    )
    .addOption(
      new Option(
        "--reuse <how>",
        "published: what --store or --registry has already is not built again (default: as the config says)",
      ).choices(["published", "off"]),
    )
    .option("--fail <artifacts>", "have these builds fail, separated by commas: digests-cpu-x--arm64", list)
    .optionsGroup("Output:")
    .option("--keep", "leave everything that was made")
    .option("--json", "the outcome as one JSON document, and nothing else on standard output")
    .action(async (flags: RehearseFlags) => {
      // What builds and publishes is loaded here, so that no other command waits for it.
      const { runRehearsal } = await import("./command.ts");
      await runRehearsal(flags, host);
    });
}

function list(text: string): readonly string[] {
  return text.split(",");
}
