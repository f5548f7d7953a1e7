import { posix } from "node:path";
import { git, splitNul } from "./git.ts";

export interface TreeEntry {
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  /** In bytes; blobs only. */
  readonly size: number | null;
  /** Relative to the tree that was listed. */
  readonly path: Buffer;
}

/** The entries of a tree in git's order; `deep` lists directories and everything in them. */
export async function listTree(gitDir: string, tree: string, depth: "flat" | "deep"): Promise<readonly TreeEntry[]> {
  const args = ["ls-tree", "-z", "--long", ...(depth === "deep" ? ["-r", "-t"] : []), tree];
  return splitNul(await git(gitDir, args)).map(parseEntry);
}

function parseEntry(record: Buffer): TreeEntry {
  const tab = record.indexOf("\t");
  const [mode = "", word = "", sha = "", size = "-"] = record.subarray(0, tab).toString().split(/ +/);
  const type = word === "tree" || word === "commit" ? word : "blob";
  return { mode, type, sha, size: size === "-" ? null : Number(size), path: record.subarray(tab + 1) };
}

/**
 * Finds a path, given as bytes, in a tree. The root has the empty path. Goes down one directory at a time, since an
 * argument to git cannot carry bytes that are not UTF-8.
 */
export async function findEntry(gitDir: string, tree: string, path: Buffer): Promise<TreeEntry | null> {
  let found: TreeEntry = { mode: "040000", type: "tree", sha: tree, size: null, path: Buffer.alloc(0) };
  for (const name of path.toString("latin1").split("/").filter(Boolean)) {
    if (found.type !== "tree") return null;
    const entries = await listTree(gitDir, found.sha, "flat");
    const next = entries.find((entry) => entry.path.toString("latin1") === name);
    if (next === undefined) return null;
    found = next;
  }
  return { ...found, path };
}

export async function readBlob(gitDir: string, sha: string): Promise<Buffer> {
  return await git(gitDir, ["cat-file", "blob", sha]);
}

/** Where a symbolic link points inside the repository, as bytes; one that leaves it or is absolute finds nothing later. */
export function linkTarget(path: Buffer, target: Buffer): Buffer {
  const directory = posix.dirname(path.toString("latin1"));
  return Buffer.from(posix.join(directory, target.toString("latin1")), "latin1");
}
