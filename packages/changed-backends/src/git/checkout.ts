import { resolve } from "node:path";
import { ChangedBackendsError } from "../base/error.ts";
import { kindOf, type ListedPath } from "./commit-tree.ts";
import { type Git, type GitAccess, type GitResult, gitFields, gitIn, gitText } from "./git-command.ts";

/** The user's clone. Everything here only reads, and only what is there: nothing is fetched. */
export interface Checkout {
  readonly root: string;
  /** The directory of its objects, shared by all its work trees. */
  readonly objects: string;
  /** `sha1` or `sha256` */
  readonly objectFormat: string;
  readonly shallow: boolean;
  /** The SHA of a commit that a revision names. */
  resolve(revision: string): Promise<string | undefined>;
  /** When a commit was made, as ISO 8601 has it; undefined: the clone does not have the commit. */
  commitDate(sha: string): Promise<string | undefined>;
  /** The first parent of HEAD, which a shallow clone knows by name although it does not have it. */
  parentOfHead(): Promise<string | undefined>;
  /** All merge bases of two commits. Needs the whole history: undefined in a shallow clone, or for unknown commits. */
  mergeBases(left: string, right: string): Promise<readonly string[] | undefined>;
  /** The branch that is checked out, as `refs/heads/main`. */
  headRef(): Promise<string | undefined>;
  originUrl(): Promise<string | undefined>;
  /** The default branch of the repository it was cloned from, as it was then; undefined: the clone does not say. */
  originBranch(): Promise<string | undefined>;
  /** The same, else the branch that is checked out, else `main`. */
  defaultBranch(): Promise<string>;
  /** Branches of the repository it was cloned from and its own; undefined: the clone does not hold all of those there. */
  branches(): Promise<ReadonlySet<string> | undefined>;
  /** All files that git tracks. */
  trackedFiles(): Promise<readonly string[]>;
  /** The same with what stands there: files, symbolic links, commits of other repositories. */
  indexedPaths(): Promise<readonly ListedPath[]>;
  /** Paths at which other repositories are checked out: git tracks a commit there, and no file. */
  submodules(): Promise<readonly string[]>;
  /** Files of which git tracks a pointer to Git LFS alone. */
  lfsFiles(): Promise<readonly string[]>;
  /** Git tags of HEAD, the highest version first, pre-releases below their release. */
  tagsAtHead(): Promise<readonly string[]>;
}

/**
 * The checkout around a directory; undefined: there is none, or no git.
 *
 * @throws ChangedBackendsError `git-refused`, when there is one that git does not want to read, such as another user's
 */
export async function openCheckout(directory: string, access: GitAccess): Promise<Checkout | undefined> {
  const questions = ["--show-toplevel", "--git-path", "objects", "--is-shallow-repository", "--show-object-format"];
  const asked = await gitIn({ directory, network: "offline" }, access)(["rev-parse", ...questions]);
  if (!asked.ok) {
    if (asked.missing || asked.stderr === "" || asked.stderr.includes("not a git repository")) return undefined;
    throw gitRefused(asked, directory);
  }
  const [root, objects, shallow, objectFormat] = gitText(asked).split("\n");
  if (root === undefined || objects === undefined || objectFormat === undefined) return undefined;
  const place = { root, objects: resolve(directory, objects), objectFormat, shallow: shallow === "true" };
  return { ...place, ...questionsTo(gitIn({ directory: root, network: "offline" }, access), place) };
}

/** git's own words, and what it advises. */
function gitRefused({ stderr }: GitResult, directory: string): ChangedBackendsError {
  const [reason = "", ...more] = stderr.replace(/^fatal: /, "").split("\n");
  const advised = more.map((line) => line.trim()).find((line) => line.startsWith("git config"));
  return new ChangedBackendsError({
    code: "git-refused",
    message: `git does not read the repository around ${directory}: ${reason}`,
    fix: advised ?? "see what git status says there",
  });
}

type Place = Pick<Checkout, "root" | "objects" | "objectFormat" | "shallow">;

function questionsTo(git: Git, { root, shallow }: Place): Omit<Checkout, keyof Place> {
  const line = async (...args: readonly string[]): Promise<string | undefined> => {
    const result = await git(args);
    return result.ok ? gitText(result) : undefined;
  };
  const indexedPaths = async (): Promise<readonly ListedPath[]> => {
    const entries = gitFields(await git(["ls-files", "-z", "--stage", "--full-name", ":/"]));
    return entries.map((entry) => {
      const tab = entry.indexOf("\t");
      const [mode = "", id = ""] = entry.slice(0, tab).split(" ");
      return { path: entry.slice(tab + 1), mode, kind: kindOf(mode), id };
    });
  };
  const originBranch = async (): Promise<string | undefined> =>
    (await line("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"))?.slice("refs/remotes/origin/".length);
  return {
    resolve: (revision) => line("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`),
    commitDate: (sha) =>
      line("show", "--no-patch", "--no-show-signature", "--format=%cI", "--end-of-options", `${sha}^{commit}`),
    async parentOfHead() {
      const commit = await line("cat-file", "commit", "HEAD");
      return /^parent ([0-9a-f]+)$/m.exec(commit?.split("\n\n")[0] ?? "")?.[1];
    },
    async mergeBases(left, right) {
      if (shallow) return undefined;
      return (await line("merge-base", "--all", left, right))?.split("\n").filter(Boolean);
    },
    headRef: () => line("symbolic-ref", "--quiet", "HEAD"),
    originBranch,
    async defaultBranch() {
      const here = (await line("symbolic-ref", "--quiet", "HEAD"))?.slice("refs/heads/".length);
      return (await originBranch()) ?? here ?? "main";
    },
    async branches() {
      // As `git clone` sets it; with --single-branch, and in Actions, other branches are not there although they exist.
      const fetched = await line("config", "--get-all", "remote.origin.fetch");
      if (fetched?.split("\n").includes("+refs/heads/*:refs/remotes/origin/*") !== true) return undefined;
      const names = (await line("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin"))?.split(
        "\n",
      );
      if (names?.some((name) => name.startsWith("refs/remotes/origin/")) !== true) return undefined;
      return new Set(names.map((name) => name.replace(/^refs\/(?:heads|remotes\/origin)\//, "")));
    },
    async originUrl() {
      const url = await line("remote", "get-url", "origin");
      return url?.startsWith(".") === true ? resolve(root, url) : url;
    },
    indexedPaths,
    submodules: async () => (await indexedPaths()).filter(({ kind }) => kind === "gitlink").map(({ path }) => path),
    lfsFiles: async () => gitFields(await git(["ls-files", "-z", "--full-name", "--", ":(top,attr:filter=lfs)"])),
    async tagsAtHead() {
      // git-tag(1), versionsort.suffix
      const sorted = ["-c", "versionsort.suffix=-", "tag", "--points-at", "HEAD", "--sort=-version:refname"];
      return (await line(...sorted))?.split("\n").filter((tag) => tag !== "") ?? [];
    },
    trackedFiles: async () => gitFields(await git(["ls-files", "-z", "--full-name", ":/"])),
  };
}
