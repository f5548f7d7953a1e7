import type { Host } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import type { PlanFlags } from "../plan/command.ts";
import { withChangeFlags, withFileFlags, withReuseFlag } from "./flags.ts";

/** `fanfold plan`. */
export function planCommand(host: Host): Command {
  return withReuseFlag(withChangeFlags(withFileFlags(new Command("plan"))))
    .description("Say what an event builds and publishes, and why.")
    .option("--shards <limits>", "shards that the workflow has jobs for: multi=<n>,single=<n>,wave<w>=<n>")
    .optionsGroup("Output:")
    .option("--last <count>", "plan each of the last commits by the files of today, a line each, and sum them up")
    .option("--json", "the plan as one JSON document, and nothing else on standard output")
    .action(async (flags: PlanFlags & { readonly last?: string }) => {
      // Each command is loaded where it is run: a plan, which runs in every push, needs nothing of the others.
      if (flags.last !== undefined) {
        const { runHistory } = await import("../history/command.ts");
        await runHistory(flags.last, flags, host);
        return;
      }
      const { runPlan } = await import("../plan/command.ts");
      await runPlan(flags, host);
    });
}
