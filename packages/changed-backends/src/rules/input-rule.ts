import { posix } from "node:path";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import { templateKeysOf } from "@fanfold-internal/matrix/entry-values";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import { type ConcretePattern, entryText, fillPattern, type Pattern, parsePattern } from "../glob/pattern.ts";
import { conditionFlaw, type EntryCondition, listed, valueMatcher } from "./entry-condition.ts";
import type { InputRule } from "./match-rules.ts";

/** Which files an entry is built from, as it stands in the config. */
export interface InputRuleConfig {
  readonly paths: readonly string[];
  readonly when?: EntryCondition;
  readonly unless?: EntryCondition;
  readonly except?: readonly string[];
  /** The lists it is for; default all. */
  readonly matrices?: readonly string[];
}

export interface InputsConfig {
  readonly inputs: readonly InputRuleConfig[];
  /** Never a cause. */
  readonly ignore?: readonly string[];
  /** What to do about a changed file that no rule, no except and no ignore mentions. Default `warn`. */
  readonly unmatched?: "ignore" | "warn" | "run-all";
  /** Whether what a Dockerfile reads is an input, too. Default: it is. */
  readonly infer?: boolean;
}

/** Rules, checked and compiled; the same for every plan of a config. */
export interface Inputs {
  readonly rules: readonly CompiledRule[];
  /** Nobody has written rules: what Dockerfiles read holds alone, and where they say nothing the default. */
  readonly unwritten: boolean;
  /** What a Dockerfile reads is an input. */
  readonly infer: boolean;
  readonly ignore: readonly ConcretePattern[];
  readonly unmatched: "ignore" | "warn" | "run-all";
}

interface CompiledRule {
  readonly id: string;
  readonly paths: readonly Pattern[];
  readonly except: readonly Pattern[];
  readonly when: readonly CompiledCondition[];
  readonly unless: readonly CompiledCondition[];
  readonly matrices: ReadonlySet<string> | undefined;
}

interface CompiledCondition {
  readonly key: string;
  matches(value: string | null): boolean;
}

/** What checking rules against a matrix finds, and what it means. */
export const RULE_CODES = {
  "bad-glob": "A glob is refused: a leading `!`, `./` or `/`, a trailing `/`, or too complex to match in bounded time.",
  "unknown-placeholder": "A glob holds `{key}`, and no entry has that key.",
  "unknown-condition-key": "`when` or `unless` asks for a key that no entry has.",
  "bad-condition": "A glob under `when` or `unless` can never match a value, or is too complex.",
  "unknown-rule-list": "A rule's `matrices` names a list that the matrix file does not have.",
  "rule-value-not-text": "A rule asks for a key whose value is a list or a mapping, and would not apply to that entry.",
} as const;

type RuleCode = keyof typeof RULE_CODES;

/** A finding, and the way to it from the root of its file. */
export interface InputProblem extends Diagnostic<RuleCode> {
  readonly path: readonly PathStep[];
}

/** What is known of the matrix file while rules are checked: unknown placeholders and lists are then named. */
export interface KnownNames {
  readonly keys: ReadonlySet<string>;
  readonly lists: readonly string[];
}

/**
 * Without rules: an entry's Dockerfile and its context (both relative to the repository's root, as `docker build -f` has
 * them in a workflow). A context that is a submodule changes as a file of its own name does. What a build reads of a
 * context that is the root is not known, and so any file counts, unless the entry has `paths` of its own.
 */
export const DEFAULT_INPUTS: InputsConfig = {
  inputs: [{ paths: ["{dockerfile}"] }, { paths: ["{context}", "{context}/**"], unless: { context: ["", "."] } }],
};

export function compileInputs(
  config: InputsConfig,
  known: KnownNames,
): { readonly inputs: Inputs; readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = [];
  const patterns = (
    globs: readonly string[] | undefined,
    path: readonly PathStep[],
    keys: ReadonlySet<string>,
  ): readonly Pattern[] =>
    (globs ?? []).flatMap((glob, index) => {
      const parsed = compilePattern(glob, keys);
      if ("problem" in parsed) problems.push({ ...parsed.problem, path: [...path, index] });
      return "problem" in parsed ? [] : [parsed.pattern];
    });
  const conditions = (condition: EntryCondition | undefined, path: readonly PathStep[]): readonly CompiledCondition[] =>
    Object.entries(condition ?? {}).map(([key, wanted]) => {
      if (!known.keys.has(key)) {
        problems.push({
          code: "unknown-condition-key",
          severity: "error",
          message: `no entry has the key "${key}"${didYouMean(key, known.keys)}`,
          fix: "name a key of the matrix entries",
          path: [...path, key],
        });
      }
      const flaws = listed(wanted).flatMap((glob, index): readonly InputProblem[] => {
        const flaw = glob === null ? undefined : conditionFlaw(glob);
        if (flaw === undefined) return [];
        const place = Array.isArray(wanted) ? [...path, key, index] : [...path, key];
        const message = `${JSON.stringify(glob)}: ${flaw.message}`;
        return [{ code: "bad-condition", severity: "error", message, fix: flaw.fix, path: place }];
      });
      problems.push(...flaws);
      return { key, matches: flaws.length > 0 ? () => false : valueMatcher(wanted) };
    });
  const rules = config.inputs.map((rule, index): CompiledRule => {
    for (const [position, list] of (rule.matrices ?? []).entries()) {
      if (known.lists.includes(list)) continue;
      problems.push({
        code: "unknown-rule-list",
        severity: "error",
        message: `the matrix file has no list "${list}"${didYouMean(list, known.lists)}`,
        fix: `its lists: ${known.lists.join(", ")}`,
        path: ["inputs", index, "matrices", position],
      });
    }
    return {
      id: `inputs[${index}]`,
      paths: patterns(rule.paths, ["inputs", index, "paths"], known.keys),
      except: patterns(rule.except, ["inputs", index, "except"], known.keys),
      when: conditions(rule.when, ["inputs", index, "when"]),
      unless: conditions(rule.unless, ["inputs", index, "unless"]),
      matrices: rule.matrices === undefined ? undefined : new Set(rule.matrices),
    };
  });
  // Nothing of an entry is known where a file is ignored for all of them.
  const ignore = patterns(config.ignore, ["ignore"], new Set()).flatMap(({ fixed }) =>
    fixed === undefined ? [] : [fixed],
  );
  const unwritten = config.inputs === DEFAULT_INPUTS.inputs;
  const { unmatched = "warn", infer = true } = config;
  return { inputs: { rules, unwritten, infer, ignore, unmatched }, problems };
}

/** The rules of one entry, its own `paths` included, with its values in the placeholders. */
export function rulesOf(entry: MatrixEntry, list: string, inputs: Inputs): readonly InputRule[] {
  const rules: InputRule[] = [];
  for (const { id, paths, except, when, unless, matrices } of inputs.rules) {
    if (matrices !== undefined && !matrices.has(list)) continue;
    const holds = ({ key, matches }: CompiledCondition): boolean => matches(entryText(entry, key));
    if (!when.every(holds) || (unless.length > 0 && unless.every(holds))) continue;
    const filled = fillAll(paths, entry);
    if (filled === undefined) continue;
    const narrow = when.length > 0;
    rules.push({ id, paths: filled, except: except.flatMap((pattern) => fillPattern(pattern, entry) ?? []), narrow });
  }
  const own = ownPaths(entry).flatMap((glob) => {
    const parsed = parsePattern(glob);
    const filled = parsed.kind === "pattern" ? fillPattern(parsed, entry) : null;
    return filled === null ? [] : [filled];
  });
  if (own.length > 0) rules.push({ id: "paths", paths: own, except: [], narrow: true });
  else if (inputs.unwritten && isRoot(entryText(entry, "context"))) {
    rules.push({ id: "context", paths: [ANY_FILE], except: [] });
  }
  return rules;
}

const ANY_FILE: ConcretePattern = { text: "**", alternatives: [{ kind: "under", directory: "" }] };

/** An absent context is the root, as it is for docker. */
function isRoot(context: string | null): boolean {
  return context === null || posix.normalize(`./${context}/`) === "./";
}

/**
 * Values that rules ask for and that are no text: a list would count as absent, and its entry would be left out. Paths
 * start at the matrix file's root.
 */
export function checkValues(lists: readonly MatrixList[], { rules }: Inputs): readonly InputProblem[] {
  return lists.flatMap(({ name, entries }) => {
    const asked = rules.filter(({ matrices }) => matrices === undefined || matrices.has(name));
    const keys = new Set(
      asked.flatMap(({ paths, except, when, unless }) => [
        ...[...paths, ...except].flatMap(({ placeholders }) => placeholders.map(({ key }) => key)),
        ...[...when, ...unless].map(({ key }) => key),
      ]),
    );
    return entries.flatMap((entry, index) =>
      [...keys].flatMap((key): readonly InputProblem[] => {
        const value = Object.hasOwn(entry, key) ? entry[key] : null;
        if (typeof value !== "object" || value === null) return [];
        const message = `expected text, which a rule asks for, found ${JSON.stringify(value).slice(0, 80)}`;
        const fix = "write it as text, or give the entry another key for the rule";
        return [{ code: "rule-value-not-text", severity: "error", message, fix, path: [name, index, key] }];
      }),
    );
  });
}

/** Faults in the globs that entries carry themselves; paths start at the matrix file's root. */
export function checkOwnPaths(list: string, entries: readonly MatrixEntry[]): readonly InputProblem[] {
  return entries.flatMap((entry, index) =>
    ownPaths(entry).flatMap((glob, position) => {
      const parsed = compilePattern(glob, templateKeysOf([entry]));
      return "problem" in parsed ? [{ ...parsed.problem, path: [list, index, "paths", position] }] : [];
    }),
  );
}

function ownPaths(entry: MatrixEntry): readonly string[] {
  const { paths } = entry;
  return Array.isArray(paths) ? paths.filter((glob) => typeof glob === "string") : [];
}

// A rule with a placeholder does not apply to an entry that lacks the key.
function fillAll(patterns: readonly Pattern[], entry: MatrixEntry): readonly ConcretePattern[] | undefined {
  const filled: ConcretePattern[] = [];
  for (const pattern of patterns) {
    const concrete = fillPattern(pattern, entry);
    if (concrete === null) return undefined;
    filled.push(concrete);
  }
  return filled;
}

function compilePattern(
  glob: string,
  keys: ReadonlySet<string>,
): { readonly pattern: Pattern } | { readonly problem: Omit<InputProblem, "path"> } {
  const parsed = parsePattern(glob);
  if (parsed.kind === "problem") {
    return {
      problem: {
        code: "bad-glob",
        severity: "error",
        message: `${JSON.stringify(glob)}: ${parsed.message} at character ${parsed.offset + 1}`,
        fix: parsed.fix,
      },
    };
  }
  const unknown = parsed.placeholders.find(({ key }) => !keys.has(key));
  if (unknown === undefined) return { pattern: parsed };
  const { key, offset } = unknown;
  const fix = keys.size === 0 ? "this list is for all entries; write the path out" : "name a key of the matrix entries";
  return {
    problem: {
      code: "unknown-placeholder",
      severity: "error",
      message: `${JSON.stringify(glob)}: unknown placeholder {${key}} at character ${offset + 1}${didYouMean(key, keys)}`,
      fix,
    },
  };
}
