import { posix } from "node:path";

/** What stands at a path of a commit; a gitlink is a submodule. */
export type TreeKind = "file" | "link" | "gitlink";

export interface TreeEntry {
  readonly path: string;
  readonly kind: TreeKind;
}

/** What is asked of a tree. */
export type ReadableTree = Pick<RepositoryTree, "kindOf" | "text" | "names" | "gitlinkOf" | "someBelow">;

/** All paths of a commit, and the texts of those that were read. Paths start at the repository's root, which is "". */
export class RepositoryTree {
  readonly #entries = new Map<string, TreeKind>();
  readonly #folders = new Map<string, Set<string>>();
  readonly #texts: ReadonlyMap<string, string>;

  constructor(entries: readonly TreeEntry[], texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
    this.#folders.set("", new Set());
    for (const entry of entries) this.put(entry);
  }

  put({ path, kind }: TreeEntry): void {
    this.#entries.set(path, kind);
    this.#addToFolder(path);
  }

  /** A folder goes with the last path in it. */
  remove(path: string): void {
    this.#entries.delete(path);
    if (!this.#folders.has(path)) this.#removeFromFolder(path);
  }

  kindOf(path: string): TreeKind | "folder" | undefined {
    return this.#entries.get(path) ?? (this.#folders.has(path) ? "folder" : undefined);
  }

  /** A file's text, or what a link points at; undefined: it could not be read. */
  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  /** Names in a folder; none where there is no such folder. */
  names(folder: string): Iterable<string> {
    return this.#folders.get(folder) ?? [];
  }

  /** The submodule that the path is, or lies in. */
  gitlinkOf(path: string): string | undefined {
    for (let above = path; above !== "" && above !== "."; above = posix.dirname(above)) {
      if (this.#entries.get(above) === "gitlink") return above;
    }
    return undefined;
  }

  /** Whether any path below the folder passes. */
  someBelow(folder: string, test: (path: string) => boolean): boolean {
    for (const name of this.names(folder)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (test(path) || (this.#folders.has(path) && this.someBelow(path, test))) return true;
    }
    return false;
  }

  #addToFolder(path: string): void {
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, slash));
    const names = this.#folders.get(folder);
    if (names === undefined) {
      this.#folders.set(folder, new Set([path.slice(slash + 1)]));
      this.#addToFolder(folder);
    } else names.add(path.slice(slash + 1));
  }

  #removeFromFolder(path: string): void {
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, slash));
    const names = this.#folders.get(folder);
    names?.delete(path.slice(slash + 1));
    if (names?.size !== 0 || folder === "") return;
    this.#folders.delete(folder);
    if (!this.#entries.has(folder)) this.#removeFromFolder(folder);
  }
}
