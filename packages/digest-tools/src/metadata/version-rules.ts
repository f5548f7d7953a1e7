import parseVersion from "semver/functions/parse.js";
import validVersion from "semver/functions/valid.js";
import type { BoundRule } from "./bound-rule.ts";
import { type MetadataEvent, refName } from "./event.ts";
import { parsePep440 } from "./pep440.ts";
import { patternOf } from "./rule.ts";
import { evaluate, expressionNames, type Template, textOf } from "./template.ts";

/** What a rule that reads a version gives. */
export type VersionValue =
  | {
      readonly kind: "value";
      readonly text: string;
      readonly autoLatest: boolean;
      readonly fixed: boolean;
      /** The semantic version that was read, whatever part of it the text is. */
      readonly semver?: string | undefined;
    }
  /** The rule is not about this event. */
  | { readonly kind: "none" }
  /** It is, and what it found is not a version of its kind. */
  | { readonly kind: "mismatch"; readonly found: string };

export const SEMVER_NAMES: readonly string[] = ["raw", "version", "major", "minor", "patch"];

const NONE: VersionValue = { kind: "none" };

type EvaluateGlobal = (template: Template) => string;

/** `type=semver`: a git tag or `value` that is a semantic version, as `pattern` writes it. */
export function semverValue(rule: BoundRule, event: MetadataEvent, global: EvaluateGlobal): VersionValue {
  const found = sourceOf(rule, event, global);
  if (found === undefined) return NONE;
  const text = matched(rule, found).replaceAll("/", "-");
  const version = validVersion(text) === null ? null : parseVersion(text, { loose: true });
  if (version === null) return { kind: "mismatch", found };
  const { raw, major, minor, patch } = version;
  const parts: Readonly<Record<string, string | number>> = { raw, version: version.version, major, minor, patch };
  return written(rule, { ...parts, semver: version.version }, version.prerelease.length === 0);
}

/** `type=pep440`: likewise for Python's versions. */
export function pep440Value(rule: BoundRule, event: MetadataEvent, global: EvaluateGlobal): VersionValue {
  const found = sourceOf(rule, event, global);
  if (found === undefined) return NONE;
  const raw = matched(rule, found).replaceAll("/", "-");
  const version = parsePep440(raw);
  if (version === undefined) return { kind: "mismatch", found };
  const [major, minor, patch] = version.release;
  const parts = { raw, version: dashedLocal(version.clean), major, minor: minor ?? 0, patch: patch ?? 0 };
  const semver = version.final ? `${parts.major}.${parts.minor}.${parts.patch}` : undefined;
  return written(rule, { ...parts, semver }, version.final);
}

/** `type=match`: what a regular expression finds in a git tag or `value`. */
export function matchValue(rule: BoundRule, event: MetadataEvent, global: EvaluateGlobal): VersionValue {
  const found = sourceOf(rule, event, global);
  if (found === undefined) return NONE;
  const group = patternOf(textOf(rule.attribute("pattern")) ?? "").exec(found)?.[
    Number(textOf(rule.attribute("group")))
  ];
  if (group === undefined) return { kind: "mismatch", found };
  // A git tag names one commit; a part of it, such as 1.2 of v1.2.3, names the last of several.
  return { kind: "value", text: group, autoLatest: true, fixed: group === found || /\d+\.\d+\.\d+/.test(group) };
}

/** docker/metadata-action writes the parts of a local version with dashes between them: `1.2+local-7`. */
function dashedLocal(clean: string): string {
  const [release = "", local] = clean.split("+");
  return local === undefined ? release : `${release}+${local.replaceAll(".", "-")}`;
}

/** The git tag of the event, or `value`. */
function sourceOf(rule: BoundRule, event: MetadataEvent, global: EvaluateGlobal): string | undefined {
  const value = rule.attribute("value");
  const text = value === undefined ? "" : global(value);
  return text === "" ? refName(event.ref, "tags") : text;
}

function matched(rule: BoundRule, found: string): string {
  const match = textOf(rule.attribute("match"));
  return match === undefined || match === "" ? found : (new RegExp(match).exec(found)?.[1] ?? found);
}

/** A version that is not final is written whole: `2.0` of 2.0.0-rc.1 would pass for the release. */
function written(
  rule: BoundRule,
  parts: Readonly<Record<string, string | number | undefined>>,
  final: boolean,
): VersionValue {
  const pattern = rule.attribute("pattern");
  const lookUp = (name: string): string => String(parts[name] ?? "");
  if (pattern === undefined) return NONE;
  if (!final) {
    const onlyRaw = pattern.parts.length === 1 && expressionNames(pattern).join() === "raw";
    const text = lookUp(onlyRaw ? "raw" : "version");
    return { kind: "value", text, autoLatest: false, fixed: true, semver: lookUp("semver") || undefined };
  }
  const names = expressionNames(pattern);
  const fixed = names.includes("raw") || names.includes("version") || names.includes("patch");
  const text = evaluate(pattern, ({ name }) => lookUp(name));
  return { kind: "value", text, autoLatest: true, fixed, semver: lookUp("semver") || undefined };
}
