import { posix } from "node:path";
import { trimSpace } from "../dockerfile/go-text.ts";
import type { PathGlob } from "../glob/path-glob.ts";
import type { ConcretePattern } from "../glob/pattern.ts";
import { filePattern, isWild, mayMatchWithin } from "./file-pattern.ts";
import { followLinks } from "./follow-links.ts";
import { findPath } from "./found-path.ts";
import { type IgnoreFile, ignoreFile } from "./ignore-file.ts";
import type { ReadableTree } from "./tree.ts";

/** What one path that a build asks for stands for, as patterns from the repository's root. */
export type AskedPath =
  /** `lost`: it is named, behind a link that cannot be followed. */
  | { readonly kind: "everything"; readonly lost?: boolean; readonly links: readonly AskedInput[] }
  | {
      readonly kind: "paths";
      readonly inputs: readonly AskedInput[];
      /** Something that git tracks is there. */
      readonly tracked: boolean;
      /** It is a pattern, and may fit nothing. */
      readonly wild: boolean;
    };

interface AskedInput {
  readonly pattern: ConcretePattern;
  readonly named: boolean;
}

/** A context, and what its ignore file leaves of it. */
export class ContextPatterns {
  /** Those that hold, and those that would if they were there. */
  readonly ignoreFiles: readonly string[];
  readonly #tree: ReadableTree;
  /** From the repository's root, which is "". */
  readonly #context: string;
  readonly #ignore: IgnoreFile | undefined;
  readonly #asked = new Map<string, AskedPath>();

  constructor(tree: ReadableTree, context: string, ignoreFiles: readonly string[], holds: string | undefined) {
    this.#tree = tree;
    this.#context = context;
    this.ignoreFiles = ignoreFiles;
    const found = holds === undefined ? undefined : findPath(holds, tree);
    const text = found === undefined ? undefined : tree.text(found.path);
    this.#ignore = text === undefined ? undefined : ignoreFile(text);
  }

  everything(): ConcretePattern {
    const text = this.#context === "" ? "**" : `${this.#context}/**`;
    return { text, alternatives: [this.#below(this.#context)] };
  }

  /** A path from the context's root, which is `/`; it may be a pattern. */
  ask(path: string): AskedPath {
    const known = this.#asked.get(path);
    if (known !== undefined) return known;
    const asked = this.#answer(path.slice(1));
    this.#asked.set(path, asked);
    return asked;
  }

  #answer(path: string): AskedPath {
    // BuildKit takes a `!` for an exception there, and spaces at an end for none.
    if (path === "" || path.startsWith("!") || trimSpace(path) !== path) return { kind: "everything", links: [] };
    const followed = followLinks(path, this.#tree, this.#context);
    if (followed === undefined) return { kind: "everything", lost: true, links: [] };
    const all = [...followed.links, ...followed.ends];
    const isAll = (each: string): boolean => each === "." || /^[*/]+$/.test(each) || this.#isUncertain(each);
    const inputsOf = (each: string): readonly AskedInput[] =>
      isPattern(each) ? [this.#wild(each)] : this.#plain(each);
    if (all.some(isAll)) {
      // Links on the way are named, wherever they lead.
      const links = isAll(path) ? [] : followed.links.filter((each) => !isAll(each)).flatMap(inputsOf);
      return { kind: "everything", links };
    }
    return {
      kind: "paths",
      inputs: all.flatMap(inputsOf),
      tracked: followed.ends.length > 0 && followed.ends.every((each) => this.#isTracked(each)),
      wild: isWild(path),
    };
  }

  #isUncertain(path: string): boolean {
    return isPattern(path) && filePattern(path).matches("") === undefined;
  }

  #isTracked(path: string): boolean {
    const here = this.#inRepository(path);
    if (!isPattern(path)) return this.#tree.kindOf(here) !== undefined || this.#tree.gitlinkOf(here) !== undefined;
    const { matches } = filePattern(path);
    const start = this.#inRepository(literalFolder(path));
    if (this.#tree.gitlinkOf(start) !== undefined) return true;
    return this.#tree.someBelow(start, (each) => {
      const inside = this.#inContext(each);
      return matches(inside) === true || (this.#isSubmodule(each) && mayMatchWithin(path, inside));
    });
  }

  #plain(path: string): readonly AskedInput[] {
    const here = this.#inRepository(path);
    const itself: PathGlob = { kind: "path", path: here };
    const kind = this.#tree.kindOf(here);
    // A folder that takes its place changes it, too.
    if (kind === "folder") {
      return [{ named: false, pattern: { text: `${here}/**`, alternatives: [itself, this.#below(here)] } }];
    }
    const named = { named: true, pattern: { text: here, alternatives: [itself] } };
    if (kind !== undefined) return [named];
    return [named, { named: false, pattern: { text: `${here}/**`, alternatives: [this.#below(here)] } }];
  }

  #wild(path: string): AskedInput {
    const { matches } = filePattern(path);
    const ignore = this.#ignore;
    const test = (file: string): boolean => {
      const inside = this.#inContext(file);
      if (this.#isSubmodule(file)) return mayMatchWithin(path, inside) && !this.#isTakenAway(file);
      return upwards(inside).some((each) => matches(each) === true) && !this.#isTakenAway(file);
    };
    const within = (gone: string): boolean => mayMatchWithin(path, this.#inContext(gone)) && this.#maySurvive(gone);
    const directory = this.#inRepository(literalFolder(path));
    const key = JSON.stringify([this.#context, path, ignore?.key]);
    return {
      named: false,
      pattern: { text: this.#inRepository(path), alternatives: [{ kind: "test", directory, key, test, within }] },
    };
  }

  #below(directory: string): PathGlob {
    const ignore = this.#ignore;
    if (ignore === undefined) return { kind: "under", directory };
    const test = (file: string): boolean => !this.#isTakenAway(file);
    const within = (gone: string): boolean => this.#maySurvive(gone);
    return { kind: "test", directory, key: JSON.stringify([this.#context, ignore.key]), test, within };
  }

  #isTakenAway(file: string): boolean {
    const inside = this.#inContext(file);
    return (this.#isSubmodule(file) ? this.#ignore?.takesAwayWhole(inside) : this.#ignore?.takesAway(inside)) === true;
  }

  /** Whether the ignore file leaves something of a folder that is not known. */
  #maySurvive(path: string): boolean {
    return this.#ignore?.takesAwayWhole(this.#inContext(path)) !== true;
  }

  /** Its one path stands for all that it holds, which git does not know here. */
  #isSubmodule(file: string): boolean {
    return this.#tree.kindOf(file) === "gitlink";
  }

  #inRepository(path: string): string {
    return posix.join(this.#context, path).replace(/^\.$/, "");
  }

  #inContext(path: string): string {
    return this.#context === "" ? path : path.slice(this.#context.length + 1);
  }
}

/** Whether a path is read as a pattern: an escape makes one too. */
function isPattern(path: string): boolean {
  return /[\\*?[\]]/.test(path);
}

/** The folders before the first component that is a pattern. */
function literalFolder(path: string): string {
  const parts = path.split("/");
  return parts.slice(0, parts.findIndex(isPattern)).join("/");
}

/** The path and the folders above it. */
function upwards(path: string): readonly string[] {
  const paths: string[] = [];
  for (let at = path; at !== "." && at !== ""; at = posix.dirname(at)) paths.push(at);
  return paths;
}
