import type { ChangedFile, FileStatus } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";
import type { Checkout } from "./checkout.ts";
import { kindOf, readTexts } from "./commit-tree.ts";
import { type Git, type GitAccess, gitFields, gitIn, gitText } from "./git-command.ts";

/** A commit of a branch, with what it changed there: of a merge all that came with it. */
export interface PastCommit {
  readonly sha: string;
  /** Its first parent; null: it has none. */
  readonly parent: string | null;
  /** The first line of its message, as somebody wrote it. */
  readonly subject: string;
  readonly files: readonly ChangedFile[];
  /** Of files that were asked for, where the commit changed them. */
  readonly versions: ReadonlyMap<string, FileVersions>;
}

/** A file in the parent and in the commit. */
interface FileVersions {
  readonly before: FileVersion;
  readonly after: FileVersion;
}

export type FileVersion =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" };

export interface PastCommits {
  /** The newest first. */
  readonly commits: readonly PastCommit[];
  /** Set where the clone is shallow and has no more: the commit whose parent it lacks. */
  readonly shallowAt: string | undefined;
}

/** Objects of one file's two sides, by their ids; null: it is not there. */
interface RawVersions {
  readonly before: RawVersion;
  readonly after: RawVersion;
}
type RawVersion = { readonly kind: ReturnType<typeof kindOf>; readonly id: string } | null;
type RawCommit = Omit<PastCommit, "versions"> & { readonly raw: ReadonlyMap<string, RawVersions> };

/**
 * The last commits of HEAD along first parents, in two runs of git; `wanted`: files whose texts count.
 *
 * @throws ChangedBackendsError `unknown-revision`, `git-refused`
 */
export async function firstParents(
  checkout: Checkout,
  access: GitAccess,
  { last, wanted }: { readonly last: number; readonly wanted: ReadonlySet<string> },
): Promise<PastCommits> {
  const head = await checkout.resolve("HEAD");
  if (head === undefined) {
    throw new ChangedBackendsError({
      code: "unknown-revision",
      message: "the repository has no commit yet",
      fix: "commit something first",
    });
  }
  const git = gitIn({ directory: checkout.root, network: "offline" }, access);
  const logged = await git([...LOG, `--max-count=${last}`, head]);
  if (!logged.ok) {
    throw new ChangedBackendsError({
      code: "git-refused",
      message: `git cannot read the history: ${logged.stderr.split("\n", 1)[0] ?? ""}`,
      fix: "a clone without trees (--filter=tree:0) has too little; clone it anew, with --filter=blob:none at most",
    });
  }
  const commits = parseLog(gitFields(logged), wanted);
  // A shallow clone shows a commit whose parent it lacks as if it had none.
  const oldest = commits.at(-1);
  const cut =
    checkout.shallow && oldest?.parent === null && (await hasParent(git, oldest.sha)) ? oldest.sha : undefined;
  const known = cut === undefined ? commits : commits.slice(0, -1);
  const ids = known.flatMap(({ raw }) => [...raw.values()].flatMap(({ before, after }) => [before, after]));
  const texts = await readTexts(git, [...new Set(ids.flatMap((version) => version?.id ?? []))]);
  return { commits: known.map((commit) => withTexts(commit, texts)), shallowAt: cut };
}

// Whatever the user's configuration says.
const LOG = [
  ...["-c", "log.showRoot=true", "log", "-z", "--first-parent", "--diff-merges=first-parent"],
  ...["--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv"],
  ...["--no-color", "--no-decorate", "--no-notes", "--no-show-signature", "--encoding=UTF-8"],
  "--format=tformat:%H%x00%P%x00%s",
] as const;

/** Fields of a commit: its SHA, its parents, its subject; then two for each file, the first with a colon ahead. */
function parseLog(fields: readonly string[], wanted: ReadonlySet<string>): readonly RawCommit[] {
  const commits: RawCommit[] = [];
  for (let at = 0; at + 2 < fields.length; ) {
    const [sha = "", parents = "", subject = ""] = fields.slice(at, at + 3);
    const files: ChangedFile[] = [];
    const raw = new Map<string, RawVersions>();
    for (at += 3; /^\n?:/.test(fields[at] ?? ""); at += 2) {
      // https://git-scm.com/docs/git-diff#_raw_output_format
      const [before = "", after = "", oldId = "", newId = "", letter = ""] = (fields[at] ?? "")
        .replace(/^\n?:/, "")
        .split(" ");
      const path = fields[at + 1] ?? "";
      files.push({ path, previousPath: null, status: STATUS.get(letter) ?? "modified" });
      if (wanted.has(path)) raw.set(path, { before: version(before, oldId), after: version(after, newId) });
    }
    commits.push({ sha, parent: parents === "" ? null : (parents.split(" ", 1)[0] ?? null), subject, files, raw });
  }
  return commits;
}

const STATUS: ReadonlyMap<string, FileStatus> = new Map([
  ["A", "added"],
  ["D", "removed"],
  ["T", "changed"],
]);

function version(mode: string, id: string): RawVersion {
  return mode === "000000" ? null : { kind: kindOf(mode), id };
}

async function hasParent(git: Git, sha: string): Promise<boolean> {
  const commit = await git(["cat-file", "commit", sha]);
  return /^parent /m.test(gitText(commit).split("\n\n", 1)[0] ?? "");
}

function withTexts({ raw, ...commit }: RawCommit, texts: ReadonlyMap<string, string>): PastCommit {
  const known = (side: RawVersion): FileVersion => {
    if (side === null) return { kind: "absent" };
    const text = side.kind === "file" ? texts.get(side.id) : undefined;
    return text === undefined ? { kind: "unreadable" } : { kind: "text", text };
  };
  const versions = [...raw].map(
    ([path, { before, after }]) => [path, { before: known(before), after: known(after) }] as const,
  );
  return { ...commit, versions: new Map(versions) };
}
