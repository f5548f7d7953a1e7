import { compilePathGlob, globOf, matchesName, mayReachInto, type PathGlob } from "./path-glob.ts";
import type { ConcretePattern } from "./pattern.ts";

// What git never stores: an empty segment, `.` or `..`.
const IRREGULAR = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** Of a path, what was there before: `gone` is nobody's to say any more, `other` a thing of another kind, a link or a submodule. */
export type FormerKind = "gone" | "other";

interface Found {
  /** Patterns that match everything below the directory. */
  readonly ids: readonly number[];
  /** Patterns that may match something below it. */
  readonly globs: readonly number[];
}

/**
 * Many patterns, asked about many paths. Each distinct alternative has one id, however many rules name it. A file is
 * found by a look-up of its path, a directory by a look-up of each leading part of the path, and minimatch is asked
 * only about globs whose leading directories are those of the path. Whatever the path, the answer is minimatch's.
 */
export class PathIndex {
  readonly #patterns: PathGlob[] = [];
  readonly #compiled = new Map<number, (path: string) => boolean>();
  readonly #ids = new Map<ConcretePattern, readonly number[]>();
  readonly #paths = new Map<string, number>();
  readonly #under = new Map<string, number>();
  readonly #globs = new Map<string, number>();
  readonly #globsBelow = new Map<string, number[]>();
  readonly #directories = new Map<string, Found>();
  readonly #inside = new Map<string, number[]>();
  #depth = 0;

  /** The number of ids given out: they are 0, 1, 2, … */
  get size(): number {
    return this.#patterns.length;
  }

  /** The ids of the pattern's alternatives, the same for equal ones. */
  add(pattern: ConcretePattern): readonly number[] {
    const known = this.#ids.get(pattern);
    if (known !== undefined) return known;
    const ids = pattern.alternatives.map((alternative) => this.#addAlternative(alternative));
    this.#ids.set(pattern, ids);
    return ids;
  }

  /**
   * The ids of all alternatives that match the path, each once, in no order. `was`: what is there is no submodule, and what was
   * there may have been one, or a link.
   */
  match(path: string, was?: FormerKind): readonly number[] {
    if (IRREGULAR.test(path)) return this.#patterns.flatMap((_, id) => (this.#ask(id, path) ? [id] : []));
    const { ids, globs } = this.#below(this.#directoryOf(path));
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const hits = globs.filter(
      (id) => this.#test(id, path, slash, name) || (was !== undefined && this.#mayLieIn(id, path)),
    );
    const exact = this.#paths.get(path);
    if (exact !== undefined) hits.push(exact);
    return hits.length === 0 ? ids : ids.concat(hits);
  }

  /**
   * The ids of alternatives that match only below the path. What git calls a change of a directory is a submodule that
   * moved, or a symbolic link: whatever lies below it may have changed. Which wildcards may match there is asked of what was
   * known to be one alone: any file that is gone may have been one, and so may each be.
   */
  inside(path: string, was?: FormerKind): readonly number[] {
    const below = this.#inside.get(path) ?? [];
    if (was !== "other" || IRREGULAR.test(path)) return below;
    const { globs } = this.#below(this.#directoryOf(path));
    return [...below, ...globs.filter((id) => this.#mayReachInto(id, path))];
  }

  #addAlternative(pattern: PathGlob): number {
    const [known, key] = this.#place(pattern);
    const id = known.get(key);
    if (id !== undefined) return id;
    const added = this.#patterns.push(pattern) - 1;
    known.set(key, added);
    const within = pattern.kind === "path" ? parentOf(pattern.path) : pattern.directory;
    for (let directory = within; directory !== ""; directory = parentOf(directory)) {
      const there = this.#inside.get(directory);
      if (there === undefined) this.#inside.set(directory, [added]);
      else there.push(added);
    }
    if (pattern.kind === "path") return added;
    if (pattern.kind !== "under") {
      const siblings = this.#globsBelow.get(pattern.directory);
      if (siblings === undefined) this.#globsBelow.set(pattern.directory, [added]);
      else siblings.push(added);
    }
    this.#depth = Math.max(this.#depth, pattern.directory === "" ? 0 : pattern.directory.split("/").length);
    this.#directories.clear();
    return added;
  }

  #place(pattern: PathGlob): readonly [Map<string, number>, string] {
    switch (pattern.kind) {
      case "path":
        return [this.#paths, pattern.path];
      case "under":
        return [this.#under, pattern.directory];
      case "name":
      case "glob":
      case "test":
        return [this.#globs, globOf(pattern)];
    }
  }

  // The path is known to lie below the pattern's directory.
  #test(id: number, path: string, slash: number, name: string): boolean {
    const pattern = this.#patterns[id];
    if (pattern?.kind !== "name") return this.#ask(id, path);
    if (!pattern.deep && slash !== (pattern.directory === "" ? -1 : pattern.directory.length)) return false;
    return matchesName(pattern.parts, name);
  }

  #mayReachInto(id: number, path: string): boolean {
    const pattern = this.#patterns[id];
    return pattern !== undefined && mayReachInto(pattern, path);
  }

  #mayLieIn(id: number, path: string): boolean {
    const pattern = this.#patterns[id];
    return pattern?.kind === "test" && pattern.within?.(path) === true;
  }

  #ask(id: number, path: string): boolean {
    let matcher = this.#compiled.get(id);
    if (matcher === undefined) {
      const pattern = this.#patterns[id];
      if (pattern === undefined) return false;
      matcher = compilePathGlob(pattern);
      this.#compiled.set(id, matcher);
    }
    return matcher(path);
  }

  // Not deeper than any pattern's own directory: a hostile path of thousands of segments costs no more than another.
  #directoryOf(path: string): string {
    let end = 0;
    for (let depth = 0; depth < this.#depth; depth++) {
      const next = path.indexOf("/", end === 0 ? 0 : end + 1);
      if (next === -1) break;
      end = next;
    }
    return path.slice(0, end);
  }

  #below(directory: string): Found {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const parent: Found = directory === "" ? { ids: [], globs: [] } : this.#below(parentOf(directory));
    const id = this.#under.get(directory);
    const globs = this.#globsBelow.get(directory);
    const found: Found = {
      ids: id === undefined ? parent.ids : [...parent.ids, id],
      globs: globs === undefined ? parent.globs : [...parent.globs, ...globs],
    };
    this.#directories.set(directory, found);
    return found;
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
