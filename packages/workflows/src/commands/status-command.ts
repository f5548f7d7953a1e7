import type { Host } from "@fanfold-internal/kit/process/host";
import { Command, Option } from "commander";
import type { ShowStatus, StatusFlags } from "../status/command.ts";
import { withFileFlags } from "./flags.ts";
import { type HtmlFlag, type LoadPages, pageWriter, withHtmlFlag } from "./html-flag.ts";

/** `fanfold status`. */
export function statusCommand(host: Host, loadPages?: LoadPages): Command {
  const command = withFileFlags(new Command("status"))
    .description("Compare what is published of each image with what the commit would build.")
    .optionsGroup("Output:")
    .option("--json", "the table as one JSON document, and nothing else on standard output")
    .addOption(
      new Option(
        "--fail-on <what>",
        "end with exit code 1 where an image is not published as it would be built",
      ).choices(["stale"]),
    );
  return withHtmlFlag(command, "the table", loadPages).action(async (flags: StatusFlags & HtmlFlag) => {
    const [{ runStatus }, show] = await Promise.all([
      import("../status/command.ts"),
      pageWriter(flags, host, loadPages, (pages, ...[document]: Parameters<ShowStatus>) =>
        pages.statusPage(document, new Date()),
      ),
    ]);
    await runStatus(flags, host, show);
  });
}
