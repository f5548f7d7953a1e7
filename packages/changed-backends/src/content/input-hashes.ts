import { createHash } from "node:crypto";
import type { ListedPath } from "../git/commit-tree.ts";
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
}

/**
 * Of each entry, by its list, a hash of the files that it is built from: of their paths, modes and objects, which for a
 * submodule is its commit. They are those of which a change would select it, by the same rules. Neither the order of the
 * paths nor how rules are written counts, but what they come to.
 */
export function inputHashes(question: InputQuestion): ReadonlyMap<string, readonly string[]> {
  const { paths, byValue, silent, lists, inputs } = question;
  const { places, ruleSets, known } = ruleSetsOf(question);
  const apart = new Set([...silent, ...byValue.map(({ path }) => path)]);
  const lines = [
    ...paths.flatMap(({ path, mode, id }) => (apart.has(path) ? [] : [{ path, line: `${path}\0${mode} ${id}\0` }])),
    ...byValue.map(({ path, value }) => ({ path, line: `${path}\0value ${hashOf(value)}\0` })),
    // By code units: the same wherever it is done. Two names that are not UTF-8 may have one text.
  ].toSorted((left, right) => (left.line < right.line ? -1 : 1));
  const { taken, unmentioned } = new RuleMatcher(ruleSets, inputs.ignore).gather(lines.map(({ path }) => path));
  const counted = new Set([...known, ...(question.workflow === undefined ? [] : [question.workflow.path])]);
  const unmatched = unmentioned.filter((path) => !counted.has(path));
  const all = lines.map(({ line }) => line);
  // Where they select everything, everything is built from them.
  const others = new Set(inputs.unmatched === "run-all" ? unmatched : []);
  const shared = lines.flatMap(({ path, line }) => (others.has(path) ? [line] : [])).join("");
  const hashes = new SetHashes(all, shared);
  const byList = new Map(lists.map(({ name }): [string, string[]] => [name, []]));
  for (const [number, { list }] of places.entries()) byList.get(list.name)?.push(hashes.of(taken[number]));
  return byList;
}

/** Hashes of sets of lines. Many entries are built from the same files: each set is hashed once. */
class SetHashes {
  readonly #lines: readonly string[];
  readonly #shared: string;
  readonly #known = new Map<Uint32Array | undefined, string>();
  readonly #equal = new Map<string, string>();

  constructor(lines: readonly string[], shared: string) {
    this.#lines = lines;
    this.#shared = shared;
  }

  of(bits: Uint32Array | undefined): string {
    const known = this.#known.get(bits);
    if (known !== undefined) return known;
    const key = bits === undefined ? "" : Buffer.from(bits.buffer).toString("latin1");
    const hash = this.#equal.get(key) ?? hashOf(`${this.#shared}\0${this.#join(bits)}`);
    this.#equal.set(key, hash);
    this.#known.set(bits, hash);
    return hash;
  }

  #join(bits: Uint32Array = new Uint32Array()): string {
    let text = "";
    for (const [word, value] of bits.entries()) {
      for (let rest = value; rest !== 0; rest &= rest - 1) {
        text += this.#lines[word * 32 + 31 - Math.clz32(rest & -rest)] ?? "";
      }
    }
    return text;
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
