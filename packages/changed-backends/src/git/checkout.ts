import { resolve } from "node:path";
import { type Environment, type Git, gitFields, gitIn, gitText } from "./git-command.ts";

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
  /** The first parent of HEAD, which a shallow clone knows by name although it does not have it. */
  parentOfHead(): Promise<string | undefined>;
  /** Needs the whole history: undefined in a shallow clone. */
  mergeBase(left: string, right: string): Promise<string | undefined>;
  /** The branch that is checked out, as `refs/heads/main`. */
  headRef(): Promise<string | undefined>;
  originUrl(): Promise<string | undefined>;
  /** Which of the paths differ from HEAD in index or work tree, or are new. */
  uncommitted(paths: readonly string[]): Promise<readonly string[]>;
  /** All files that git tracks. */
  trackedFiles(): Promise<readonly string[]>;
}

/** The checkout around a directory; undefined: there is none, or no git. */
export async function openCheckout(directory: string, env: Environment): Promise<Checkout | undefined> {
  const questions = ["--show-toplevel", "--git-path", "objects", "--is-shallow-repository", "--show-object-format"];
  const found = await gitIn(directory, env, "offline")(["rev-parse", ...questions]);
  const [root, objects, shallow, objectFormat] = gitText(found).split("\n");
  if (!found.ok || root === undefined || objects === undefined || objectFormat === undefined) return undefined;
  const place = { root, objects: resolve(directory, objects), objectFormat, shallow: shallow === "true" };
  return { ...place, ...questionsTo(gitIn(root, env, "offline"), place) };
}

type Place = Pick<Checkout, "root" | "objects" | "objectFormat" | "shallow">;

function questionsTo(git: Git, { root, shallow }: Place): Omit<Checkout, keyof Place> {
  const line = async (...args: readonly string[]): Promise<string | undefined> => {
    const result = await git(args);
    return result.ok ? gitText(result) : undefined;
  };
  return {
    resolve: (revision) => line("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`),
    async parentOfHead() {
      const commit = await line("cat-file", "commit", "HEAD");
      return /^parent ([0-9a-f]+)$/m.exec(commit?.split("\n\n")[0] ?? "")?.[1];
    },
    mergeBase: async (left, right) => (shallow ? undefined : line("merge-base", left, right)),
    headRef: () => line("symbolic-ref", "--quiet", "HEAD"),
    async originUrl() {
      const url = await line("remote", "get-url", "origin");
      return url?.startsWith(".") === true ? resolve(root, url) : url;
    },
    async uncommitted(paths) {
      // A file system monitor would be started, and keeps files in the clone.
      const quiet = ["-c", "core.fsmonitor=false", "--literal-pathspecs"];
      const result = await git([...quiet, "status", "--porcelain", "-z", "--no-renames", "--", ...paths]);
      return gitFields(result).map((entry) => entry.slice(3));
    },
    trackedFiles: async () => gitFields(await git(["ls-files", "-z", "--full-name", ":/"])),
  };
}
