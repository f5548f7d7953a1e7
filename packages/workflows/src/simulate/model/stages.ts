/** What a job of a workflow does. */
type JobKind = "plan" | "build" | "merge" | "ok";

/** A job of a workflow file: a lone one, or a matrix of them. */
export interface Stage {
  /** As in the workflow: `build-multi-1`. */
  readonly id: string;
  readonly kind: JobKind;
  /** Positions of earlier stages of its run. It begins when all of their jobs are over, as GitHub's `needs` has it. */
  readonly needs: readonly number[];
  /** How long each of its jobs runs, in the matrix' order. */
  readonly seconds: readonly number[];
  /** How many of its jobs run at the same time (`max-parallel`); null: all. */
  readonly atOnce: number | null;
  /** For each job the concurrency group, of which one job of all runs is under way at a time; null: none has one. */
  readonly groups: readonly string[] | null;
}

/** One run of a workflow. */
export interface Run {
  /** When it was triggered, in seconds from whenever. */
  readonly at: number;
  readonly stages: readonly Stage[];
}
