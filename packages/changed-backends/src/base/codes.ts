import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";

/** What planning a change reports besides errors, and what it means. */
export const CHANGE_CODES = {
  "diff-unavailable": "One way to find what changed gave no answer; the next one was taken, or everything is selected.",
  "base-unreadable":
    "The matrix file or the config cannot be read at the commit that is compared with: everything is selected.",
  "config-changed": "The config names other images or builds them in another way: everything is selected.",
  "no-token": "There is no GITHUB_TOKEN, so that GitHub's API is asked anonymously.",
  "bad-repository-name": "GITHUB_REPOSITORY is not of the form owner/name, so that GitHub's API is not asked.",
  "replaced-file":
    "The matrix file or the config of the work tree is not that of the commit that is built, from which it was read.",
  "foreign-file": "The matrix file or the config cannot be read from the commit that is built: everything is selected.",
  "uncommitted-file": "The matrix file or the config has uncommitted changes, which count as changed.",
  "untracked-source":
    "A Dockerfile reads a file that git does not track: it was made before the build, and any file of the repository counts.",
  "tree-unavailable":
    "The files of the commit that is built could not be listed or read: any file counts for what Dockerfiles read.",
  "unmatched-file": "No rule, no `except` and no `ignore` mentions a changed file.",
} as const;

type ChangeCode = keyof typeof CHANGE_CODES;

export type ChangeDiagnostic = Diagnostic<ChangeCode>;
