import type { Command } from "commander";

/** Loads what makes pages, when one is asked for. A program that cannot has no flag for them. */
export type LoadPages = () => Promise<typeof import("../page/pages.ts")>;

export interface HtmlFlag {
  readonly html?: string;
}

/** A page beside what the command prints. */
export function withHtmlFlag(command: Command, what: string, loadPages: LoadPages | undefined): Command {
  if (loadPages === undefined) return command;
  return command.option("--html <file>", `also write ${what} as a page, one file that needs no network`);
}
