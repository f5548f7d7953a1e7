import type { TreeChange, TreeObject } from "../git/tree-diffs.ts";
import { type ReadableTree, RepositoryTree, type TreeKind } from "../infer/tree.ts";

/**
 * Something that was asked of a tree, and may have another answer in the next one: `kind` of a path, `text` of a file, `names`
 * in a folder, anything `below` it.
 */
export type TreeFact = `${"kind" | "text" | "names" | "below"} ${string}`;

/** The tree of one commit after the other. */
export class FollowedTree {
  readonly #objects = new Map<string, TreeObject>();
  readonly #tree = new RepositoryTree([], new Map());
  /** Of paths that only their bytes tell apart, all of them. */
  readonly #alike = new Map<string, Map<string, TreeObject>>();

  /** What stands there; undefined: nothing. */
  objectAt(path: string): TreeObject | undefined {
    return this.#objects.get(path);
  }

  /** Without texts. */
  get paths(): ReadableTree {
    return this.#tree;
  }

  get links(): readonly string[] {
    return [...this.#links];
  }
  readonly #links = new Set<string>();

  /** Goes on to the next tree; what may have another answer there. */
  follow(changes: readonly TreeChange[]): ReadonlySet<TreeFact> {
    const facts = new Set<TreeFact>();
    // A file that becomes a folder is gone before what is in there comes.
    for (const change of changes) if (change.after === null) this.#put(change, facts);
    for (const change of changes) if (change.after !== null) this.#put(change, facts);
    return facts;
  }

  #put(change: TreeChange, facts: Set<TreeFact>): void {
    const { path } = change;
    const [before, after] = [this.#objects.get(path), this.#standing(change)];
    if (after === undefined) this.#objects.delete(path);
    else this.#objects.set(path, after);
    if (after?.kind === "link") this.#links.add(path);
    else this.#links.delete(path);
    if (before?.id !== after?.id) facts.add(`text ${path}`);
    if (before?.kind === after?.kind) return;
    this.#rebuild(path, after?.kind, facts);
  }

  #rebuild(path: string, kind: TreeKind | undefined, facts: Set<TreeFact>): void {
    const folders = above(path);
    const there = folders.map((folder) => this.#tree.kindOf(folder));
    if (kind === undefined) this.#tree.remove(path);
    else this.#tree.put({ path, kind });
    facts.add(`kind ${path}`);
    for (const [index, folder] of folders.entries()) {
      facts.add(`below ${folder}`).add(`names ${folder}`);
      if (there[index] === this.#tree.kindOf(folder)) continue;
      facts.add(`kind ${folder}`);
    }
  }

  /** What a listing of the tree would say last of a path. */
  #standing({ path, bytes, after }: TreeChange): TreeObject | undefined {
    if (!path.includes("\uFFFD")) return after ?? undefined;
    const alike = this.#alike.get(path) ?? new Map<string, TreeObject>();
    this.#alike.set(path, alike);
    if (after === null) alike.delete(bytes);
    else alike.set(bytes, after);
    if (alike.size === 0) this.#alike.delete(path);
    return [...alike].toSorted(([left], [right]) => (left < right ? -1 : 1)).at(-1)?.[1];
  }
}

function above(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash !== -1; slash = path.lastIndexOf("/", slash - 1)) {
    folders.push(path.slice(0, slash));
  }
  return [...folders, ""];
}

/** A tree that notes what it is asked, until that is enough. */
export class WatchedTree implements ReadableTree {
  readonly #tree: ReadableTree;
  readonly #texts: ReadonlyMap<string, string>;
  #facts: Set<TreeFact> | undefined = new Set();

  constructor(tree: ReadableTree, texts: ReadonlyMap<string, string>) {
    this.#tree = tree;
    this.#texts = texts;
  }

  /** What it was asked until now; from here on nothing is noted. */
  seal(): ReadonlySet<TreeFact> {
    const facts = this.#facts ?? new Set<TreeFact>();
    this.#facts = undefined;
    return facts;
  }

  kindOf(path: string): ReturnType<ReadableTree["kindOf"]> {
    this.#facts?.add(`kind ${path}`);
    return this.#tree.kindOf(path);
  }

  text(path: string): string | undefined {
    this.#facts?.add(`text ${path}`);
    return this.#texts.get(path);
  }

  names(folder: string): Iterable<string> {
    this.#facts?.add(`names ${folder}`);
    return this.#tree.names(folder);
  }

  gitlinkOf(path: string): string | undefined {
    for (const each of [path, ...above(path)]) this.#facts?.add(`kind ${each}`);
    return this.#tree.gitlinkOf(path);
  }

  someBelow(folder: string, test: (path: string) => boolean): boolean {
    this.#facts?.add(`below ${folder}`);
    return this.#tree.someBelow(folder, test);
  }
}
