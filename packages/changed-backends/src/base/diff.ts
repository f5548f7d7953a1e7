export const FILE_STATUSES = ["added", "removed", "modified", "renamed", "changed"] as const;
/**
 * What happened to a file; a status that GitHub or git may add one day counts as `modified`. `changed`: it is another kind of
 * thing than it was: a file, a symbolic link or a submodule.
 */
export type FileStatus = (typeof FILE_STATUSES)[number];

/** A file that a change touches. */
export interface ChangedFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  /** Where it was before a rename, which counts as changed too. */
  readonly previousPath: string | null;
  readonly status: FileStatus;
}

export const PRECISIONS = ["exact", "superset", "unknown"] as const;
/** `exact`: these files and no others. `superset`: these, some of which may not have changed. `unknown`: could be any. */
export type Precision = (typeof PRECISIONS)[number];

export const DIFF_SOURCES = ["none", "compare", "pull-files", "trees", "git", "files"] as const;
/** Where the files come from; `none`: nothing was compared. */
export type DiffSource = (typeof DIFF_SOURCES)[number];

export const DIFF_REASONS = [
  "zero-base",
  "deleted",
  "tag",
  "scheduled",
  "released",
  "dispatched",
  "only",
  "forced",
  "unknown-event",
  "force-pushed",
  "truncated",
  "missing-fields",
  "not-found",
  "unprocessable",
  "server-error",
  "rate-limited",
  "forbidden",
  "network",
  "moved",
  "several-merge-bases",
  "no-checkout",
  "git-failed",
  "shallow",
  "unmatched",
  "matrix-unreadable",
  "config-unreadable",
  "config-changed",
  "foreign-files",
] as const;
/**
 * Why nothing was compared, why a lower step of the ladder answered, or why none did.
 *
 * Of the event or the flags: `zero-base` to `unknown-event`. Of the ladder: `force-pushed` (both directions were
 * compared), `truncated` (a documented limit was reached), `missing-fields` (an answer without what the documentation
 * promises), `not-found` (a commit, or a common ancestor), `unprocessable` (422), `server-error`, `rate-limited` (beyond
 * the total wait), `forbidden` (the token may not), `network`, `moved` (the merge group or the
 * pull request has landed, or the pull request has newer commits than the event, another target or several merge bases),
 * `several-merge-bases` (of a force-push), `no-checkout`, `git-failed`, `shallow`. Of the files: `unmatched` (the config
 * asks for everything), `matrix-unreadable`, `config-unreadable` and `config-changed` (at the base), `foreign-files` (the
 * matrix or the config is not that of the commit that is built).
 */
export type DiffReason = (typeof DIFF_REASONS)[number];

/** Which files a change touches, how that was found out, and whether it is exact. */
export interface Diff {
  readonly precision: Precision;
  readonly source: DiffSource;
  /** null: the first step answered. */
  readonly reason: DiffReason | null;
  /** Requests made to GitHub's API, retries included. */
  readonly calls: number;
  readonly files: readonly ChangedFile[];
}

/** Every path that counts as changed, once. */
export function changedPaths(files: readonly ChangedFile[]): readonly string[] {
  const paths = new Set<string>();
  for (const { path, previousPath } of files) {
    paths.add(path);
    if (previousPath !== null) paths.add(previousPath);
  }
  return [...paths];
}
