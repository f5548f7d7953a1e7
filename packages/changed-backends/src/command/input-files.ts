import { createHash } from "node:crypto";
import { existsSync, lstatSync } from "node:fs";
import { join, posix } from "node:path";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { readRegularFile } from "@fanfold-internal/kit/read/text";
import type { DiffSources } from "../diff/attempt.ts";
import { gitFields, gitIn } from "../git/git-command.ts";
import { type CommittedFile, LINK, openScratch } from "../git/git-diff.ts";

/**
 * How a file that was read relates to the commit that is planned. `same`: as the commit has it. `uncommitted`: the work
 * tree's, on purpose (a local run). `replaced`: the work tree has another one, and the commit's was read. `foreign`: the
 * work tree's, because the commit's could not be read or does not exist.
 */
export type FileState = "same" | "uncommitted" | "replaced" | "foreign";

/** The files that say what is built: the matrix, the config. */
export interface InputFiles {
  /** @throws InputFileError */
  readInput(path: string): Promise<string>;
  /** Of a file that has been read. */
  stateOf(path: string): FileState;
}

/** A file that is not there (`code` is ENOENT) or cannot be read. */
export class InputFileError extends Error {
  readonly code: string | undefined;
  readonly fix: string | undefined;

  constructor(
    message: string,
    options: { readonly code?: string; readonly fix?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.fix = options.fix;
  }
}

/** Reads the work tree, whatever is committed. */
export function workTreeFiles(root: string): InputFiles {
  return { readInput: async (path) => readHere(root, path), stateOf: () => "same" };
}

/** Reads the work tree, and says which files HEAD has otherwise. */
export function localFiles(root: string, access: DiffSources["remote"]): InputFiles {
  const states = new Map<string, FileState>();
  const committed = new CommittedFiles(root, "HEAD", access);
  return {
    async readInput(path) {
      const text = readHere(root, path);
      if (path.startsWith("../")) return text;
      const file = await committed.read(path, text);
      const same = file?.kind === "text" ? sameLines(file.text, text) : file === undefined;
      states.set(path, same ? "same" : "uncommitted");
      return text;
    },
    stateOf: (path) => states.get(path) ?? "same",
  };
}

/** Reads a commit that somebody named, fetching it where the clone lacks it. */
export function namedCommitFiles(commit: string, sources: DiffSources): InputFiles {
  return commitFiles(commit, (path) => readFetched(commit, path, sources));
}

/** Reads a commit, however its files are had. */
export function commitFiles(commit: string, read: (path: string) => Promise<CommittedFile>): InputFiles {
  return {
    async readInput(path) {
      const file = await read(path);
      if (file.kind === "text") return file.text;
      if (file.kind === "unreadable") throw new InputFileError(file.message);
      const short = commit.slice(0, 12);
      throw new InputFileError(`commit ${short} has no such file`, {
        code: "ENOENT",
        fix: `plan its changes by the files of the work tree: git diff --name-only ${short}^ ${short} | fanfold plan --files-from -`,
      });
    },
    stateOf: () => "same",
  };
}

export interface EventFilesOptions {
  readonly root: string;
  /** What the event builds: GITHUB_SHA. */
  readonly commit: string;
  /**
   * Under `pull_request_target`, where the work tree may be a stranger's and the job has secrets, nothing is read from it
   * that the commit does not have.
   */
  readonly commitOnly: boolean;
  readonly sources: DiffSources;
}

/**
 * Reads the files of the commit that an event builds. The work tree may be another one's (`ref` of the checkout), or hold
 * what an earlier step wrote; then the file is read from the clone, the API or the remote. Where the commit's file cannot
 * be had, the work tree's is read, and is `foreign`.
 */
export function eventFiles({ root, commit, commitOnly, sources }: EventFilesOptions): InputFiles {
  const states = new Map<string, FileState>();
  const committed = new CommittedFiles(root, commit, sources.remote);
  return {
    async readInput(path) {
      if (path.startsWith("../")) return readHere(root, path);
      const here = attemptHere(root, path);
      const file = (await committed.read(path, here.text)) ?? (await readElsewhere(commit, path, sources));
      if (file.kind === "text") {
        const same = here.text !== undefined && sameLines(file.text, here.text);
        // A checkout of .github alone has no other files, and that is as it should be.
        states.set(path, same || here.missing ? "same" : "replaced");
        return file.text;
      }
      const short = commit.slice(0, 12);
      if (commitOnly) {
        throw file.kind === "absent"
          ? new InputFileError(`commit ${short} has no such file`, { code: "ENOENT" })
          : new InputFileError(`${file.message}, and under pull_request_target nothing is read from the work tree`, {
              fix: "give the step GITHUB_TOKEN: ${{ github.token }}, or check the base branch out",
            });
      }
      if (file.kind === "unreadable" || here.text !== undefined) states.set(path, "foreign");
      if (here.text === undefined) throw here.error;
      return here.text;
    },
    stateOf: (path) => states.get(path) ?? "same",
  };
}

type Here =
  | { readonly text: string; readonly missing: false }
  | { readonly text: undefined; readonly missing: boolean; readonly error: InputFileError };

function attemptHere(root: string, path: string): Here {
  try {
    return { text: readHere(root, path), missing: false };
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    return { text: undefined, missing: error.code === "ENOENT", error };
  }
}

function readHere(root: string, path: string): string {
  const file = join(root, path);
  try {
    const text = readRegularFile(file);
    if (!lstatSync(file).isSymbolicLink()) return text;
  } catch (cause) {
    const code = systemCodeOf(cause);
    const absent = code === "ENOENT" || code === "ENOTDIR";
    // The system's own message names the path on this machine.
    const message = absent ? "it is not there" : (code ?? reasonOf(cause));
    throw new InputFileError(message, { ...(absent ? { code: "ENOENT" } : {}), cause });
  }
  throw new InputFileError(LINK);
}

/** Lines may end otherwise in a work tree than in a commit (`core.autocrlf`). */
function sameLines(left: string, right: string): boolean {
  return left === right || left.replaceAll("\r\n", "\n") === right.replaceAll("\r\n", "\n");
}

/** The files of a commit that the clone has, read with as few calls of git as can be. */
class CommittedFiles {
  readonly #commit: string;
  readonly #git: ReturnType<typeof gitIn> | undefined;
  readonly #directories = new Map<string, Promise<ReadonlyMap<string, TreeEntry> | undefined>>();

  constructor(root: string, commit: string, access: DiffSources["remote"]) {
    this.#commit = commit;
    this.#git = existsSync(join(root, ".git")) ? gitIn({ directory: root, network: "offline" }, access) : undefined;
  }

  /** Undefined: the clone lacks the commit or the file's content. `here` is believed when it hashes to the commit's file. */
  async read(path: string, here: string | undefined): Promise<CommittedFile | undefined> {
    const git = this.#git;
    if (git === undefined) return undefined;
    const directory = listedDirectory(path);
    let listing = this.#directories.get(directory);
    if (listing === undefined) {
      listing = this.#list(git, directory);
      this.#directories.set(directory, listing);
    }
    const entries = await listing;
    if (entries === undefined) return undefined;
    const entry = entries.get(path);
    if (entry === undefined || entry.type !== "blob") return { kind: "absent" };
    if (entry.mode === "120000") return { kind: "unreadable", message: LINK };
    if (here !== undefined && objectId(here, entry.id) === entry.id) return { kind: "text", text: here };
    const content = await git(["cat-file", "blob", entry.id]);
    return content.ok ? { kind: "text", text: new TextDecoder().decode(content.stdout) } : undefined;
  }

  async #list(git: ReturnType<typeof gitIn>, directory: string): Promise<ReadonlyMap<string, TreeEntry> | undefined> {
    const paths = directory === "" ? [] : ["--", directory];
    const deep = directory === GITHUB_DIRECTORY ? ["-r"] : [];
    const listed = await git(["--literal-pathspecs", "ls-tree", ...deep, "-z", "--full-tree", this.#commit, ...paths]);
    if (!listed.ok) return undefined;
    return new Map(
      gitFields(listed).flatMap((line) => {
        const [, mode = "", type = "", id = "", path = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
        return path === "" ? [] : [[path, { mode, type, id }] as const];
      }),
    );
  }
}

const GITHUB_DIRECTORY = ".github/";

/** Config, matrix and workflows lie in one, which is listed once with all that is in it. */
function listedDirectory(path: string): string {
  if (path.startsWith(GITHUB_DIRECTORY)) return GITHUB_DIRECTORY;
  const directory = posix.dirname(path);
  return directory === "." ? "" : `${directory}/`;
}

interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
}

/** As git names a file's content (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects), by the hash of `like`. */
function objectId(text: string, like: string): string {
  const bytes = Buffer.from(text);
  return createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
}

/** From the API, else from the remote by git. */
async function readElsewhere(commit: string, path: string, sources: DiffSources): Promise<CommittedFile> {
  const answer = await sources.github?.fileAt(path, commit);
  if (answer?.kind === "answer") {
    return answer.value === undefined ? { kind: "absent" } : { kind: "text", text: answer.value };
  }
  return readFetched(commit, path, sources);
}

async function readFetched(commit: string, path: string, { checkout, remote }: DiffSources): Promise<CommittedFile> {
  const unreadable = (reason: string): CommittedFile => ({
    kind: "unreadable",
    message: `commit ${commit.slice(0, 12)} cannot be read${reason}`,
  });
  try {
    const opened = await checkout();
    if (opened === undefined) return unreadable("");
    const scratch = await openScratch(opened, remote);
    try {
      return await scratch.readFile(commit, path);
    } finally {
      scratch.close();
    }
  } catch (error) {
    return unreadable(`: ${reasonOf(error)}`);
  }
}
