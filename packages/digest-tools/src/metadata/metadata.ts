import { expressionProblem, GLOBAL_NAMES } from "./expressions.ts";
import { type FlavorRule, parseFlavor, parseTagRule, type TagRule } from "./rule.ts";
import { parseTemplate, type Template } from "./template.ts";
import { SEMVER_NAMES } from "./version-rules.ts";

/** `metadata` of a config, as it is written. */
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
}

/** What a config without `metadata` means. */
export const DEFAULT_METADATA: MetadataText = {
  tags: ["type=ref,event=branch", "type=semver,pattern={{raw}}", "type=sha"],
  flavor: ["latest={tag-latest}", "suffix={tag-suffix},onlatest=true"],
  labels: [],
};

/** A line that cannot be used: which, and why. */
interface MetadataProblem {
  readonly list: keyof MetadataText;
  readonly index: number;
  readonly message: string;
}

export type ParsedMetadata =
  | { readonly kind: "ok"; readonly metadata: Metadata }
  | { readonly kind: "invalid"; readonly problems: readonly MetadataProblem[] };

/** Reads `metadata` with all its faults at once. */
export function parseMetadata(text: MetadataText): ParsedMetadata {
  const problems: MetadataProblem[] = [];
  const tags: TagRule[] = [];
  for (const [index, line] of text.tags.entries()) {
    const parsed = parseTagRule(line);
    const message = parsed.kind === "invalid" ? parsed.reason : unknownInRule(parsed.rule);
    if (message !== undefined) problems.push({ list: "tags", index, message });
    else if (parsed.kind === "ok") tags.push(parsed.rule);
  }
  const flavor = parseFlavor([]);
  let rule = flavor.kind === "ok" ? flavor.rule : undefined;
  for (const [index, line] of text.flavor.entries()) {
    const parsed = parseFlavor(text.flavor.slice(0, index + 1));
    const alone = parseFlavor([line]);
    const message = alone.kind === "invalid" ? alone.reason : unknownInFlavor(alone.rule);
    if (message !== undefined) problems.push({ list: "flavor", index, message });
    else if (parsed.kind === "ok") rule = parsed.rule;
  }
  const labels = text.labels.flatMap((line, index) => {
    const parsed = parseLabel(line);
    if (typeof parsed !== "string") return [parsed];
    problems.push({ list: "labels", index, message: parsed });
    return [];
  });
  if (problems.length > 0 || rule === undefined) return { kind: "invalid", problems };
  return { kind: "ok", metadata: { tags, flavor: rule, labels } };
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

function unknownInFlavor({ latest, prefix, suffix }: FlavorRule): string | undefined {
  for (const [name, template] of Object.entries({ latest, prefix, suffix })) {
    const problem = template === undefined ? undefined : expressionProblem(template, GLOBAL_NAMES);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

function parseLabel(line: string): { readonly key: string; readonly value: Template } | string {
  const [, key, text = ""] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
  if (key === undefined) return `expected key=value, found ${JSON.stringify(line)}`;
  const parsed = parseTemplate(text);
  if (parsed.kind === "invalid") return parsed.reason;
  return expressionProblem(parsed.template, GLOBAL_NAMES) ?? { key: key.trim(), value: parsed.template };
}
