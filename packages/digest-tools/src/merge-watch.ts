import { appendFileSync } from "node:fs";
import { report } from "@fanfold-internal/edge/annotation";
import { type Host, inActions } from "@fanfold-internal/edge/host";
import { groupLines, headline, progressText, summaryMarkdown, titleOf, totalLine } from "./merge-report.ts";
import type { GroupReport } from "./merge-run.ts";

const CLEAR = "\r\u001b[2K";

/**
 * Tells people how a merge goes, on standard error: a bar on a terminal, a folded block for each image in Actions, else a
 * line for each. Refusals and warnings are always told.
 */
export class MergeWatch {
  readonly #host: Host;
  readonly #total: number;
  #done = 0;
  #refused = 0;

  constructor(host: Host, total: number) {
    this.#host = host;
    this.#total = total;
    this.#bar();
  }

  readonly onGroup = (group: GroupReport): void => {
    this.#done++;
    if (group.verdict === "refused") this.#refused++;
    if (this.#host.terminal) this.#host.stderr(CLEAR);
    this.#tell(group);
    this.#bar();
  };

  /** The last word: totals, and the step summary. */
  end(reports: readonly GroupReport[]): void {
    if (this.#host.terminal) this.#host.stderr(CLEAR);
    this.#host.stderr(`${totalLine(reports)}\n`);
    const summary = this.#host.env["GITHUB_STEP_SUMMARY"];
    if (summary) appendFileSync(summary, summaryMarkdown(reports));
  }

  #tell(group: GroupReport): void {
    if (inActions(this.#host)) {
      this.#host.stderr(`::group::${headline(group)}\n${groupLines(group).slice(1).join("\n")}\n::endgroup::\n`);
    } else if (!this.#host.terminal) {
      this.#host.stderr(`${headline(group)}\n`);
    }
    const name = (message: string) => `${titleOf(group)}: ${message}`;
    for (const warning of group.warnings) report(this.#host, "warning", { ...warning, message: name(warning.message) });
    for (const problem of group.problems) report(this.#host, "error", { ...problem, message: name(problem.message) });
  }

  #bar(): void {
    if (!this.#host.terminal) return;
    this.#host.stderr(`${CLEAR}${progressText({ total: this.#total, done: this.#done, refused: this.#refused })}`);
  }
}
