import { resolve } from "node:path";
import { type Git, gitIn, gitText } from "./git-command.ts";

/** The user's clone. Everything here only reads. */
export interface Checkout {
  readonly root: string;
  /** The directory of its objects, shared by all its work trees. */
  readonly objects: string;
  readonly shallow: boolean;
  /** The SHA of a commit that a revision names. */
  resolve(revision: string): Promise<string | undefined>;
  /** The first parent of HEAD, which a shallow clone knows by name although it does not have it. */
  parentOfHead(): Promise<string | undefined>;
  /** Needs the whole history: undefined in a shallow clone. */
  mergeBase(left: string, right: string): Promise<string | undefined>;
  /** The branch that is checked out, as `refs/heads/main`. */
  headRef(): Promise<string | undefined>;
  /** A file's text at a commit; throws when the commit has no such file. */
  readFile(commit: string, path: string): Promise<string>;
  originUrl(): Promise<string | undefined>;
  /** Which of the paths differ from HEAD in index or work tree, or are new. */
  uncommitted(paths: readonly string[]): Promise<readonly string[]>;
  /** All files that git tracks. */
  trackedFiles(): Promise<readonly string[]>;
}

/** The checkout around a directory; undefined: there is none, or no git. */
export async function openCheckout(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Checkout | undefined> {
  const git = gitIn(directory, env);
  const found = await git(["rev-parse", "--show-toplevel", "--git-path", "objects", "--is-shallow-repository"]);
  const [root, objects, shallow] = gitText(found).split("\n");
  if (!found.ok || root === undefined || objects === undefined) return undefined;
  return checkout(gitIn(root, env), root, resolve(directory, objects), shallow === "true");
}

function checkout(git: Git, root: string, objects: string, shallow: boolean): Checkout {
  const line = async (...args: readonly string[]): Promise<string | undefined> => {
    const result = await git(args);
    return result.ok ? gitText(result) : undefined;
  };
  return {
    root,
    objects,
    shallow,
    resolve: (revision) => line("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`),
    async parentOfHead() {
      const commit = await line("cat-file", "commit", "HEAD");
      return /^parent ([0-9a-f]+)$/m.exec(commit?.split("\n\n")[0] ?? "")?.[1];
    },
    mergeBase: async (left, right) => (shallow ? undefined : line("merge-base", left, right)),
    headRef: () => line("symbolic-ref", "--quiet", "HEAD"),
    async readFile(commit, path) {
      const result = await git(["cat-file", "blob", `${commit}:${path}`]);
      if (!result.ok) throw new Error(`${commit.slice(0, 12)} has no such file`);
      return new TextDecoder().decode(result.stdout);
    },
    originUrl: () => line("remote", "get-url", "origin"),
    async uncommitted(paths) {
      const result = await git(["--literal-pathspecs", "status", "--porcelain", "-z", "--no-renames", "--", ...paths]);
      return fields(result.stdout).map((entry) => entry.slice(3));
    },
    trackedFiles: async () => fields((await git(["ls-files", "-z", "--full-name", ":/"])).stdout),
  };
}

/** NUL-terminated fields as text; bytes that are not UTF-8 become U+FFFD, as in GitHub's answers. */
export function fields(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder().decode(bytes);
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
