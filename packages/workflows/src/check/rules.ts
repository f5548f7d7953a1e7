import {
  compileInputs,
  DEFAULT_INPUTS,
  entryRules,
  type InputRuleConfig,
  matchRules,
  rulesOf,
} from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { type EntryRef, entryRefs } from "@fanfold-internal/matrix/find-image";
import type { CheckCode } from "../base/codes.ts";
import { BEFORE_RULE, type Config, knownKeys } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { texts } from "../explain/explanation.ts";
import type { Survey } from "./surveyed-builds.ts";

// Enough to see what is meant.
const MAX_GLOBS = 3;
const MAX_NAMES = 10;

/** What rules and tracked files say of each other: entries that nothing can select, globs that match nothing. */
export function checkRules(
  family: Family,
  tracked: readonly string[],
  survey: Pick<Survey, "builds">,
): readonly Diagnostic<CheckCode>[] {
  // Those that fanfold init has just written are not tracked yet, and will be.
  const files = [...tracked, family.matrix.file, ...(family.config.file === null ? [] : [family.config.file])];
  return [...checkEntries(family, files, survey), ...checkOwnGlobs(family, files), ...checkGlobs(family, files)];
}

/** The generated workflow, and the action that it runs before, are inputs of everything, and so prove nothing. */
function checkEntries(
  { matrix, ground, identity }: Family,
  tracked: readonly string[],
  { builds }: Pick<Survey, "builds">,
): readonly Diagnostic<CheckCode>[] {
  const refs = entryRefs(matrix.lists);
  const read = new Map(builds.map(({ ref, inferred }) => [ref.entry, inferred]));
  const known = { inputs: ground.inputs, inferred: (entry: EntryRef["entry"]) => read.get(entry) };
  const rules = refs.map(({ list, entry }) =>
    entryRules(entry, list, known).rules.filter(({ id }) => id !== BEFORE_RULE),
  );
  const entriesMet = (ignore: typeof ground.inputs.ignore): ReadonlySet<number> =>
    new Set(matchRules(rules, ignore, tracked).hits.map(({ entry }) => entry));
  const selectable = entriesMet(ground.inputs.ignore);
  const ignored = entriesMet([]);
  const dead = refs.flatMap((ref, position) => {
    if (selectable.has(position)) return [];
    const globs = [...new Set((rules[position] ?? []).flatMap(({ paths }) => texts(paths)))];
    if (globs.length === 0) return [{ ref, why: "no rule applies", fix: ADD_RULE }];
    const shown = fewNames(globs, MAX_GLOBS);
    return ignored.has(position)
      ? [{ ref, why: `ignore takes away all files for ${shown}`, fix: "narrow the globs under ignore" }]
      : [{ ref, why: `git tracks no file for ${shown}`, fix: ADD_RULE }];
  });
  // One slip in a rule or a key strands many entries: they are one finding.
  return [...Map.groupBy(dead, ({ ref, why }) => `${ref.list} ${why}`).values()].flatMap(
    ([first, ...others]): readonly Diagnostic<CheckCode>[] => {
      if (first === undefined) return [];
      const { list, index } = first.ref;
      const names = [first, ...others].map(({ ref }) => JSON.stringify(identity.identify(ref.entry).name));
      return [
        {
          code: "entry-never-selected",
          severity: "error",
          message: `no change selects ${fewNames([...new Set(names)], MAX_NAMES)} of ${list}: ${first.why}`,
          at: matrix.place(list, index),
          fix: first.fix,
        },
      ];
    },
  );
}

function checkOwnGlobs({ matrix, ground }: Family, tracked: readonly string[]): readonly Diagnostic<CheckCode>[] {
  const globs = entryRefs(matrix.lists).flatMap((ref) =>
    rulesOf(ref.entry, ref.list, ground.inputs)
      .filter(({ id }) => id === "paths")
      .flatMap(({ paths }) => paths.map((pattern) => ({ ref, pattern }))),
  );
  const alone = globs.map(({ pattern }) => ({ id: "", paths: [pattern], except: [] }));
  const met = new Set(matchRules([alone], [], tracked).hits.map(({ rule }) => rule));
  return globs.flatMap(({ ref: { list, index }, pattern }, position) =>
    met.has(position)
      ? []
      : [
          {
            ...NO_FILE,
            message: noFile(pattern.text),
            at: matrix.place(list, index, "paths"),
            fix: spelling([pattern.text], tracked),
          },
        ],
  );
}

/** A glob of the config, as a rule that has no other. */
interface LoneGlob {
  readonly of: "paths" | "except" | "ignore";
  readonly place: readonly PathStep[];
  readonly glob: string;
  readonly rule: InputRuleConfig;
}

function checkGlobs({ config, matrix }: Family, tracked: readonly string[]): readonly Diagnostic<CheckCode>[] {
  const globs = loneGlobs(config.config);
  const refs = entryRefs(matrix.lists);
  const known = { keys: knownKeys(config.config, matrix), lists: matrix.lists.map(({ name }) => name) };
  const { inputs } = compileInputs({ inputs: globs.map(({ rule }) => rule) }, known);
  const filled = refs.map(({ list, entry }) => rulesOf(entry, list, inputs));
  const met = new Set(matchRules(filled, [], tracked).hits.map(({ entry, rule }) => `${entry} ${rule}`));
  return globs.flatMap(({ of, place, glob }, position): readonly Diagnostic<CheckCode>[] => {
    const fillings = new Map<string, boolean>();
    for (const [entry, rules] of filled.entries()) {
      const rule = rules.findIndex(({ id }) => id === `inputs[${position}]`);
      const [text] = texts(rules[rule]?.paths ?? []);
      if (text !== undefined) fillings.set(text, fillings.get(text) === true || met.has(`${entry} ${rule}`));
    }
    const at = config.place(place);
    if (fillings.size === 0) return of === "paths" && place.at(-1) === 0 ? [{ ...NO_ENTRY, at }] : [];
    const idle = [...fillings].filter(([, matches]) => !matches).map(([text]) => text);
    // What is left out may be anywhere; what is an input should be somewhere, for every entry.
    if (idle.length === 0 || (of !== "paths" && idle.length < fillings.size)) return [];
    const filling = idle.length === 1 && idle[0] === glob ? "" : `, filled as ${fewNames(idle, MAX_GLOBS)}`;
    return [{ ...NO_FILE, message: `${noFile(glob)}${filling}`, at, fix: spelling(idle, tracked) }];
  });
}

/** Every glob of a config by itself. The built-in rules have no place to complain about. */
function loneGlobs({ inputs, ignore = [] }: Config): readonly LoneGlob[] {
  const written = inputs === DEFAULT_INPUTS.inputs ? [] : inputs;
  return [
    ...written.flatMap(({ paths, except = [], ...conditions }, index) => [
      ...paths.map((glob, position) => lone("paths", ["inputs", index, "paths", position], glob, conditions)),
      ...except.map((glob, position) => lone("except", ["inputs", index, "except", position], glob, conditions)),
    ]),
    ...ignore.map((glob, position) => lone("ignore", ["ignore", position], glob, {})),
  ];
}

function lone(
  of: LoneGlob["of"],
  place: LoneGlob["place"],
  glob: string,
  conditions: Omit<InputRuleConfig, "paths" | "except">,
): LoneGlob {
  return { of, place, glob, rule: { ...conditions, paths: [glob] } };
}

const ADD_RULE = "add a rule under inputs whose conditions they meet, or correct their keys";

const NO_FILE = { code: "glob-without-file", severity: "warning" } as const;

const NO_ENTRY = {
  code: "rule-without-entry",
  severity: "warning",
  message: "this rule applies to no entry",
  fix: "correct its when, unless and matrices, or remove it",
} as const;

/** What was probably meant by globs that match nothing: a directory, or a name that holds what globs read otherwise. */
function spelling(globs: readonly string[], tracked: readonly string[]): string {
  for (const glob of globs) {
    const directory = glob.replace(/\/+$/, "");
    if (tracked.some((file) => file.startsWith(`${directory}/`))) {
      return `it is a directory: write ${JSON.stringify(`${literal(directory)}/**`)}`;
    }
    if (literal(glob) !== glob && tracked.includes(glob)) {
      return `the file is called so: write ${JSON.stringify(literal(glob))}`;
    }
    const [first] = glob.split("/**");
    if (first !== undefined && literal(first) !== first && tracked.some((file) => file.startsWith(`${first}/`))) {
      return `the directory is called so: write ${JSON.stringify(`${literal(first)}${glob.slice(first.length)}`)}`;
    }
  }
  return "correct it, or remove it";
}

/** A path as a glob that matches it alone. */
function literal(path: string): string {
  return path.replace(/[[\]{}()*?!+@|\\]/g, "\\$&");
}

function noFile(glob: string): string {
  return `${JSON.stringify(glob)} matches no file that git tracks`;
}
