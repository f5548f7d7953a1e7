import type { HistoryLog } from "../git/history-log.ts";

/** A push that somebody has recorded. */
export interface PushRecord {
  /** Null: the branch was made by it. */
  readonly before: string | null;
  readonly after: string;
  /** ISO 8601; null: nobody noted it. */
  readonly time: string | null;
}

/** What reached a branch at one time. */
export interface HistoryPush {
  readonly sha: string;
  /** What it is compared with; null: there is nothing. */
  readonly before: string | null;
  /** When it was pushed, else when its commit was made; empty: neither is known. */
  readonly time: string;
  /** Empty where the clone does not have the commit. */
  readonly subject: string;
  /** Commits along first parents; where `before` is not among them, all that are new. */
  readonly commits: number;
  /** It took commits away. */
  readonly rewritten: boolean;
}

export interface GroupedPushes {
  /** The newest first. */
  readonly pushes: readonly HistoryPush[];
  /** How many of them are as recorded. */
  readonly recorded: number;
  /** Where there is no more: the first commit, the one whose parent a shallow clone lacks, or one that it does not have. */
  readonly ends: { readonly kind: "root" | "shallow" | "missing"; readonly sha: string } | null;
}

/** Counts the commits of pushes whose earlier commit is not to be reached along first parents: of a merge the other way round, too. */
export async function countRewritten(
  pushes: readonly HistoryPush[],
  between: (before: string, after: string) => Promise<{ readonly gone: number; readonly added: number } | undefined>,
): Promise<readonly HistoryPush[]> {
  const counted: HistoryPush[] = [];
  for (const push of pushes) {
    const found = push.rewritten && push.before !== null ? await between(push.before, push.sha) : undefined;
    counted.push(found === undefined ? push : { ...push, commits: found.added, rewritten: found.gone > 0 });
  }
  return counted;
}

export interface PushRange {
  /** How many pushes. */
  readonly last: number;
  /** Milliseconds since 1970: pushes from then on. */
  readonly since?: number | undefined;
}

/**
 * The pushes of a branch, from its tip on: as they were recorded (the oldest record first), and where nobody has recorded one,
 * each commit by itself. A record is followed to what was there before, whether the branch still holds that or not.
 */
export function groupPushes(
  { head, commits, cut }: HistoryLog,
  records: readonly PushRecord[],
  { last, since = Number.NEGATIVE_INFINITY }: PushRange,
): GroupedPushes {
  const pushes: HistoryPush[] = [];
  const left = recordsByAfter(records);
  let recorded = 0;
  const given = (ends: GroupedPushes["ends"]): GroupedPushes => {
    // A clock may have been wrong: what lies between is in the range, too.
    const oldest = pushes.findLastIndex(({ time }) => !(Date.parse(time) < since));
    const whole = oldest === pushes.length - 1;
    return { pushes: pushes.slice(0, oldest + 1), recorded, ends: whole ? ends : null };
  };
  for (let at = head; pushes.length < last; ) {
    const commit = commits.get(at);
    const record = left.get(at)?.pop();
    if (record !== undefined) {
      recorded += 1;
      const { before } = record;
      const time = record.time ?? commit?.time ?? "";
      const count = distance(at, before, commits);
      pushes.push({
        sha: at,
        before,
        time,
        subject: commit?.subject ?? "",
        commits: count ?? 0,
        rewritten: count === null,
      });
      if (before === null) return given({ kind: "root", sha: at });
      at = before;
      continue;
    }
    if (commit === undefined) return given({ kind: "missing", sha: at });
    const { parent, time, subject } = commit;
    if (parent === null && cut.has(at)) return given({ kind: "shallow", sha: at });
    pushes.push({ sha: at, before: parent, time, subject, commits: 1, rewritten: false });
    if (parent === null) return given({ kind: "root", sha: at });
    at = parent;
  }
  return given(null);
}

/** Each with those of one commit, the newest last. */
function recordsByAfter(records: readonly PushRecord[]): ReadonlyMap<string, PushRecord[]> {
  const useful = records.filter(({ before, after }) => before !== after);
  return Map.groupBy(useful, ({ after }) => after);
}

/** Null: it is not to be reached along first parents. */
function distance(from: string, to: string | null, commits: HistoryLog["commits"]): number | null {
  let count = 0;
  for (let at: string | null = from; at !== null; at = commits.get(at)?.parent ?? null) {
    if (at === to) return count;
    count += 1;
  }
  return to === null ? count : null;
}
