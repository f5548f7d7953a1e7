import { parse as parseCsv } from "csv-parse/sync";
import { isLiteral, parseTemplate, type Template, templateKeys, textOf } from "./template.ts";

/** The kinds of tags that docker/metadata-action gives (https://github.com/docker/metadata-action#tags-input). */
const TAG_TYPES = ["schedule", "semver", "pep440", "match", "edge", "ref", "raw", "sha"] as const;
export type TagType = (typeof TAG_TYPES)[number];

/** One line of `tags`, read and not yet filled in. */
export interface TagRule {
  readonly line: string;
  readonly type: TagType;
  readonly attributes: ReadonlyMap<string, Template>;
}

/** `latest=…`, `prefix=…`, `suffix=…`, each with what stands behind it. */
export interface FlavorRule {
  readonly latest: Template | undefined;
  readonly prefix: Template | undefined;
  readonly prefixOnLatest: boolean;
  readonly suffix: Template | undefined;
  readonly suffixOnLatest: boolean;
}

export type ParsedRule<Rule> =
  | { readonly kind: "ok"; readonly rule: Rule }
  | { readonly kind: "invalid"; readonly reason: string };

const ATTRIBUTES: Readonly<Record<TagType, readonly string[]>> = {
  schedule: ["pattern"],
  semver: ["pattern", "value", "match"],
  pep440: ["pattern", "value", "match"],
  match: ["pattern", "value", "group"],
  edge: ["branch"],
  ref: ["event"],
  raw: ["value"],
  sha: ["format"],
};
const COMMON = ["enable", "priority", "prefix", "suffix"];
const NEEDED: Partial<Readonly<Record<TagType, string>>> = {
  semver: "pattern",
  pep440: "pattern",
  match: "pattern",
  ref: "event",
  raw: "value",
};
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  event: ["branch", "tag", "pr"],
  format: ["short", "long"],
  enable: ["true", "false"],
};
/** Attributes that no expression can give. */
const CONSTANT = ["event", "format", "priority", "group"];

/** Reads a line such as `type=semver,pattern={{version}},enable={{is_default_branch}}`. */
export function parseTagRule(line: string): ParsedRule<TagRule> {
  const fields = fieldsOf(line);
  if (typeof fields === "string") return invalid(fields);
  const attributes = new Map<string, Template>();
  let type: TagType = "raw";
  for (const field of fields) {
    const [, named, rest] = /^([^=]+)=(.*)$/s.exec(field) ?? [];
    const key = named === undefined ? "value" : named.trim().toLowerCase();
    const text = (rest ?? field).trim();
    if (key === "type") {
      const known = TAG_TYPES.find((name) => name === text);
      if (known === undefined) return invalid(`type must be one of ${TAG_TYPES.join(", ")}, found ${quote(text)}`);
      type = known;
      continue;
    }
    const parsed = parseTemplate(text);
    if (parsed.kind === "invalid") return invalid(parsed.reason);
    attributes.set(key, parsed.template);
  }
  const reason = attributeProblem(type, attributes);
  return reason === undefined ? { kind: "ok", rule: { line, type, attributes } } : invalid(reason);
}

/** What is wrong with the attributes of a rule, as far as they are without templates. */
export function attributeProblem(type: TagType, attributes: ReadonlyMap<string, Template>): string | undefined {
  const taken = [...ATTRIBUTES[type], ...COMMON];
  const needed = NEEDED[type];
  if (needed !== undefined && !attributes.has(needed)) return `type=${type} needs ${needed}=…`;
  for (const [key, template] of attributes) {
    if (!taken.includes(key)) return `type=${type} takes ${taken.join(", ")}; found ${quote(key)}`;
    const known = isLiteral(template) || (CONSTANT.includes(key) && templateKeys(template).length === 0);
    if (!known) continue;
    const text = textOf(template) ?? "";
    const choices = CHOICES[key];
    if (choices !== undefined && !choices.includes(text)) {
      return `${key} must be one of ${choices.join(", ")}, found ${quote(text)}`;
    }
    if (["priority", "group"].includes(key) && !/^\d{1,9}$/.test(text)) {
      return `${key} must be a whole number, found ${quote(text)}`;
    }
  }
  return regexProblem(type, attributes);
}

function regexProblem(type: TagType, attributes: ReadonlyMap<string, Template>): string | undefined {
  const template = attributes.get(type === "match" ? "pattern" : "match");
  // What looks like an expression is part of it, and is matched as it stands.
  const text = template !== undefined && templateKeys(template).length === 0 ? textOf(template) : undefined;
  if (text === undefined || text === "") return undefined;
  try {
    if (type === "match") patternOf(text);
    else new RegExp(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `/x/i` with its flags, or `x`. @throws SyntaxError */
export function patternOf(text: string): RegExp {
  const [, body, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  return body === undefined ? new RegExp(text) : new RegExp(body, flags);
}

/** Reads the lines of `flavor`; later lines win. */
export function parseFlavor(lines: readonly string[]): ParsedRule<FlavorRule> {
  let flavor: FlavorRule = {
    latest: undefined,
    prefix: undefined,
    prefixOnLatest: false,
    suffix: undefined,
    suffixOnLatest: false,
  };
  for (const line of lines) {
    const fields = fieldsOf(line);
    if (typeof fields === "string") return invalid(fields);
    let last: "prefix" | "suffix" | undefined;
    for (const field of fields) {
      const [key = "", text, ...more] = field.split("=").map((part) => part.trim());
      if (text === undefined || more.length > 0) return invalid(`expected key=value, found ${quote(field)}`);
      const parsed = parseTemplate(text);
      if (parsed.kind === "invalid") return invalid(parsed.reason);
      const { template } = parsed;
      switch (key.toLowerCase()) {
        case "latest":
          if (isLiteral(template) && !["auto", "true", "false"].includes(text)) {
            return invalid(`latest must be one of auto, true, false, found ${quote(text)}`);
          }
          flavor = { ...flavor, latest: template };
          break;
        case "prefix":
          last = "prefix";
          flavor = { ...flavor, prefix: template };
          break;
        case "suffix":
          last = "suffix";
          flavor = { ...flavor, suffix: template };
          break;
        case "onlatest":
          if (text !== "true" && text !== "false")
            return invalid(`onlatest must be true or false, found ${quote(text)}`);
          if (last === "prefix") flavor = { ...flavor, prefixOnLatest: text === "true" };
          else if (last === "suffix") flavor = { ...flavor, suffixOnLatest: text === "true" };
          break;
        default:
          return invalid(`expected latest, prefix, suffix or onlatest, found ${quote(key)}`);
      }
    }
  }
  return { kind: "ok", rule: flavor };
}

/** The fields of a line of comma-separated values; a field in quotes may hold commas. */
function fieldsOf(line: string): readonly string[] | string {
  try {
    const records: readonly (readonly string[])[] = parseCsv(line, {
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const [first] = records;
    if (first === undefined) return "the line is empty";
    return records.length > 1 ? "expected one line, found several" : first;
  } catch (error) {
    return `is not a line of comma-separated values: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function invalid<Rule>(reason: string): ParsedRule<Rule> {
  return { kind: "invalid", reason };
}
