import { type ExitCode, runCommand } from "@fanfold-internal/kit/process/command";
import { type Host, processHost } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import own from "../package.json" with { type: "json" };
import { suffixAsArgument } from "./base/suffix-argument.ts";
import type { CheckFlags } from "./check/command.ts";
import { buildCommand } from "./commands/build-command.ts";
import { withChangeFlags, withFileFlags, withReuseFlag } from "./commands/flags.ts";
import type { LoadPages } from "./commands/html-flag.ts";
import { planCommand } from "./commands/plan-command.ts";
import { replayCommand } from "./commands/replay-command.ts";
import { statusCommand } from "./commands/status-command.ts";
import type { ExplainFlags } from "./explain/command.ts";
import type { GenerateFlags } from "./generate/command.ts";
import type { ImportFlags } from "./import/command.ts";
import type { InitFlags } from "./init/command.ts";
import { rehearseCommand } from "./rehearse/flags.ts";
import type { SplitFlags } from "./split/command.ts";

/** The command `fanfold`; returns its exit code. */
export function main(args: readonly string[] = process.argv.slice(2), host: Host = processHost()): Promise<ExitCode> {
  const made = program(host);
  return runCommand(made, wordsFor(made, args), host, own.version, () => import("./notes.ts"));
}

/** The words of a command line as commander reads them: what `explain` is asked about may begin with a dash. */
export function wordsFor({ commands }: Command, args: readonly string[]): readonly string[] {
  return suffixAsArgument(args, commands.filter((command) => command.name() === "explain").flatMap(valueFlags));
}

/** Its commands. */
export function program(host: Host): Command {
  const made = new Command("fanfold").description(
    "Container image CI as code: build what changed, merge what is complete.",
  );
  const loadPages: LoadPages = () => import("./page/pages.ts");
  made.addCommand(planCommand(host, loadPages));
  withReuseFlag(withChangeFlags(withFileFlags(made.command("explain"))))
    .description("Say why a file, a backend or an image (by its tag-suffix) is selected, or why not.")
    .argument("<name>", "a path, a backend or a tag-suffix")
    .optionsGroup("Output:")
    .option("--json", "the explanation as one JSON document, and nothing else on standard output")
    .action(async (name: string, flags: ExplainFlags) => {
      // Each command is loaded where it is run: none waits for the others.
      const { runExplain } = await import("./explain/command.ts");
      await runExplain(name, flags, host);
    });
  withFileFlags(made.command("check"))
    .description("Check configs and matrix files against the repository.")
    .optionsGroup("Output:")
    .option("--json", "the findings as one JSON document, and nothing else on standard output")
    .action(async (flags: CheckFlags) => {
      const { runCheck } = await import("./check/command.ts");
      await runCheck(flags, host);
    });
  made.addCommand(statusCommand(host, loadPages));
  made.addCommand(replayCommand(host, loadPages));
  made
    .command("generate")
    .description("Write the workflow files that configs and matrix files ask for.")
    .optionsGroup("Files:")
    .option("--config <file>", "generate for this config only (default: .github/fanfold.yml and .github/fanfold.*.yml)")
    .optionsGroup("Output:")
    .option("--check", "write nothing; fail when a file is not what it would be")
    .action(async (flags: GenerateFlags) => {
      const { runGenerate } = await import("./generate/command.ts");
      await runGenerate(flags, host);
    });
  withFileFlags(made.command("split"))
    .description("Cut entries for several platforms into native legs, in the matrix file.")
    .optionsGroup("Output:")
    .option("--write", "write it; otherwise it is only shown")
    .action(async (flags: SplitFlags) => {
      const { runSplit } = await import("./split/command.ts");
      await runSplit(flags, host);
    });
  made.addCommand(buildCommand(host));
  made
    .command("import")
    .description("Write what bake files or Compose files build as a matrix file and a config, once.")
    .argument("<kind>", "bake or compose")
    .argument("<files...>", "the files, in the order in which bake reads them")
    .optionsGroup("What is written:")
    .option("--target <names>", "targets and groups, separated by commas (default: the group default)", (text) =>
      text.split(","),
    )
    .option("--registry <registry>", "where images go that name no registry: a host, with or without a path (ghcr.io)")
    .option("--dry-run", "write nothing; print what would be written")
    .action(async (kind: string, files: readonly string[], flags: ImportFlags) => {
      const { runImport } = await import("./import/command.ts");
      await runImport(kind, files, flags, host);
    });
  made.addCommand(withFileFlags(rehearseCommand(host)));
  made
    .command("init")
    .description("Write a first matrix file and config for the Dockerfiles that git tracks.")
    .optionsGroup("What is written:")
    .option(
      "--registry <registry>",
      "where to publish: a host, with or without a path (default: ghcr.io), or a place with {image} in it",
    )
    .option("--platforms <platforms>", "legs of each image, separated by commas (default: linux/amd64,linux/arm64)")
    .option("--exclude <globs>", "Dockerfiles to leave out, separated by commas", (text) => text.split(","))
    .option("--dry-run", "write nothing; print what would be written")
    .action(async (flags: InitFlags) => {
      const { runInit } = await import("./init/command.ts");
      await runInit(flags, host);
    });
  return made;
}

function valueFlags({ options }: Command): readonly string[] {
  return options.filter(({ required }) => required).flatMap(({ long }) => long ?? []);
}
