import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { ConcretePattern } from "../glob/pattern.ts";
import { entryRules, type InferredInputs } from "./entry-rules.ts";
import type { Inputs } from "./input-rule.ts";
import type { InputRule } from "./match-rules.ts";

/** What selections are made from, whatever changed. */
export interface SelectionGround {
  readonly lists: readonly MatrixList[];
  /** Which image an entry is built for; default: that of its `tag-suffix`. */
  readonly identify?: Identify;
  readonly inputs: Inputs;
  /** What entries' builds read; default: nothing is known. */
  readonly inferred?: InferredInputs | undefined;
  readonly matrixPath: string;
  /** Files that are known, and no cause by themselves: the config. */
  readonly known?: readonly string[];
  /** The generated build workflow, and the lists it builds. */
  readonly workflow?: { readonly path: string; readonly lists: readonly string[] };
}

/** An entry and where it stands. */
interface EntryPlace {
  readonly list: MatrixList;
  readonly entry: MatrixEntry;
  /** In its list. */
  readonly index: number;
}

/** The rules of entries. */
export interface RuleSets {
  /** In file order. */
  readonly places: readonly EntryPlace[];
  /** Of each of them. */
  readonly ruleSets: readonly (readonly InputRule[])[];
  /** Files that are accounted for: those that count by value, and others that are no cause by themselves. */
  readonly known: ReadonlySet<string>;
}

/**
 * Which files are inputs of which entry: what selects it, and what it is built from. `wanted`: of which entries, by their
 * lists and their positions there; of all without it.
 */
export function ruleSetsOf(
  { lists, inputs, inferred, matrixPath, ...ground }: SelectionGround,
  wanted: (list: string, index: number) => boolean = () => true,
): RuleSets {
  const known = new Set([matrixPath, ...(ground.known ?? [])]);
  const byValue = literalPatterns(known);
  const places = lists.flatMap((list) =>
    list.entries.flatMap((entry, index) => (wanted(list.name, index) ? [{ list, entry, index }] : [])),
  );
  const workflow = workflowRules(ground);
  const built = new Set(ground.workflow?.lists);
  const ruleSets = places.map(({ list, entry }) => [
    ...entryRules(entry, list.name, { inputs, inferred, byValue }).rules,
    ...(built.has(list.name) ? workflow : []),
  ]);
  return { places, ruleSets, known };
}

function workflowRules({ workflow }: Pick<SelectionGround, "workflow">): readonly InputRule[] {
  return workflow === undefined ? [] : [{ id: "workflow", paths: literalPatterns([workflow.path]), except: [] }];
}

function literalPatterns(paths: Iterable<string>): readonly ConcretePattern[] {
  return [...paths].map((path) => ({ text: path, alternatives: [{ kind: "path", path }] }));
}
