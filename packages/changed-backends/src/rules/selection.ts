import type { EntryRef } from "@fanfold-internal/matrix/find-image";
import { bySuffix, type Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { type ChangedFile, changedPaths } from "../base/diff.ts";
import type { ConcretePattern } from "../glob/pattern.ts";
import { entryChanges } from "./entry-changes.ts";
import { entryRules, type InferredInputs } from "./entry-rules.ts";
import type { Inputs } from "./input-rule.ts";
import { type InputRule, matchRules } from "./match-rules.ts";

/**
 * Why an entry is selected. `rule` is `inputs[n]` (a rule of the config), `paths` (the entry's own), `inferred` (its
 * Dockerfile reads it), `context` (any file, where nobody has written rules and no Dockerfile is known), `workflow` (the
 * generated build workflow), `matrix` (its fields are new or different, or its image lost a leg), `group` (another leg
 * of its image is selected), `base` (what it is built from is selected), `only`, `unmatched`, or `everything`. `path` is the first file that met the rule, or null.
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
  readonly path: string | null;
}

export interface ListSelection {
  readonly name: string;
  readonly total: number;
  /** Indexes of selected entries, in file order. */
  readonly selected: readonly number[];
}

export interface Selection {
  readonly runAll: boolean;
  readonly lists: readonly ListSelection[];
  readonly causes: readonly Cause[];
  /** Changed files that no rule, no except and no ignore mentions. */
  readonly unmatched: readonly string[];
}

export interface SelectionQuestion {
  readonly lists: readonly MatrixList[];
  /** Which image an entry is built for; default: that of its `tag-suffix`. */
  readonly identify?: Identify;
  readonly inputs: Inputs;
  /** What entries' builds read; default: nothing is known. */
  readonly inferred?: InferredInputs | undefined;
  readonly files: readonly ChangedFile[];
  /**
   * The matrix file's own path and, when it is among the changed files, its lists where it is compared with: at the base
   * and, of a pull request, at its target. An image has changed when it differs from all of them.
   */
  readonly matrix: { readonly path: string; readonly bases: readonly (readonly MatrixList[])[] };
  /** Files that are known, and no cause by themselves: the config. */
  readonly known?: readonly string[];
  /** Files that select nothing, whatever rules say. */
  readonly generated?: readonly string[];
  /** The generated build workflow, and the lists it builds. */
  readonly workflow?: { readonly path: string; readonly lists: readonly string[] };
}

/** Which entries the changed files select, whole images only, and why. */
export function select(question: SelectionQuestion): Selection {
  const { lists, identify = bySuffix, inputs, matrix } = question;
  const silent = new Set(question.generated);
  const paths = changedPaths(question.files).filter((path) => !silent.has(path));
  const known = new Set([matrix.path, ...(question.known ?? [])]);
  const byValue = literalPatterns(known);
  const places = lists.flatMap((list) => list.entries.map((entry, index) => ({ list, entry, index })));
  const workflow = workflowRules(question);
  const built = new Set(question.workflow?.lists);
  const ruleSets = places.map(({ list, entry }) => [
    ...entryRules(entry, list.name, { inputs, inferred: question.inferred, byValue }).rules,
    ...(built.has(list.name) ? workflow : []),
  ]);
  const { hits, unmentioned } = matchRules(ruleSets, inputs.ignore, paths);
  const unmatched = unmentioned.filter((path) => !known.has(path) && path !== question.workflow?.path);
  const [first] = unmatched;
  if (inputs.unmatched === "run-all" && first !== undefined) {
    return { ...selectEverything(lists, "unmatched", first), unmatched };
  }

  const causes: Cause[] = [];
  for (const hit of hits) {
    const place = places[hit.entry];
    const rule = ruleSets[hit.entry]?.[hit.rule];
    if (place === undefined || rule === undefined) continue;
    const said = rule.inferred === undefined ? {} : { inferred: rule.inferred };
    causes.push({ matrix: place.list.name, entry: place.index, rule: rule.id, ...said, path: hit.file });
  }
  for (const list of lists) causes.push(...matrixCauses(list, matrix, identify));
  const whole = lists.map((list) =>
    wholeImages(
      list,
      causes.filter((cause) => cause.matrix === list.name),
      identify,
    ),
  );
  return {
    runAll: false,
    lists: whole.map(({ selection }) => selection),
    causes: whole.flatMap((list) => list.causes),
    unmatched: inputs.unmatched === "ignore" ? [] : unmatched,
  };
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
    return wholeImages(list, causes, identify);
  });
  return {
    runAll: false,
    lists: whole.map(({ selection }) => selection),
    causes: whole.flatMap((list) => list.causes),
    unmatched: [],
  };
}

function workflowRules({ workflow }: SelectionQuestion): readonly InputRule[] {
  return workflow === undefined ? [] : [{ id: "workflow", paths: literalPatterns([workflow.path]), except: [] }];
}

function literalPatterns(paths: Iterable<string>): readonly ConcretePattern[] {
  return [...paths].map((path) => ({ text: path, alternatives: [{ kind: "path", path }] }));
}

function matrixCauses(
  list: MatrixList,
  { path, bases }: SelectionQuestion["matrix"],
  identify: Identify,
): readonly Cause[] {
  const ids = list.entries.map((entry) => identify(entry).id);
  const perBase = bases.map((base) => affectedEntries(list, base, identify));
  const images = perBase.map((entries) => new Set([...entries].map((index) => ids[index])));
  const entries = new Set(perBase.flatMap((each) => [...each]));
  return [...entries]
    .filter((index) => images.every((each) => each.has(ids[index])))
    .toSorted((left, right) => left - right)
    .map((entry) => ({ matrix: list.name, entry, rule: "matrix", path }));
}

/** Indexes of entries that are new or different, or whose image has lost a leg. */
function affectedEntries(list: MatrixList, base: readonly MatrixList[], identify: Identify): ReadonlySet<number> {
  const { changed, shrunk } = entryChanges(list, base, identify);
  const shrunken = list.entries.flatMap((entry, index) => (shrunk.has(identify(entry).id) ? [index] : []));
  return new Set([...changed, ...shrunken]);
}

/** An index is never built from half its legs: one selected leg selects the others. */
export function wholeImages(
  list: MatrixList,
  causes: readonly Cause[],
  identify: Identify,
): { readonly selection: ListSelection; readonly causes: readonly Cause[] } {
  const ids = list.entries.map((entry) => identify(entry).id);
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
