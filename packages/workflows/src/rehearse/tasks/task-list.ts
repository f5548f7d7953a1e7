import { report } from "@fanfold-internal/kit/process/annotation";
import { type Host, inActions } from "@fanfold-internal/kit/process/host";
import { bar, StatusLine } from "@fanfold-internal/kit/process/status-line";
import { type Outcome, type Task, TaskRun } from "./task-run.ts";

export interface TaskOptions {
  readonly host: Host;
  /** Tasks under way at one time. */
  readonly concurrency: number;
  /** Starts no more tasks. */
  readonly signal: AbortSignal;
}

/** Runs tasks and gives their outcomes, in the tasks' order. */
export type RunTasks = <T>(tasks: readonly Task<T>[]) => Promise<readonly Outcome<T>[]>;

/** Of what a failed task said: enough to see why, and not the whole log of a build. */
const LAST_LINES = 20;

/**
 * Shows on standard error how tasks go: a folded block for each in Actions, else a line for each, on a terminal with a
 * bar and what is said right now beneath. One that fails does not keep the others from being done.
 */
export function taskList({ host, concurrency, signal }: TaskOptions): RunTasks {
  return async (tasks) => {
    const runs = tasks.map((task) => new TaskRun(task));
    const waiting = [...runs];
    const status = new StatusLine(host);
    let done = 0;
    const show = (text: string): void => status.show(`${bar(done, runs.length)} ${done}/${runs.length}  ${text}`);
    const worker = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined && !signal.aborted; run = waiting.shift()) {
        const { title } = run;
        show(title);
        await run.run((line) => show(`${title}: ${line}`));
        done += 1;
        status.clear();
        // What a signal has ended did not fail.
        if (!signal.aborted) tell(run, host);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    signal.throwIfAborted();
    return runs.map(({ outcome }) => outcome);
  };
}

function tell<T>(run: TaskRun<T>, host: Host): void {
  const { title, summary, lines, outcome } = run;
  if (inActions(host)) {
    host.stderr([`::group::${title}  ${summary}`, ...lines, "::endgroup::", ""].join("\n"));
  } else if (outcome.kind === "done") {
    host.stderr(`${title}  ${summary}\n`);
  } else {
    tellLastLines(run, host);
  }
  if (outcome.kind === "done") return;
  for (const problem of outcome.error.diagnostics)
    report(host, { ...problem, message: `${title}: ${problem.message}` });
}

function tellLastLines<T>({ title, lines }: TaskRun<T>, host: Host): void {
  const last = lines.slice(-LAST_LINES);
  if (last.length > 0) host.stderr([`${title} said last:`, ...last.map((line) => `  ${line}`), ""].join("\n"));
}
