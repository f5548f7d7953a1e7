import { statSync } from "node:fs";
import { report } from "@fanfold-internal/kit/process/annotation";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { appendToRunnerFile } from "@fanfold-internal/kit/process/runner-files";
import { StatusLine } from "@fanfold-internal/kit/process/status-line";
import { warning } from "../base/error.ts";
import type { GroupReport } from "../merge/run.ts";
import { groupLines, headline, progressText, shownFindings, titleOf, totalLine } from "./merge-report.ts";
import { MAX_SUMMARY_BYTES, summaryMarkdown } from "./merge-summary.ts";

/**
 * Shows people how a merge goes, on standard error: a bar on a terminal, a folded block for each image in Actions, otherwise
 * a line for each. Refusals and warnings are always shown.
 */
export class MergeProgress {
  readonly #host: Host;
  readonly #status: StatusLine;
  readonly #total: number;
  #done = 0;
  #refused = 0;

  constructor(host: Host, total: number) {
    this.#host = host;
    this.#status = new StatusLine(host);
    this.#total = total;
    this.#bar();
  }

  readonly onGroup = (group: GroupReport): void => {
    this.#done++;
    if (group.verdict === "refused") this.#refused++;
    this.#status.clear();
    this.#show(group);
    this.#bar();
  };

  /** Totals; after it the result may be printed. */
  end(reports: readonly GroupReport[]): void {
    this.#status.clear();
    this.#host.stderr(`${totalLine(reports)}\n`);
  }

  /** Writes the step summary, last of all: failing to write it changes nothing that was published. */
  summarize(reports: readonly GroupReport[]): void {
    const file = this.#host.env["GITHUB_STEP_SUMMARY"];
    if (!file) return;
    try {
      // What an earlier command of the step has written counts too.
      const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      appendToRunnerFile(this.#host, "GITHUB_STEP_SUMMARY", summaryMarkdown(reports, MAX_SUMMARY_BYTES - used));
    } catch (error) {
      const unwritten = warning("no-summary", {
        message: `the step summary cannot be written: ${reasonOf(error)}`,
        fix: "set GITHUB_STEP_SUMMARY to a file that can be written, or to nothing; the result is complete without it",
      });
      report(this.#host, { ...unwritten, at: { file } });
    }
  }

  #show(group: GroupReport): void {
    if (inActions(this.#host)) {
      this.#host.stderr(`::group::${headline(group)}\n${groupLines(group).slice(1).join("\n")}\n::endgroup::\n`);
    } else if (!this.#host.terminal) {
      this.#host.stderr(`${headline(group)}\n`);
    }
    for (const finding of [...shownFindings(group.warnings), ...shownFindings(group.problems)]) {
      report(this.#host, { ...finding, message: `${titleOf(group)}: ${finding.message}` });
    }
  }

  #bar(): void {
    this.#status.show(progressText({ total: this.#total, done: this.#done, refused: this.#refused }));
  }
}
