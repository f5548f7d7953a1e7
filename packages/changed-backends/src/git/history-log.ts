import { ChangedBackendsError } from "../base/error.ts";
import type { Checkout } from "./checkout.ts";
import { type GitAccess, gitFields, gitIn, gitText } from "./git-command.ts";

interface LoggedCommit {
  readonly sha: string;
  /** Its first parent; null: it has none. */
  readonly parent: string | null;
  readonly tree: string;
  /** When it was made, as ISO 8601 has it. */
  readonly time: string;
  /** The first line of its message, as somebody wrote it. */
  readonly subject: string;
}

export interface HistoryLog {
  readonly head: string;
  /** Along first parents, by their SHAs: those of HEAD, the newest first, and then those of other tips. */
  readonly commits: ReadonlyMap<string, LoggedCommit>;
  /** Commits whose parents a shallow clone lacks: they look as if they had none. */
  readonly cut: ReadonlySet<string>;
}

// Whatever the user's configuration says.
const LOG = [
  ...["log", "-z", "--first-parent", "--no-color", "--no-decorate", "--no-notes", "--no-show-signature"],
  ...["--no-patch", "--encoding=UTF-8", "--ignore-missing", "--format=tformat:%H%x00%P%x00%T%x00%cI%x00%s"],
] as const;
const FIELDS = 5;

/**
 * Commits of HEAD and of other tips along first parents, in one run of git. `last`: no more than these; `tips`: commits, also
 * such that the clone does not have.
 *
 * @throws ChangedBackendsError `unknown-revision`, `git-refused`
 */
export async function readHistoryLog(
  checkout: Checkout,
  access: GitAccess,
  { last, tips = [] }: { readonly last?: number | undefined; readonly tips?: readonly string[] },
): Promise<HistoryLog> {
  const head = await checkout.resolve("HEAD");
  if (head === undefined) {
    throw new ChangedBackendsError({
      code: "unknown-revision",
      message: "the repository has no commit yet",
      fix: "commit something first",
    });
  }
  const git = gitIn({ directory: checkout.root, network: "offline" }, access);
  const limit = last === undefined ? [] : [`--max-count=${last}`];
  const logged = await git([...LOG, ...limit, "--stdin"], [head, ...tips].map((tip) => `${tip}\n`).join(""));
  if (!logged.ok) {
    throw new ChangedBackendsError({
      code: "git-refused",
      message: `git cannot read the history: ${logged.stderr.split("\n", 1)[0] ?? ""}`,
      fix: "see what git fsck says there",
    });
  }
  const commits = parseLog(gitFields(logged));
  return { head, commits, cut: checkout.shallow ? await cutAmong(commits, checkout, access) : new Set() };
}

function parseLog(fields: readonly string[]): ReadonlyMap<string, LoggedCommit> {
  const commits = new Map<string, LoggedCommit>();
  for (let at = 0; at + FIELDS <= fields.length; at += FIELDS) {
    const [sha = "", parents = "", tree = "", time = "", subject = ""] = fields.slice(at, at + FIELDS);
    commits.set(sha, { sha, parent: parents === "" ? null : (parents.split(" ", 1)[0] ?? null), tree, time, subject });
  }
  return commits;
}

async function cutAmong(
  commits: ReadonlyMap<string, LoggedCommit>,
  checkout: Checkout,
  access: GitAccess,
): Promise<ReadonlySet<string>> {
  const git = gitIn({ directory: checkout.root, network: "offline" }, access);
  const cut = new Set<string>();
  for (const { sha, parent } of commits.values()) {
    if (parent !== null) continue;
    const commit = gitText(await git(["cat-file", "commit", sha])).split("\n\n", 1)[0] ?? "";
    if (/^parent /m.test(commit)) cut.add(sha);
  }
  return cut;
}

/** How far two commits are apart; undefined: the clone does not have both. */
export async function commitsBetween(
  before: string,
  after: string,
  checkout: Checkout,
  access: GitAccess,
): Promise<{ readonly gone: number; readonly added: number } | undefined> {
  const git = gitIn({ directory: checkout.root, network: "offline" }, access);
  const counted = await git(["rev-list", "--count", "--left-right", "--end-of-options", `${before}...${after}`]);
  if (!counted.ok) return undefined;
  const [gone = 0, added = 0] = gitText(counted).split("\t").map(Number);
  return { gone, added };
}
