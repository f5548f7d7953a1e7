import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import type { ReplayFlags } from "../replay/replay-flags.ts";
import { withFileFlags } from "./flags.ts";
import { type HtmlFlag, type LoadPages, replayPageWriter, withHtmlFlag } from "./html-flag.ts";

/** `fanfold replay`. */
export function replayCommand(host: Host, loadPages?: LoadPages): Command {
  const command = withFileFlags(new Command("replay"))
    .description("Say what each push of the history would have built, why, and what a second config would have missed.")
    .addOption(
      new Option("--rules <time>", "by which files pushes are planned: those of today, or those of each push")
        .choices(["now", "then"])
        .default("now"),
    )
    .option("--against <file>", "a second config, for the same matrix file: what it builds more, and what it misses")
    .optionsGroup("Which pushes:")
    .option("--last <count>", "this many of them (default: 100)")
    .option("--since <date>", "those from this day on: 2026-01-31, or 2026-01-31T12:00:00Z")
    .option("--first-parent", "each commit is a push, whatever a reflog says")
    .option(
      "--pushes <file>",
      "what was pushed, a line each: before, after, time; or GitHub's answer to GET /repos/{owner}/{repo}/activity; - reads standard input",
    )
    .optionsGroup("Minutes and queue:")
    .option(
      "--durations <file>",
      "simulate the jobs of each push: how long builds take stands in this YAML or JSON file; github asks GitHub's API",
    )
    .option("--jobs <count>", "how many of them run at the same time (default: 20)")
    .optionsGroup("Output:")
    .option("--json", "the replay as one JSON document, and nothing else on standard output");
  return withHtmlFlag(command, "the replay", loadPages).action(async (flags: ReplayFlags & HtmlFlag) => {
    const [{ runReplay }, show] = await Promise.all([
      import("../replay/command.ts"),
      replayPageWriter(flags, host, loadPages),
    ]);
    await runReplay(flags, host, show);
  });
}
