import { createHash } from "node:crypto";
import type { ListedPath } from "../git/commit-tree.ts";
import { FileSet } from "../rules/file-set.ts";
import { RuleMatcher } from "../rules/match-rules.ts";
import { ruleSetsOf, type SelectionGround } from "../rules/rule-sets.ts";

/** A file that counts by what it says, and not by its object. */
export interface FileByValue {
  readonly path: string;
  /** The same for texts that mean the same. */
  readonly value: string;
}

export interface InputQuestion extends SelectionGround {
  /** Of a commit. */
  readonly paths: readonly ListedPath[];
  readonly byValue: readonly FileByValue[];
  /** Files that select nothing, whatever rules say. */
  readonly silent: readonly string[];
  /** Of which entries a hash is needed; default: of all. */
  readonly asked?: AskedEntries | undefined;
}

/** Whether somebody needs to know of an entry, by its list and its position there. */
export type AskedEntries = (list: string, index: number) => boolean;

/**
 * Of each entry, by its list, a hash of the files that it is built from: of their paths, modes and objects, which for a
 * submodule is its commit. They are those of which a change would select it, by the same rules. Neither the order of the
 * paths nor how rules are written counts, but what they come to. Null: nobody asked.
 */
export function inputHashes(question: InputQuestion): ReadonlyMap<string, readonly (string | null)[]> {
  const { paths, byValue, silent, lists, inputs, asked = () => true } = question;
  // What no entry mentions is known only by the rules of all of them.
  const allRules = inputs.unmatched === "run-all";
  const { places, ruleSets, known } = ruleSetsOf(question, allRules ? undefined : asked);
  const apart = new Set([...silent, ...byValue.map(({ path }) => path)]);
  const files = [
    ...paths.flatMap(({ path, mode, id }) => (apart.has(path) ? [] : [{ path, object: `${mode} ${id}` }])),
    ...byValue.map(({ path, value }) => ({ path, object: `value ${hashOf(value)}` })),
    // By code units: the same wherever it is done. Two names that are not UTF-8 may have one text.
  ].toSorted((one, other) => compare(one.path, other.path) || compare(one.object, other.object));
  const { taken, unmentioned } = new RuleMatcher(ruleSets, inputs.ignore).gather(files.map(({ path }) => path));
  const counted = new Set([...known, ...(question.workflow === undefined ? [] : [question.workflow.path])]);
  const unmatched = unmentioned.filter((path) => !counted.has(path));
  // Where they select everything, everything is built from them.
  const others = new Set(inputs.unmatched === "run-all" ? unmatched : []);
  const shared = files.filter(({ path }) => others.has(path));
  const hashes = new SetHashes(files, shared.map(lineOf).join(""));
  const byList = new Map(lists.map(({ name, entries }) => [name, entries.map((): string | null => null)]));
  for (const [number, { list, index }] of places.entries()) {
    const found = byList.get(list.name);
    if (found !== undefined && asked(list.name, index)) found[index] = hashes.of(taken[number] ?? NOTHING);
  }
  return byList;
}

const NOTHING = new FileSet();

/** Hashes of sets of files. Many entries are built from the same files: each set is hashed once. */
class SetHashes {
  readonly #files: readonly HashedFile[];
  readonly #shared: string;
  readonly #known = new Map<FileSet, string>();
  readonly #equal = new Map<string, string>();

  constructor(files: readonly HashedFile[], shared: string) {
    this.#files = files;
    this.#shared = shared;
  }

  of(set: FileSet): string {
    const known = this.#known.get(set);
    if (known !== undefined) return known;
    const { key } = set;
    const hash = this.#equal.get(key) ?? this.#hash(set);
    this.#equal.set(key, hash);
    this.#known.set(set, hash);
    return hash;
  }

  #hash(set: FileSet): string {
    const lines = set.positions().map((position) => lineOf(this.#files[position]));
    return hashOf(`${this.#shared}\0${lines.join("")}`);
  }
}

interface HashedFile {
  readonly path: string;
  /** Its mode and id, or what stands for them. */
  readonly object: string;
}

/** No path holds a NUL. */
function lineOf(file: HashedFile | undefined): string {
  return file === undefined ? "" : `${file.path}\0${file.object}\0`;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
