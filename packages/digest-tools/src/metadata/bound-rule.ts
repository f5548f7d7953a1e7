import { attributeProblem, type TagRule, type TagType } from "./rule.ts";
import { bindKeys, type Template, textOf, UnusableValue } from "./template.ts";

/** A line of `tags` for one entry: its keys are filled in, its expressions are not. */
export interface BoundRule {
  readonly line: string;
  readonly type: TagType;
  readonly priority: number;
  readonly enable: Template;
  readonly prefix: Template | undefined;
  readonly suffix: Template | undefined;
  /** `pattern`, `value`, `match`, `group`, `branch`, `event`, `format`: what the type takes. */
  readonly attribute: (name: string) => Template | undefined;
}

// https://github.com/docker/metadata-action#priority-attribute
const PRIORITY: Readonly<Record<TagType, number>> = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
};

const DEFAULTS: Readonly<Record<string, string>> = {
  "schedule pattern": "nightly",
  "sha format": "short",
  "match group": "0",
};

const literal = (text: string): Template => ({ source: text, parts: text === "" ? [] : [{ kind: "text", text }] });

/**
 * Fills in an entry's keys; the rules in the order in which they are asked: by priority, then as they were written. A
 * rule whose main attribute is dropped with an absent key gives no tag.
 *
 * @throws UnusableValue
 */
export function bindRules(
  rules: readonly TagRule[],
  lookUp: (key: string) => string | undefined,
): readonly BoundRule[] {
  const bound = rules.flatMap((rule) => bindRule(rule, lookUp) ?? []);
  return bound.toSorted((a, b) => b.priority - a.priority);
}

function bindRule(
  { line, type, attributes }: TagRule,
  lookUp: (key: string) => string | undefined,
): BoundRule | undefined {
  const bound = new Map<string, Template>();
  for (const [name, template] of attributes) {
    const filled = bindKeys(template, lookUp);
    if (filled !== undefined) bound.set(name, filled);
    else if (MAIN[type].includes(name)) return undefined;
  }
  // What a key holds is known only now.
  const problem = attributeProblem(type, bound);
  if (problem !== undefined) throw new UnusableValue(`${problem} (in ${line})`);
  const attribute = (name: string): Template | undefined => {
    const fallback = DEFAULTS[`${type} ${name}`];
    return bound.get(name) ?? (fallback === undefined ? undefined : literal(fallback));
  };
  const isPullRequest = type === "ref" && textOf(bound.get("event")) === "pr";
  return {
    line,
    type,
    priority: Number(textOf(bound.get("priority")) ?? PRIORITY[type]),
    enable: bound.get("enable") ?? literal("true"),
    prefix: bound.get("prefix") ?? (isPullRequest ? literal("pr-") : type === "sha" ? literal("sha-") : undefined),
    suffix: bound.get("suffix"),
    attribute,
  };
}

/** What a rule is about: without it there is no tag. */
const MAIN: Readonly<Record<TagType, readonly string[]>> = {
  schedule: [],
  semver: ["pattern", "value"],
  pep440: ["pattern", "value"],
  match: ["pattern", "value"],
  edge: [],
  ref: ["event"],
  raw: ["value"],
  sha: [],
};
