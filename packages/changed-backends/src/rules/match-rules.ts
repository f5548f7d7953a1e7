import { PathIndex } from "../glob/path-index.ts";
import type { ConcretePattern } from "../glob/pattern.ts";

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

/** What a rule asks, shared by every entry that has the same rule. */
interface Question {
  readonly paths: ReadonlySet<number>;
  readonly except: ReadonlySet<number>;
  readonly named: boolean;
  file: string | undefined;
}

/**
 * Which rules the files meet. `ruleSets` holds the rules of each entry. A file that `ignore` matches is never the
 * cause of a hit, but of a rule that names it; `except` takes files away from its own rule only.
 *
 * Equal rules of several entries are asked once, and a rule that has been met is not asked again.
 */
export function matchRules(
  ruleSets: readonly (readonly InputRule[])[],
  ignore: readonly ConcretePattern[],
  files: readonly string[],
): RuleMatches {
  const index = new PathIndex();
  const ignored = new Set(ignore.flatMap((pattern) => index.add(pattern)));
  const questions = new Questions(index);
  const asked = ruleSets.map((rules) => rules.map((rule) => questions.of(rule)));

  const unmentioned: string[] = [];
  for (const file of files) {
    const matches = index.match(file);
    const inside = questions.asking(index.inside(file));
    if (matches.length === 0 && inside.length === 0) unmentioned.push(file);
    else
      questions.answer(
        file,
        matches,
        inside,
        matches.some((id) => ignored.has(id)),
      );
  }

  const hits = asked.flatMap((rules, entry) =>
    rules.flatMap(({ file }, rule) => (file === undefined ? [] : [{ entry, rule, file }])),
  );
  return { hits, unmentioned };
}

class Questions {
  readonly #index: PathIndex;
  readonly #known = new Map<string, Question>();
  // Per pattern: the questions it may answer and that have no answer yet.
  readonly #open = new Map<number, Question[]>();

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
    const question: Question = { paths: new Set(paths), except: new Set(except), named, file: undefined };
    this.#known.set(key, question);
    for (const id of question.paths) {
      const open = this.#open.get(id);
      if (open === undefined) this.#open.set(id, [question]);
      else open.push(question);
    }
    return question;
  }

  /** Those that some rule's `paths` have. */
  asking(ids: readonly number[]): readonly number[] {
    return ids.filter((id) => this.#open.has(id));
  }

  answer(file: string, matches: readonly number[], inside: readonly number[], ignored: boolean): void {
    for (const id of inside.length === 0 ? matches : [...matches, ...inside]) {
      const open = this.#open.get(id);
      if (open === undefined || open.length === 0) continue;
      for (const question of open) {
        if (ignored && !question.named) continue;
        if (!matches.some((match) => question.except.has(match))) question.file ??= file;
      }
      this.#open.set(
        id,
        open.filter((question) => question.file === undefined),
      );
    }
  }

  #ids(patterns: readonly ConcretePattern[]): readonly number[] {
    return patterns.flatMap((pattern) => this.#index.add(pattern));
  }
}
