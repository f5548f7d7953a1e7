import {
  type Checkout,
  commitsBetween,
  countRewritten,
  type GroupedPushes,
  groupPushes,
  type HistoryLog,
  type PushRecord,
  readHistoryLog,
  readPushReflog,
} from "@fanfold/changed-backends/internal";
import type { Host } from "@fanfold-internal/kit/process/host";
import { readPushesFile } from "./pushes-file.ts";

/** Which pushes are looked for. */
export interface AskedPushes {
  /** How many. */
  readonly last: number;
  /** Milliseconds since 1970; undefined: whenever they were. */
  readonly since: number | undefined;
  /** Where they are noted; a file by its name. */
  readonly pushes: "commits" | "reflog" | { readonly file: string };
}

/** Who has told which commits came together, and of how many pushes. */
type Grouping = { readonly kind: "commits" } | (Source & { readonly pushes: number });

export interface FoundPushes extends GroupedPushes {
  readonly log: HistoryLog;
  readonly grouping: Grouping;
  /** Records that lead to no commit of the branch. */
  readonly unused: number;
}

/** The pushes that a replay goes through, from the tip of HEAD on. */
export async function findPushes(
  checkout: Checkout,
  { last, since, pushes: asked }: AskedPushes,
  host: Host,
): Promise<FoundPushes> {
  const { records, source } = await recordsOf(checkout, asked, host);
  const tips = records.flatMap(({ before, after }) => [after, ...(before === null ? [] : [before])]);
  // The one before the first is what that is compared with.
  const limit = records.length === 0 && Number.isFinite(last) ? last + 1 : undefined;
  const log = await readHistoryLog(checkout, host, { last: limit, tips });
  const grouped = groupPushes(log, records, { last, since });
  const pushes = await countRewritten(grouped.pushes, (before, after) => commitsBetween(before, after, checkout, host));
  const { recorded } = grouped;
  return {
    ...grouped,
    pushes,
    log,
    grouping: source === undefined || recorded === 0 ? { kind: "commits" } : { ...source, pushes: recorded },
    // Of a part of the history those that are older are not missed.
    unused: grouped.ends === null ? 0 : records.length - recorded,
  };
}

type Source = { readonly kind: "reflog"; readonly ref: string } | { readonly kind: "file"; readonly file: string };

async function recordsOf(
  checkout: Checkout,
  asked: AskedPushes["pushes"],
  host: Host,
): Promise<{ readonly records: readonly PushRecord[]; readonly source: Source | undefined }> {
  if (asked === "commits") return { records: [], source: undefined };
  if (asked === "reflog") {
    const found = await readPushReflog(checkout, host);
    if (found === undefined) return { records: [], source: undefined };
    return { records: found.records, source: { kind: "reflog", ref: found.ref } };
  }
  const { file } = asked;
  const records = readPushesFile(file, (await checkout.headRef()) ?? null, host);
  return { records, source: { kind: "file", file } };
}
