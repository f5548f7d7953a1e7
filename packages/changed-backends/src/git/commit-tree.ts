import type { FileStatus } from "../base/diff.ts";
import { type Git, gitFields } from "./git-command.ts";

/** A path of a commit, and the object there. */
export interface ListedPath {
  readonly path: string;
  /** As git writes it: `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  /** A gitlink is a submodule. */
  readonly kind: "file" | "link" | "gitlink";
  readonly id: string;
}

/** All paths of a commit; undefined: the repository does not have it. */
export async function listCommit(git: Git, commit: string): Promise<readonly ListedPath[] | undefined> {
  const listed = await git(["ls-tree", "-r", "-z", "--full-tree", commit]);
  if (!listed.ok) return undefined;
  return gitFields(listed).map((field) => {
    const tab = field.indexOf("\t");
    // `<mode> <type> <id>`, a tab, the path. Not split: a large repository has 100,000 of them.
    const mode = field.slice(0, field.indexOf(" "));
    const id = field.slice(field.lastIndexOf(" ", tab) + 1, tab);
    return { path: field.slice(tab + 1), mode, kind: kindOf(mode), id };
  });
}

/** https://git-scm.com/docs/git-fast-import#_filemodify */
export function kindOf(mode: string): ListedPath["kind"] {
  return mode === "160000" ? "gitlink" : mode === "120000" ? "link" : "file";
}

/** What a letter of a diff says (https://git-scm.com/docs/git-diff#_raw_output_format). */
export function statusOf(letter: string): FileStatus {
  return STATUS.get(letter) ?? "modified";
}

const STATUS: ReadonlyMap<string, FileStatus> = new Map([
  ["A", "added"],
  ["D", "removed"],
  ["T", "changed"],
]);

/** Texts of objects by their ids; without those that are not there. */
export async function readTexts(git: Git, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (ids.length === 0) return texts;
  const { ok, stdout } = await git(["cat-file", "--batch"], ids.map((id) => `${id}\n`).join(""));
  if (!ok) return texts;
  // `<id> blob <bytes>`, a line break, the bytes and another one; `<id> missing`.
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf(10, at);
    if (end === -1) break;
    const [id = "", type, bytes] = new TextDecoder().decode(stdout.subarray(at, end)).split(" ");
    at = end + 1;
    if (type !== "blob") continue;
    const size = Number(bytes);
    texts.set(id, new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout.subarray(at, at + size)));
    at += size + 1;
  }
  return texts;
}
