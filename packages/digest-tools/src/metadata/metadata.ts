import { DESCRIBED_NAMES, expressionProblem, GLOBAL_NAMES } from "./expressions.ts";
import { type FlavorRule, parseFlavor, parseTagRule, type TagRule } from "./rule.ts";
import { parseTemplate, type Template, templateKeys } from "./template.ts";
import { SEMVER_NAMES } from "./version-rules.ts";

/** `metadata` of a config, as it is written: lines in docker/metadata-action's grammar, with `{key}` of an entry. */
export interface MetadataText {
  readonly tags: readonly string[];
  readonly flavor: readonly string[];
  readonly labels: readonly string[];
}

/** The same, read. */
export interface Metadata {
  readonly tags: readonly TagRule[];
  readonly flavor: FlavorRule;
  readonly labels: readonly { readonly key: string; readonly value: Template }[];
  /** Every `{key}` in it, with the line that uses it. */
  readonly keys: readonly UsedKey[];
}

/** What a config without `metadata` means. */
export const DEFAULT_METADATA: MetadataText = {
  tags: ["type=ref,event=branch", "type=semver,pattern={{raw}}", "type=sha"],
  flavor: ["latest={tag-latest}", "suffix={tag-suffix},onlatest=true"],
  labels: [],
};

/** A line of `metadata`. */
interface MetadataPlace {
  readonly list: keyof MetadataText;
  /** From 0. */
  readonly index: number;
}

export interface UsedKey extends MetadataPlace {
  readonly key: string;
}

/** A line that cannot be used, and why. */
export interface MetadataProblem extends MetadataPlace {
  readonly message: string;
}

export type ParsedMetadata =
  | { readonly kind: "ok"; readonly metadata: Metadata }
  | { readonly kind: "invalid"; readonly problems: readonly MetadataProblem[] };

/** Reads `metadata`: all its faults at once. */
export function parseMetadata(text: MetadataText): ParsedMetadata {
  const problems: MetadataProblem[] = [];
  const keys: UsedKey[] = [];
  const each = <T>(list: keyof MetadataText, read: (line: string) => Line<T> | string): readonly T[] =>
    text[list].flatMap((line, index) => {
      const found = read(line);
      if (typeof found === "string") {
        problems.push({ list, index, message: found });
        return [];
      }
      keys.push(...found.templates.flatMap(templateKeys).map((key) => ({ list, index, key })));
      return [found.value];
    });
  const tags = each("tags", tagLine);
  each("flavor", flavorLine);
  const labels = each("labels", labelLine);
  const flavor = parseFlavor(text.flavor);
  if (problems.length > 0 || flavor.kind === "invalid") return { kind: "invalid", problems };
  return { kind: "ok", metadata: { tags, flavor: flavor.rule, labels, keys } };
}

interface Line<T> {
  readonly value: T;
  readonly templates: readonly Template[];
}

function tagLine(line: string): Line<TagRule> | string {
  const parsed = parseTagRule(line);
  if (parsed.kind === "invalid") return parsed.reason;
  const { rule } = parsed;
  return unknownInRule(rule) ?? { value: rule, templates: [...rule.attributes.values()] };
}

function unknownInRule({ type, attributes }: TagRule): string | undefined {
  for (const [name, template] of attributes) {
    const isPattern = name === "pattern";
    // A regular expression may hold braces of its own.
    if ((type === "match" && isPattern) || name === "match") continue;
    const known = !isPattern ? GLOBAL_NAMES : type === "schedule" ? ["date", "commit_date"] : SEMVER_NAMES;
    const problem = expressionProblem(template, known);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

function flavorLine(line: string): Line<FlavorRule> | string {
  const parsed = parseFlavor([line]);
  if (parsed.kind === "invalid") return parsed.reason;
  const { latest, prefix, suffix } = parsed.rule;
  const named = Object.entries({ latest, prefix, suffix }).flatMap(([name, template]) =>
    template === undefined ? [] : [{ name, template }],
  );
  for (const { name, template } of named) {
    const problem = expressionProblem(template, GLOBAL_NAMES);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return { value: parsed.rule, templates: named.map(({ template }) => template) };
}

function labelLine(line: string): Line<Metadata["labels"][number]> | string {
  const [, key = "", text = ""] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
  if (key.trim() === "") return `expected key=value, found ${JSON.stringify(line)}`;
  const parsed = parseTemplate(text);
  if (parsed.kind === "invalid") return parsed.reason;
  const { template } = parsed;
  return (
    expressionProblem(template, DESCRIBED_NAMES) ?? {
      value: { key: key.trim(), value: template },
      templates: [template],
    }
  );
}
