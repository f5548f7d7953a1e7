import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastImportStream, type ImportedCommit, type ScratchFile, type ScratchPath } from "./fast-import.ts";
import { git, tryGit } from "./git.ts";
import { StandInError } from "./stand-in-error.ts";

export interface ScratchCommit {
  readonly message?: string;
  /** Default: `main`. Created, or moved to the new commit. */
  readonly branch?: string;
  /** Default: the tip of the branch. `null` begins a history of its own. */
  readonly parent?: string | null;
  /** Pairs where a path is bytes. */
  readonly files?: Readonly<Record<string, ScratchFile>> | Iterable<readonly [ScratchPath, ScratchFile]>;
  /** From and to, files or whole directories; before `files`. */
  readonly renames?: Readonly<Record<string, string>>;
}

export interface ScratchMerge {
  /** The branch that gets the merge commit. */
  readonly into: string;
  readonly from: string;
  readonly message?: string;
}

const person = "Scratch <scratch@example.invalid>";
const epoch = Date.UTC(2024, 0, 1) / 1000;

/**
 * A real git repository in a new directory. Author and dates are fixed, a minute from commit to commit, so that the
 * same calls give the same SHAs on every machine.
 */
export class ScratchRepository implements AsyncDisposable {
  readonly path: string;
  #commits = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty repository on the branch `main`; by default in a new temporary directory. */
  static async create(directory?: string): Promise<ScratchRepository> {
    const path = directory ?? (await mkdtemp(join(tmpdir(), "fanfold-scratch-")));
    await git(tmpdir(), ["init", "--quiet", "--template=", "--initial-branch=main", path]);
    // No work in the background that would race with the removal of the directory.
    await git(path, ["config", "gc.auto", "0"]);
    await git(path, ["config", "maintenance.auto", "false"]);
    return new ScratchRepository(path);
  }

  /** Commits without touching the work tree (see `checkout`), thousands of files in one go. @returns the SHA */
  async commit({
    message = "Change",
    branch = "main",
    parent,
    files = {},
    renames = {},
  }: ScratchCommit): Promise<string> {
    const from = parent === undefined ? await this.#tip(branch) : parent;
    const changed = Symbol.iterator in files ? files : Object.entries(files);
    return await this.#import(branch, message, from === null ? [] : [from], changed, Object.entries(renames));
  }

  /** Merges as git does, with a merge commit always. @throws StandInError `merge-conflict` */
  async merge({ into, from, message = `Merge ${from}` }: ScratchMerge): Promise<string> {
    const parents = [await this.sha(into), await this.sha(from)] as const;
    const merged = await tryGit(this.path, ["merge-tree", "--write-tree", "-z", ...parents]);
    if (merged.status !== 0) {
      const found = `${into} and ${from} conflict: ${merged.stdout.toString()}${merged.stderr}`;
      throw new StandInError({ code: "merge-conflict", message: found, at: { file: this.path } });
    }
    const [tree = ""] = merged.stdout.toString().split("\0", 1);
    return await this.#import(into, message, parents, [["", { mode: "040000", object: tree }]], []);
  }

  /** Creates a branch, or moves it wherever it was, as a force-push does. @returns the SHA it is at */
  async branch(name: string, target: string): Promise<string> {
    const sha = await this.sha(target);
    await git(this.path, ["update-ref", `refs/heads/${name}`, sha]);
    return sha;
  }

  async deleteBranch(name: string): Promise<void> {
    await git(this.path, ["update-ref", "-d", `refs/heads/${name}`]);
  }

  /** A lightweight tag. @returns the SHA it is at */
  async tag(name: string, target: string): Promise<string> {
    const sha = await this.sha(target);
    await git(this.path, ["update-ref", `refs/tags/${name}`, sha]);
    return sha;
  }

  /** The commit a branch, tag or SHA names. */
  async sha(revision: string): Promise<string> {
    return await this.git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  }

  /** Makes the work tree and the index what a branch or commit holds. */
  async checkout(revision: string): Promise<void> {
    await this.git("checkout", "--quiet", "--force", revision);
  }

  /** Runs git in the repository, without the user's configuration. @returns its output, without the line's end */
  async git(...args: readonly string[]): Promise<string> {
    return (await git(this.path, args)).toString().trimEnd();
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #tip(branch: string): Promise<string | null> {
    const tip = await tryGit(this.path, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
    return tip.status === 0 ? tip.stdout.toString().trim() : null;
  }

  async #import(
    branch: string,
    message: string,
    parents: readonly string[],
    files: ImportedCommit["files"],
    renames: ImportedCommit["renames"],
  ): Promise<string> {
    this.#commits += 1;
    const ref = `refs/heads/${branch}`;
    const time = epoch + 60 * this.#commits;
    const input = fastImportStream({ ref, person, time, message: `${message}\n`, parents, renames, files });
    // Forced, since a commit may leave the branch's history behind.
    await git(this.path, ["fast-import", "--quiet", "--force", "--done"], { input });
    return await this.sha(ref);
  }
}
