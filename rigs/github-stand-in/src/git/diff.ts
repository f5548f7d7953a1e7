import { git, splitNul } from "./git.ts";

/** The words of GitHub's `diff-entry` schema that git can cause. */
type FileStatus = "added" | "removed" | "modified" | "renamed" | "copied" | "changed";

export interface FileChange {
  /** Bytes that are not UTF-8 have become U+FFFD, as JSON demands. */
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: FileStatus;
  /** The blob at the head; for a removed file the one that was removed. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

// The empty tree exists in every repository without being stored: a root commit is compared with it.
export const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** What changed from one tree or commit to another, with renames detected, in the order of the path's bytes. */
export async function diffTrees(gitDir: string, from: string, to: string): Promise<readonly FileChange[]> {
  // diff-tree and not diff: plumbing does not obey the repository's own diff settings.
  const args = ["diff-tree", "-r", "-M", "-z", "--raw", "--numstat", "--no-abbrev", "--no-ext-diff", "--no-textconv"];
  return parseDiff(await git(gitDir, [...args, from, to]));
}

const statuses: Readonly<Record<string, FileStatus>> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  C: "copied",
  T: "changed",
};

type RawChange = Omit<FileChange, "additions" | "deletions">;

/** All `--raw` records come first, then all `--numstat` records in the same order. */
function parseDiff(output: Buffer): readonly FileChange[] {
  const parts = splitNul(output).values();
  const take = (): string => parts.next().value?.toString() ?? "";
  const raw: RawChange[] = [];
  const changes: FileChange[] = [];
  for (const part of parts) {
    const head = part.toString();
    if (head.startsWith(":")) {
      raw.push(rawChange(head, take));
      continue;
    }
    const [additions, deletions, path] = head.split("\t", 3);
    if (path === "") {
      take();
      take();
    }
    const change = raw[changes.length];
    // Binary files have `-` for both counts, which GitHub shows as 0.
    if (change !== undefined) {
      changes.push({ ...change, additions: Number(additions) || 0, deletions: Number(deletions) || 0 });
    }
  }
  return changes;
}

function rawChange(head: string, take: () => string): RawChange {
  const [, , before = "", after = "", letters = ""] = head.split(" ");
  const status = statuses[letters.slice(0, 1)] ?? "changed";
  const moved = status === "renamed" || status === "copied";
  const previousPath = moved ? take() : null;
  return { path: take(), previousPath, status, sha: status === "removed" ? before : after };
}
