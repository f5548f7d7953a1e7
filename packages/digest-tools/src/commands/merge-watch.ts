import { appendFileSync, statSync } from "node:fs";
import { reportProblem } from "@fanfold-internal/kit/process/annotation";
import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { StatusLine } from "@fanfold-internal/kit/process/status-line";
import type { GroupReport } from "../merge/run.ts";
import { groupLines, headline, progressText, titleOf, toldProblems, totalLine } from "./merge-report.ts";
import { MAX_SUMMARY_BYTES, summaryMarkdown } from "./merge-summary.ts";

/**
 * Tells people how a merge goes, on standard error: a bar on a terminal, a folded block for each image in Actions, else a
 * line for each. Refusals and warnings are always told.
 */
export class MergeWatch {
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
    this.#tell(group);
    this.#bar();
  };

  /** Totals; after it the result may be printed. */
  end(reports: readonly GroupReport[]): void {
    this.#status.clear();
    this.#host.stderr(`${totalLine(reports)}\n`);
  }

  /** The step summary, last of all: whether it can be written changes nothing in what was published. */
  summarize(reports: readonly GroupReport[]): void {
    const file = this.#host.env["GITHUB_STEP_SUMMARY"];
    if (!file) return;
    try {
      // What an earlier command of the step has written counts too.
      const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(file, summaryMarkdown(reports, MAX_SUMMARY_BYTES - used));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reportProblem(this.#host, "warning", {
        message: `the step summary cannot be written: ${reason}`,
        at: { file },
        fix: "set GITHUB_STEP_SUMMARY to a file that can be written, or to nothing; the result is complete without it",
      });
    }
  }

  #tell(group: GroupReport): void {
    if (inActions(this.#host)) {
      this.#host.stderr(`::group::${headline(group)}\n${groupLines(group).slice(1).join("\n")}\n::endgroup::\n`);
    } else if (!this.#host.terminal) {
      this.#host.stderr(`${headline(group)}\n`);
    }
    const name = (message: string) => `${titleOf(group)}: ${message}`;
    for (const [level, problems] of [
      ["warning", group.warnings],
      ["error", group.problems],
    ] as const) {
      for (const problem of toldProblems(problems)) {
        reportProblem(this.#host, level, { ...problem, message: name(problem.message) });
      }
    }
  }

  #bar(): void {
    this.#status.show(progressText({ total: this.#total, done: this.#done, refused: this.#refused }));
  }
}
