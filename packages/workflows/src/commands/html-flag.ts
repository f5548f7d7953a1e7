import type { Host } from "@fanfold-internal/kit/process/host";
import type { Command } from "commander";
import type { ShowReplay } from "../replay/command.ts";

type Pages = typeof import("../page/pages.ts");

/** Loads what makes pages, when one is asked for. A program that cannot has no flag for them. */
export type LoadPages = () => Promise<Pages>;

export interface HtmlFlag {
  readonly html?: string;
}

/** A page beside what the command prints. */
export function withHtmlFlag(command: Command, what: string, loadPages: LoadPages | undefined): Command {
  if (loadPages === undefined) return command;
  return command.option("--html <file>", `also write ${what} as a page, one file that needs no network`);
}

/**
 * What writes a page of something to the file that was named; undefined: none was. A file that cannot be written is refused
 * here, before there is anything to write.
 */
export async function pageWriter<Shown extends readonly unknown[]>(
  { html }: HtmlFlag,
  host: Host,
  loadPages: LoadPages | undefined,
  pageOf: (pages: Pages, ...shown: Shown) => string,
): Promise<((...shown: Shown) => void) | undefined> {
  if (html === undefined || loadPages === undefined) return undefined;
  const pages = await loadPages();
  const file = pages.pageFile(html, host.cwd);
  return (...shown) => file.write(pageOf(pages, ...shown));
}

/** The same of a replay, which two commands make. */
export function replayPageWriter(
  flags: HtmlFlag,
  host: Host,
  loadPages: LoadPages | undefined,
): Promise<ShowReplay | undefined> {
  return pageWriter(flags, host, loadPages, (pages, ...[replay]: Parameters<ShowReplay>) =>
    pages.replayPage(replay, new Date()),
  );
}
