import { type FanfoldError, isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { printable } from "@fanfold-internal/kit/text/printable";
import type { Say } from "../build/build-engine.ts";

/** Something that takes a while. What it throws that is no FanfoldError is a defect. */
export interface Task<T> {
  readonly title: string;
  readonly run: (say: Say) => Promise<T>;
  /** What to say of it when it is done. */
  readonly done: (value: T) => string;
}

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: FanfoldError<string> };

/** A task on its way: what it said, and what became of it. */
export class TaskRun<T> {
  readonly title: string;
  readonly lines: string[] = [];
  readonly #task: Task<T>;
  #end: Outcome<T> | { readonly kind: "defect"; readonly error: unknown } | undefined;

  constructor(task: Task<T>) {
    this.title = printable(task.title);
    this.#task = task;
  }

  /** @throws whatever the task threw that it should not have */
  get outcome(): Outcome<T> {
    if (this.#end === undefined) throw new Error(`${this.title} has not been run`);
    if (this.#end.kind === "defect") throw this.#end.error;
    return this.#end;
  }

  get failed(): boolean {
    return this.#end !== undefined && this.#end.kind !== "done";
  }

  /** How it ended, in one line. */
  get summary(): string {
    const { outcome } = this;
    const text =
      outcome.kind === "done"
        ? this.#task.done(outcome.value)
        : outcome.error.diagnostics.map(({ message }) => message).join("; ");
    return printable(text);
  }

  async run(onLine: Say = () => {}): Promise<void> {
    const say: Say = (line) => {
      this.lines.push(printable(line));
      onLine(printable(line));
    };
    try {
      this.#end = { kind: "done", value: await this.#task.run(say) };
    } catch (error) {
      this.#end = isFanfoldError(error) ? { kind: "failed", error } : { kind: "defect", error };
    }
  }
}
