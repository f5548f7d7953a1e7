import { UsageError } from "@fanfold-internal/kit/process/command";
import type { FileFlags } from "../config/family.ts";
import type { AskedPushes } from "./pushes/find-pushes.ts";

export interface ReplayFlags extends FileFlags {
  readonly last?: string | undefined;
  readonly since?: string | undefined;
  readonly firstParent?: boolean | undefined;
  readonly pushes?: string | undefined;
  readonly rules?: "now" | "then" | undefined;
  readonly against?: string | undefined;
  readonly durations?: string | undefined;
  readonly jobs?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What is replayed, and how. */
export interface ReplayRequest extends AskedPushes {
  readonly files: FileFlags;
  readonly rules: "now" | "then";
  /** A second config, as it was named. */
  readonly against: string | undefined;
}

const DEFAULT_LAST = 100;

/** @throws UsageError for values that are none, and flags that exclude each other */
export function replayRequest(flags: ReplayFlags): ReplayRequest {
  const { config, matrix, last, since, firstParent, pushes, rules = "now", against } = flags;
  if (last !== undefined && since !== undefined) {
    throw new UsageError("--last and --since exclude each other: each says where to begin");
  }
  if (firstParent === true && pushes !== undefined) {
    throw new UsageError("--first-parent and --pushes exclude each other: each says what a push is");
  }
  const from = since === undefined ? undefined : dateOf(since);
  return {
    files: { config, matrix },
    last: last !== undefined ? countOf(last) : from === undefined ? DEFAULT_LAST : Number.POSITIVE_INFINITY,
    since: from,
    pushes: pushes !== undefined ? { file: pushes } : firstParent === true ? "commits" : "reflog",
    rules,
    against,
  };
}

/** @throws UsageError */
export function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--last must be a whole number from 1 on, found ${JSON.stringify(text)}`);
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?$/;

function dateOf(text: string): number {
  const time = DATE.test(text)
    ? Date.parse(/T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes("T") ? text : `${text}Z`)
    : Number.NaN;
  // A day that a month does not have is moved into the next one.
  const exists =
    !Number.isNaN(time) && new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10));
  if (exists) return time;
  throw new UsageError(`--since must be a date as 2026-01-31 or 2026-01-31T12:00:00Z, found ${JSON.stringify(text)}`);
}
