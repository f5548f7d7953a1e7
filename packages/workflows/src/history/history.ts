import type { DiffReason, MatrixList, Precision } from "@fanfold/changed-backends";
import type { CommitSelection, HistorySelection } from "@fanfold/changed-backends/internal";
import type { Identify } from "@fanfold-internal/matrix/identity";

/** A commit, and what it would build by the files of today. */
export interface HistoryCommit {
  readonly sha: string;
  /** Its first parent, which it was compared with; null: it has none. */
  readonly parent: string | null;
  readonly subject: string;
  /** How many files it changed. */
  readonly files: number;
  readonly precision: Precision;
  /** Why everything is selected; null: rules decided. */
  readonly reason: DiffReason | null;
  /** How many entries are selected. */
  readonly entries: number;
  /** The names of selected images, in file order. */
  readonly images: readonly string[];
}

/** Counts of entries and of images. */
interface Counts {
  readonly entries: number;
  readonly images: number;
}

/** What `fanfold plan --last N --json` prints. */
export interface History {
  readonly schema: "fanfold.history/1";
  /** The newest first. */
  readonly commits: readonly HistoryCommit[];
  /** Of the matrix file. */
  readonly matrix: Counts;
  readonly totals: Counts & {
    readonly commits: number;
    /** Commits that select no entry, and those that select all of them. */
    readonly nothing: number;
    readonly everything: number;
  };
  /** Fewer commits were found than asked for: the history begins there, or the clone is shallow and ends. */
  readonly ends: { readonly kind: "root" | "shallow"; readonly sha: string } | null;
}

/** `asked`: how many commits. */
export function historyOf(
  { commits: found, shallowAt }: Pick<HistorySelection, "commits" | "shallowAt">,
  lists: readonly MatrixList[],
  { identify, asked }: { readonly identify: Identify; readonly asked: number },
): History {
  const names = new Map(lists.map(({ name, entries }) => [name, entries.map((entry) => identify(entry).name)]));
  const matrix = {
    entries: lists.reduce((sum, { entries }) => sum + entries.length, 0),
    images: new Set([...names.values()].flat()).size,
  };
  const commits = found.map((commit) => historyCommit(commit, names));
  const oldest = commits.at(-1);
  const begins = oldest !== undefined && oldest.parent === null && commits.length < asked;
  return {
    schema: "fanfold.history/1",
    commits,
    matrix,
    totals: {
      commits: commits.length,
      entries: commits.reduce((sum, { entries }) => sum + entries, 0),
      images: commits.reduce((sum, { images }) => sum + images.length, 0),
      nothing: commits.filter(({ entries }) => entries === 0).length,
      everything: commits.filter(({ entries }) => entries > 0 && entries === matrix.entries).length,
    },
    ends:
      shallowAt !== undefined ? { kind: "shallow", sha: shallowAt } : begins ? { kind: "root", sha: oldest.sha } : null,
  };
}

function historyCommit(
  { sha, parent, subject, files, precision, reason, selection }: CommitSelection,
  names: ReadonlyMap<string, readonly string[]>,
): HistoryCommit {
  const images = new Set(
    selection.lists.flatMap(({ name, selected }) => selected.flatMap((index) => names.get(name)?.[index] ?? [])),
  );
  const entries = selection.lists.reduce((sum, { selected }) => sum + selected.length, 0);
  return { sha, parent, subject, files, precision, reason, entries, images: [...images] };
}
