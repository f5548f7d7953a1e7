import {
  type BlobReader,
  type CommittedFile,
  FollowedTree,
  LINK,
  type TreeFact,
  type TreeObject,
  type WalkedPush,
} from "@fanfold/changed-backends/internal";

/** The files of the commit that a replay has come to, and of what it is compared with. */
export class CommitFiles {
  readonly tree: FollowedTree = new FollowedTree();
  readonly #blobs: BlobReader;

  constructor(blobs: BlobReader) {
    this.#blobs = blobs;
  }

  /** Goes on to the next push; what of its tree may be another one now. */
  follow({ step }: WalkedPush): ReadonlySet<TreeFact> {
    return this.tree.follow(step);
  }

  /** A file as the commit has it. */
  read(path: string): Promise<CommittedFile> {
    return this.#file(path, this.tree.objectAt(path));
  }

  /** The same as what it is compared with has it. */
  readBefore(path: string, { push, changes = [] }: WalkedPush): Promise<CommittedFile> {
    if (push.before === null) return Promise.resolve({ kind: "absent" });
    const change = changes.find((each) => each.path === path);
    return this.#file(path, change === undefined ? this.tree.objectAt(path) : (change.before ?? undefined));
  }

  /** What inference reads: a file's text as it is, or what a link points at. */
  async text(path: string): Promise<string | undefined> {
    const object = this.tree.objectAt(path);
    const bytes = object === undefined || object.kind === "gitlink" ? undefined : await this.#blobs.read(object.id);
    return bytes === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  async #file(path: string, object: TreeObject | undefined): Promise<CommittedFile> {
    if (object === undefined || object.kind === "gitlink") return { kind: "absent" };
    if (object.kind === "link") return { kind: "unreadable", message: LINK };
    const bytes = await this.#blobs.read(object.id);
    if (bytes === undefined) return { kind: "unreadable", message: `the clone does not have ${path} of that commit` };
    return { kind: "text", text: new TextDecoder().decode(bytes) };
  }
}
