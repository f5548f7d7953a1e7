import { type FormerKind, PathIndex } from "../glob/path-index.ts";
import type { ConcretePattern } from "../glob/pattern.ts";
import { FileSet } from "./file-set.ts";

/**
 * One rule of one entry, its placeholders filled. A file meets it when any of `paths` and none of `except` matches; a
 * submodule or a symbolic link also when one of `paths` lies below it.
 */
export interface InputRule {
  readonly id: string;
  readonly paths: readonly ConcretePattern[];
  readonly except: readonly ConcretePattern[];
  /** A Dockerfile names these files by their own paths: `ignore` does not take them away. */
  readonly named?: boolean;
  /** What says so, for a rule that nobody wrote: `Dockerfile:12 COPY src`. */
  readonly inferred?: string;
  /** It is for some entries only: it has a `when`, or is the entry's own. */
  readonly narrow?: boolean;
}

interface RuleHit {
  /** Position in `ruleSets`. */
  readonly entry: number;
  /** Position in that entry's rules. */
  readonly rule: number;
  /** The first of the files that meets the rule. */
  readonly file: string;
}

export interface RuleMatches {
  /** One per rule that a file meets, by entry, then by rule. */
  readonly hits: readonly RuleHit[];
  /** Files that no `paths`, no `except` and no `ignore` pattern matches, in the given order. */
  readonly unmentioned: readonly string[];
}

export interface GatheredFiles {
  /** The files that meet any rule of an entry, by entry; entries that ask the same share one set. */
  readonly taken: readonly FileSet[];
  /** As in `RuleMatches`. */
  readonly unmentioned: readonly string[];
}

/** What a rule asks, shared by every entry that has the same rule. */
interface Question {
  readonly paths: ReadonlySet<number>;
  readonly except: ReadonlySet<number>;
  readonly named: boolean;
  readonly number: number;
  file: string | undefined;
  readonly taken: FileSet;
}

/**
 * Rules, compiled: which of them do files meet? A file that `ignore` matches is never the cause of a hit, but of a rule
 * that names it; `except` takes files away from its own rule only.
 *
 * Equal rules of several entries are asked once, and a rule that has been met is not asked again.
 */
export class RuleMatcher {
  readonly #index = new PathIndex();
  readonly #questions = new Questions(this.#index);
  readonly #ignored: ReadonlySet<number>;
  readonly #asked: readonly (readonly Question[])[];

  /** `ruleSets` holds the rules of each entry. */
  constructor(ruleSets: readonly (readonly InputRule[])[], ignore: readonly ConcretePattern[]) {
    this.#ignored = new Set(ignore.flatMap((pattern) => this.#index.add(pattern)));
    this.#asked = ruleSets.map((rules) => rules.map((rule) => this.#questions.of(rule)));
  }

  /** `former`: those of the files of which it is not known that they were files. */
  match(files: readonly string[], former: ReadonlyMap<string, FormerKind> = new Map()): RuleMatches {
    this.#questions.forget();
    const unmentioned: string[] = [];
    for (const file of files) {
      const was = former.get(file);
      const matches = this.#index.match(file, was);
      const inside = this.#questions.asking(this.#index.inside(file, was));
      const ignored = matches.some((id) => this.#ignored.has(id));
      if (matches.length === 0 && inside.length === 0) unmentioned.push(file);
      else this.#questions.answer(file, matches, inside, ignored);
    }
    const hits = this.#asked.flatMap((rules, entry) =>
      rules.flatMap(({ file }, rule) => (file === undefined ? [] : [{ entry, rule, file }])),
    );
    return { hits, unmentioned };
  }

  /** All files that `match` would have as the cause of a hit, were each the only one. */
  gather(files: readonly string[]): GatheredFiles {
    this.#questions.forget();
    const unmentioned: string[] = [];
    for (const [position, file] of files.entries()) {
      const matches = this.#index.match(file);
      const inside = this.#questions.asking(this.#index.inside(file));
      const ignored = matches.some((id) => this.#ignored.has(id));
      if (matches.length === 0 && inside.length === 0) unmentioned.push(file);
      else this.#questions.take(position, matches, inside, ignored);
    }
    const sets = new Map<string, FileSet>();
    const taken = this.#asked.map((rules) => {
      const asked = new Set(rules.filter((question) => !question.taken.isEmpty));
      const key = [...asked].map(({ number }) => number).join();
      const set = sets.get(key) ?? FileSet.union([...asked].map((question) => question.taken));
      sets.set(key, set);
      return set;
    });
    return { taken, unmentioned };
  }
}

/** What `RuleMatcher` says, of rules that are asked once. */
export function matchRules(
  ruleSets: readonly (readonly InputRule[])[],
  ignore: readonly ConcretePattern[],
  files: readonly string[],
): RuleMatches {
  return new RuleMatcher(ruleSets, ignore).match(files);
}

class Questions {
  readonly #index: PathIndex;
  readonly #known = new Map<string, Question>();
  // Per pattern: the questions it may answer.
  readonly #byPattern = new Map<number, Question[]>();
  // The same of those that have no answer yet, where some have.
  readonly #open = new Map<number, readonly Question[]>();

  constructor(index: PathIndex) {
    this.#index = index;
  }

  of(rule: InputRule): Question {
    const paths = this.#ids(rule.paths);
    const except = this.#ids(rule.except);
    const named = rule.named === true;
    const key = `${paths.join()} ${except.join()} ${named}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const question: Question = {
      paths: new Set(paths),
      except: new Set(except),
      named,
      number: this.#known.size,
      file: undefined,
      taken: new FileSet(),
    };
    this.#known.set(key, question);
    for (const id of question.paths) {
      const asking = this.#byPattern.get(id);
      if (asking === undefined) this.#byPattern.set(id, [question]);
      else asking.push(question);
    }
    return question;
  }

  /** Takes all answers back. */
  forget(): void {
    this.#open.clear();
    for (const question of this.#known.values()) {
      question.file = undefined;
      question.taken.clear();
    }
  }

  /** Those that some rule's `paths` have. */
  asking(ids: readonly number[]): readonly number[] {
    return ids.filter((id) => this.#byPattern.has(id));
  }

  answer(file: string, matches: readonly number[], inside: readonly number[], ignored: boolean): void {
    for (const id of inside.length === 0 ? matches : [...matches, ...inside]) {
      const open = this.#open.get(id) ?? this.#byPattern.get(id) ?? [];
      if (open.length === 0) continue;
      for (const question of open) if (isMet(question, matches, ignored)) question.file ??= file;
      this.#open.set(
        id,
        open.filter((question) => question.file === undefined),
      );
    }
  }

  take(position: number, matches: readonly number[], inside: readonly number[], ignored: boolean): void {
    for (const id of inside.length === 0 ? matches : [...matches, ...inside]) {
      for (const question of this.#byPattern.get(id) ?? []) {
        if (isMet(question, matches, ignored)) question.taken.add(position);
      }
    }
  }

  #ids(patterns: readonly ConcretePattern[]): readonly number[] {
    return patterns.flatMap((pattern) => this.#index.add(pattern));
  }
}

/** Whether a file that one of the question's paths matches meets it. */
function isMet({ except, named }: Question, matches: readonly number[], ignored: boolean): boolean {
  if (ignored && !named) return false;
  return except.size === 0 || !matches.some((match) => except.has(match));
}
