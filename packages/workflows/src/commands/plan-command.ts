import type { Host } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import type { PlanFlags, ShowPlan } from "../plan/command.ts";
import { withChangeFlags, withFileFlags, withReuseFlag } from "./flags.ts";
import { type HtmlFlag, type LoadPages, pageWriter, replayPageWriter, withHtmlFlag } from "./html-flag.ts";

/** `fanfold plan`. */
export function planCommand(host: Host, loadPages?: LoadPages): Command {
  const command = withReuseFlag(withChangeFlags(withFileFlags(new Command("plan"))))
    .description("Say what an event builds and publishes, and why.")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>,wave<w>=<n>")
    .optionsGroup("Output:")
    .option("--last <count>", "plan each of the last commits by the files of today, a line each, and sum them up")
    .option("--json", "the plan as one JSON document, and nothing else on standard output");
  return withHtmlFlag(command, "the plan", loadPages).action(
    async (flags: PlanFlags & HtmlFlag & { readonly last?: string }) => {
      // Each command is loaded where it is run: a plan, which runs in every push, needs nothing of the others.
      if (flags.last !== undefined) {
        const [{ runLastCommits }, show] = await Promise.all([
          import("../replay/command.ts"),
          replayPageWriter(flags, host, loadPages),
        ]);
        await runLastCommits(flags.last, flags, host, show);
        return;
      }
      const [{ runPlan }, show] = await Promise.all([
        import("../plan/command.ts"),
        pageWriter(flags, host, loadPages, (pages, ...[plan, lists, published]: Parameters<ShowPlan>) =>
          pages.planPage(plan, lists, published, new Date()),
        ),
      ]);
      await runPlan(flags, host, show);
    },
  );
}
