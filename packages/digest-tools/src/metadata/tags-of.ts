import { sanitizeTag } from "@fanfold-internal/matrix/names";
import gt from "semver/functions/gt.js";
import parseVersion from "semver/functions/parse.js";
import { type BoundRule, bindRules } from "./bound-rule.ts";
import { type MetadataEvent, refName, shortSha } from "./event.ts";
import { dateValue, globalValue } from "./expressions.ts";
import type { FlavorRule, TagRule } from "./rule.ts";
import { bindKeys, evaluate, expressionNames, type Template, textOf, UnusableValue } from "./template.ts";
import { matchValue, pep440Value, semverValue, type VersionValue } from "./version-rules.ts";

/**
 * A tag of a published image. `fixed`: names one build for good (a version, a commit). `moving`: names whatever came
 * last (`latest`, a branch), and is set only after all fixed tags.
 */
export interface Tag {
  readonly name: string;
  readonly kind: "fixed" | "moving";
}

export interface ImageTags {
  /** The first is the image's version. Empty: no rule is about this event. */
  readonly tags: readonly Tag[];
  /** The text of the first tag; undefined without one. */
  readonly version: string | undefined;
  /** The highest semantic version that a rule has read or given, without prefix and suffix: `1.2.3`. */
  readonly semver: string | undefined;
  /** The event's git tag, where no tag comes from it. */
  readonly untakenGitTag: string | undefined;
  /** Values (`value=…`) that are no version of the rule's kind. */
  readonly untakenValues: readonly { readonly line: string; readonly found: string }[];
}

interface Candidate extends Tag {
  readonly autoLatest: boolean;
  readonly semver: string | undefined;
  readonly fromGitTag: boolean;
}

/**
 * The tags of an image, by the rules of docker/metadata-action: those that are about the event, in the order of their
 * priorities, and `latest` where the flavor, or the rule of the first tag, says so. Every value passes through the
 * characters that a tag may have.
 *
 * @throws UnusableValue
 */
export function tagsOf(
  rules: { readonly tags: readonly TagRule[]; readonly flavor: FlavorRule },
  event: MetadataEvent,
  lookUp: (key: string) => string | undefined,
): ImageTags {
  const global = (template: Template): string => evaluate(template, (expression) => globalValue(event, expression));
  const flavor = boundFlavor(rules.flavor, lookUp, global);
  const untakenValues: { readonly line: string; readonly found: string }[] = [];
  const candidates: Candidate[] = [];
  for (const rule of bindRules(rules.tags, lookUp)) {
    const enabled = global(rule.enable);
    if (enabled !== "true" && enabled !== "false") {
      throw new UnusableValue(`enable must be true or false, found ${JSON.stringify(enabled)} (in ${rule.line})`);
    }
    if (enabled === "false") continue;
    const value = valueOfRule(rule, event, global);
    const fromGitTag = readsGitTag(rule, global);
    if (value.kind === "mismatch" && !fromGitTag) untakenValues.push({ line: rule.line, found: value.found });
    if (value.kind !== "value") continue;
    const prefix = rule.prefix === undefined ? flavor.prefix : global(rule.prefix);
    const suffix = rule.suffix === undefined ? flavor.suffix : global(rule.suffix);
    const name = sanitizeTag(`${prefix}${value.text}${suffix}`);
    const { autoLatest, semver = versionOf(value.text) } = value;
    if (name === "") continue;
    candidates.push({ name, kind: value.fixed ? "fixed" : "moving", autoLatest, semver, fromGitTag });
  }
  const [first] = candidates;
  const shared = {
    semver: highest(candidates.flatMap(({ semver }) => semver ?? [])),
    untakenGitTag: candidates.some(({ fromGitTag }) => fromGitTag) ? undefined : refName(event.ref, "tags"),
    untakenValues,
  };
  if (first === undefined) return { tags: [], version: undefined, ...shared };
  const latest = flavor.latest === "auto" ? first.autoLatest : flavor.latest === "true";
  const all: readonly Tag[] = latest ? [...candidates, { name: flavor.latestName, kind: "moving" }] : candidates;
  const tags = all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
  return { tags: tags.map(({ name, kind }) => ({ name, kind })), version: first.name, ...shared };
}

/** The semantic version that a text is. */
function versionOf(text: string): string | undefined {
  // Most are branches and commits, of which the parser needs longer to say that they are none.
  return /\d\.\d+\.\d/.test(text) ? parseVersion(text)?.version : undefined;
}

/** Whether what a rule gives depends on the git tag that the event is about. */
function readsGitTag(rule: BoundRule, global: (template: Template) => string): boolean {
  const value = rule.attribute("value");
  const templates = [value, rule.prefix, rule.suffix].flatMap((template) => template ?? []);
  if (templates.some((template) => expressionNames(template).includes("tag"))) return true;
  if (rule.type === "ref") return textOf(rule.attribute("event")) === "tag";
  const byVersion = rule.type === "semver" || rule.type === "pep440" || rule.type === "match";
  return byVersion && (value === undefined || global(value) === "");
}

function highest(versions: readonly string[]): string | undefined {
  const [first, ...others] = versions;
  return first === undefined ? undefined : others.reduce((best, one) => (gt(one, best) ? one : best), first);
}

function valueOfRule(rule: BoundRule, event: MetadataEvent, global: (template: Template) => string): VersionValue {
  const { ref, sha } = event;
  switch (rule.type) {
    case "schedule":
      return moving(event.name === "schedule" ? scheduled(rule, event) : undefined);
    case "semver":
      return semverValue(rule, event, global);
    case "pep440":
      return pep440Value(rule, event, global);
    case "match":
      return matchValue(rule, event, global);
    case "edge": {
      const branch = textOf(rule.attribute("branch")) || event.defaultBranch;
      return moving(branch !== undefined && refName(ref, "heads") === branch ? "edge" : undefined);
    }
    case "ref":
      switch (textOf(rule.attribute("event"))) {
        case "branch":
          return moving(refName(ref, "heads"));
        case "tag":
          return valueFrom(refName(ref, "tags"), { autoLatest: true, fixed: true });
        default:
          return moving(refName(ref, "pull"));
      }
    case "raw": {
      const value = rule.attribute("value");
      const fixed = value !== undefined && expressionNames(value).some((name) => name === "sha" || name === "commit");
      return valueFrom(value === undefined ? undefined : global(value), { autoLatest: false, fixed });
    }
    case "sha": {
      const text = textOf(rule.attribute("format")) === "long" ? sha : shortSha(event);
      return valueFrom(sha === "" ? undefined : text, { autoLatest: false, fixed: true });
    }
  }
}

function scheduled(rule: BoundRule, event: MetadataEvent): string | undefined {
  const pattern = rule.attribute("pattern");
  return pattern === undefined ? undefined : evaluate(pattern, (expression) => dateValue(event, expression));
}

function moving(text: string | undefined): VersionValue {
  return valueFrom(text, { autoLatest: false, fixed: false });
}

function valueFrom(
  text: string | undefined,
  traits: { readonly autoLatest: boolean; readonly fixed: boolean },
): VersionValue {
  return text === undefined ? { kind: "none" } : { kind: "value", text, ...traits };
}

interface BoundFlavor {
  readonly latest: "auto" | "true" | "false";
  readonly prefix: string;
  readonly suffix: string;
  readonly latestName: string;
}

function boundFlavor(
  flavor: FlavorRule,
  lookUp: (key: string) => string | undefined,
  global: (template: Template) => string,
): BoundFlavor {
  const text = (template: Template | undefined): string => {
    const bound = template === undefined ? undefined : bindKeys(template, lookUp);
    return bound === undefined ? "" : global(bound);
  };
  const latest = text(flavor.latest) || "auto";
  if (latest !== "auto" && latest !== "true" && latest !== "false") {
    throw new UnusableValue(`latest must be one of auto, true, false, found ${JSON.stringify(latest)}`);
  }
  const [prefix, suffix] = [text(flavor.prefix), text(flavor.suffix)];
  const latestName = `${flavor.prefixOnLatest ? prefix : ""}latest${flavor.suffixOnLatest ? suffix : ""}`;
  return { latest, prefix, suffix, latestName: sanitizeTag(latestName) };
}
