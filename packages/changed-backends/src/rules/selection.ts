import type { EntryRef } from "@fanfold-internal/matrix/find-image";
import { bySuffix, type Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { type ChangedFile, changedPaths } from "../base/diff.ts";
import type { FormerKind } from "../glob/path-index.ts";
import { differingEntries } from "./entry-changes.ts";
import { RuleMatcher } from "./match-rules.ts";
import { ruleSetsOf, type SelectionGround } from "./rule-sets.ts";

/**
 * Why an entry is selected. `rule` is `inputs[n]` (a rule of the config), `paths` (the entry's own), `inferred` (its
 * Dockerfile reads it), `context` (any file, where nobody has written rules and no Dockerfile is known), `workflow` (the
 * generated build workflow), `matrix` (its fields are new or different, or its image lost a leg), `group` (another leg
 * of its image is selected), `base` (what it is built from is selected), `stale` (it is not published as it is now, which somebody
 * else has found), `only`, `unmatched`, or `everything`. `path` is the first file that met the rule, or null.
 */
export interface Cause {
  readonly matrix: string;
  /** Index in the list. */
  readonly entry: number;
  readonly rule: string;
  /** Of `inferred` and `base`: what says so, as `backend/Dockerfile:12 COPY src`. */
  readonly inferred?: string;
  /** Of `base`: the name of the image that it is built from. */
  readonly base?: string;
  /** Of `stale`: what is published instead: `ghcr.io/example/x:main does not exist`. */
  readonly stale?: string;
  readonly path: string | null;
}

export interface ListSelection {
  readonly name: string;
  readonly total: number;
  /** Indexes of selected entries, in file order. */
  readonly selected: readonly number[];
}

/** The entries that a change touches, list by list, each with its causes. */
export interface Selection {
  readonly runAll: boolean;
  readonly lists: readonly ListSelection[];
  readonly causes: readonly Cause[];
  /** Changed files that no rule, no except and no ignore mentions. */
  readonly unmatched: readonly string[];
}

/** What changed. */
export interface SelectionChange {
  readonly files: readonly ChangedFile[];
  /** Entries of a list that the matrix file itself changed, by their indexes. */
  readonly matrixEntries: (list: MatrixList, ids: readonly string[]) => readonly number[];
  /** Files that select nothing, whatever rules say. */
  readonly silent?: readonly string[];
}

export interface SelectionQuestion extends Omit<SelectionGround, "matrixPath">, Pick<SelectionChange, "files"> {
  /**
   * The matrix file's own path and, when it is among the changed files, its lists where it is compared with: at the base
   * and, of a pull request, at its target. An image has changed when it differs from all of them.
   */
  readonly matrix: { readonly path: string; readonly bases: readonly (readonly MatrixList[])[] };
  /** Files that select nothing, whatever rules say. */
  readonly generated?: readonly string[];
}

/** Which entries the changed files select, whole images only, and why. */
export function select({ files, generated = [], matrix, ...ground }: SelectionQuestion): Selection {
  const { identify = bySuffix } = ground;
  return selector({ ...ground, matrixPath: matrix.path })({
    files,
    silent: generated,
    matrixEntries: (list, ids) => differingEntries(list, ids, { bases: matrix.bases, identify }),
  });
}

/** Compiles rules for any number of changes: which entries each selects, whole images only, and why. */
export function selector(ground: SelectionGround): (change: SelectionChange) => Selection {
  const { lists, identify = bySuffix, inputs, matrixPath } = ground;
  const { known, places, ruleSets } = ruleSetsOf(ground);
  const ids = new Map(lists.map((list) => [list, list.entries.map((entry) => identify(entry).id)]));
  const matcher = new RuleMatcher(ruleSets, inputs.ignore);
  return ({ files, matrixEntries, silent = [] }) => {
    const quiet = new Set(silent);
    const paths = changedPaths(files).filter((path) => !quiet.has(path));
    const { hits, unmentioned } = matcher.match(paths, formerKinds(files));
    const unmatched = unmentioned.filter((path) => !known.has(path) && path !== ground.workflow?.path);
    const [first] = unmatched;
    if (inputs.unmatched === "run-all" && first !== undefined) {
      return { ...selectEverything(lists, "unmatched", first), unmatched };
    }
    const causes = new Map(lists.map(({ name }): [string, Cause[]] => [name, []]));
    for (const hit of hits) {
      const place = places[hit.entry];
      const rule = ruleSets[hit.entry]?.[hit.rule];
      if (place === undefined || rule === undefined) continue;
      const said = rule.inferred === undefined ? {} : { inferred: rule.inferred };
      const matrix = place.list.name;
      causes.get(matrix)?.push({ matrix, entry: place.index, rule: rule.id, ...said, path: hit.file });
    }
    const whole = lists.map((list) => {
      const imageIds = ids.get(list) ?? [];
      const own = matrixEntries(list, imageIds).map((entry) => ({ entry, rule: "matrix", path: matrixPath }));
      const all = [...(causes.get(list.name) ?? []), ...own.map((cause) => ({ matrix: list.name, ...cause }))];
      return wholeImages(list, all, imageIds);
    });
    return {
      runAll: false,
      lists: whole.map(({ selection }) => selection),
      causes: whole.flatMap((list) => list.causes),
      unmatched: inputs.unmatched === "ignore" ? [] : unmatched,
    };
  };
}

/** Of paths that may have been no file, or were none. */
function formerKinds(files: readonly ChangedFile[]): ReadonlyMap<string, FormerKind> {
  return new Map(
    files.flatMap(({ path, previousPath, status }): readonly (readonly [string, FormerKind])[] => [
      ...(status === "removed" ? [[path, "gone"] as const] : status === "changed" ? [[path, "other"] as const] : []),
      ...(previousPath === null ? [] : [[previousPath, "gone"] as const]),
    ]),
  );
}

/** Everything, for one reason. */
export function selectEverything(
  lists: readonly MatrixList[],
  rule: "everything" | "unmatched" = "everything",
  path: string | null = null,
): Selection {
  return {
    runAll: true,
    lists: lists.map(({ name, entries }) => ({
      name,
      total: entries.length,
      selected: entries.map((_, index) => index),
    })),
    causes: lists.flatMap(({ name, entries }) => entries.map((_, entry) => ({ matrix: name, entry, rule, path }))),
    unmatched: [],
  };
}

export function selectNothing(lists: readonly MatrixList[]): Selection {
  return {
    runAll: false,
    lists: lists.map(({ name, entries }) => ({ name, total: entries.length, selected: [] })),
    causes: [],
    unmatched: [],
  };
}

/** The images that some entries belong to. */
export function selectNamed(lists: readonly MatrixList[], named: readonly EntryRef[], identify: Identify): Selection {
  const wanted = new Map(lists.map(({ name }) => [name, new Set<number>()]));
  for (const { list, index } of named) wanted.get(list)?.add(index);
  const whole = lists.map((list) => {
    const causes = [...(wanted.get(list.name) ?? [])]
      .toSorted((left, right) => left - right)
      .map((entry) => ({ matrix: list.name, entry, rule: "only", path: null }));
    const ids = list.entries.map((entry) => identify(entry).id);
    return wholeImages(list, causes, ids);
  });
  return {
    runAll: false,
    lists: whole.map(({ selection }) => selection),
    causes: whole.flatMap((list) => list.causes),
    unmatched: [],
  };
}

/** An index is never built from half its legs: one selected leg selects the others. */
export function wholeImages(
  list: MatrixList,
  causes: readonly Cause[],
  ids: readonly string[],
): { readonly selection: ListSelection; readonly causes: readonly Cause[] } {
  const own = new Map<number, Cause[]>();
  for (const cause of causes) own.set(cause.entry, [...(own.get(cause.entry) ?? []), cause]);
  const images = new Map<string, Cause>();
  for (const [index, id] of ids.entries()) {
    const cause = own.get(index)?.[0];
    if (cause !== undefined && !images.has(id)) images.set(id, cause);
  }
  const selected: number[] = [];
  const all: Cause[] = [];
  for (const [entry, id] of ids.entries()) {
    const sibling = images.get(id);
    if (sibling === undefined) continue;
    selected.push(entry);
    all.push(...(own.get(entry) ?? [{ matrix: list.name, entry, rule: "group", path: sibling.path }]));
  }
  return { selection: { name: list.name, total: list.entries.length, selected }, causes: all };
}
