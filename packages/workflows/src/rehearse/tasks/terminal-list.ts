import { styleText } from "node:util";
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { TaskRun } from "./task-run.ts";

/** Runs tasks as a list that moves, on standard error. */
export async function runOnTerminal<T>(
  runs: readonly TaskRun<T>[],
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  const tasks = runs.map((run) => ({
    title: run.title,
    task: async (_context: unknown, shown: { title: string | undefined; output: string | undefined }) => {
      signal.throwIfAborted();
      await run.run((line) => {
        shown.output = line;
      });
      if (run.failed) throw new Error(run.summary);
      shown.title = `${run.title}  ${styleText("dim", run.summary, { validateStream: false })}`;
    },
  }));
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const list = new Listr(tasks, {
    concurrent: concurrency,
    exitOnError: false,
    // Who cleans up after a signal is the command.
    registerSignalListeners: false,
    renderer: StandardErrorRenderer,
    rendererOptions: {
      collapseErrors: false,
      formatOutput: "truncate",
      logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput }),
    },
  });
  await list.run();
}

/** The list asks whether standard output is a terminal. What it goes to is standard error, and that is one. */
class StandardErrorRenderer extends DefaultRenderer {
  static override nonTTY = true;
}
