import { templateValue } from "@fanfold-internal/matrix/entry-values";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { KEY } from "@fanfold-internal/matrix/template";
import { braceExpand } from "minimatch";
import { escapeGlob, hasMagic, type PathGlob, type PathSegment, pathGlob } from "./path-glob.ts";
import { complexityFlaw, MAX_ALTERNATIVES, MAX_LENGTH } from "./pattern-limits.ts";

/** `{key}` in a pattern. `offset` counts UTF-16 units from the start of the pattern. */
interface Placeholder {
  readonly key: string;
  readonly offset: number;
}

/** A pattern as it stands in a rule, checked. */
export interface Pattern {
  readonly kind: "pattern";
  readonly source: string;
  /** In the order in which they stand in the source; a key may stand there twice. */
  readonly placeholders: readonly Placeholder[];
  /** The braces expanded; each alternative by segments. */
  readonly alternatives: readonly (readonly TemplateSegment[])[];
  /** What the pattern is for every entry, when it has no placeholder. */
  readonly fixed: ConcretePattern | undefined;
}

/** Why a pattern is refused. `offset` is that of the offending character. */
export interface PatternProblem {
  readonly kind: "problem";
  readonly message: string;
  readonly fix: string;
  readonly offset: number;
}

/** A pattern with its placeholders filled: it matches what any of the alternatives matches. */
export interface ConcretePattern {
  /** For people: the source with the values in it. */
  readonly text: string;
  readonly alternatives: readonly PathGlob[];
}

type TemplateSegment =
  | { readonly kind: "globstar" }
  | { readonly kind: "text" | "glob"; readonly parts: readonly TemplatePart[] };

type TemplatePart = string | Placeholder;

const PLACEHOLDER = new RegExp(`\\\\[\\s\\S]|\\{(${KEY})\\}`, "g");
const BRACE = new RegExp(`\\{(?!${KEY}\\})`);

// A placeholder while the braces around it are expanded. No path can hold a NUL, so no pattern needs one.
const MARK = /\0(\d+)\0/;

/**
 * Reads a pattern of a rule, such as `backend/{backend}/**`. It is minimatch's syntax (version 11; `dot`, `nocomment`,
 * `nonegate`) for whole paths relative to the repository's root, and `{key}`, a name in braces, is a placeholder.
 *
 * Refused is what can never match a path in a repository (a leading `/` or `./`, a trailing `/`, `.` and `..`), a
 * leading `!`, and what is too complex; see `pattern-limits.ts` for the bounds.
 */
export function parsePattern(source: string): Pattern | PatternProblem {
  const flaw = textFlaw(source) ?? pathFlaw(source);
  if (flaw !== undefined) return flaw;

  const placeholders: Placeholder[] = [];
  const marked = source.replace(PLACEHOLDER, (found: string, key: string | undefined, offset: number) => {
    if (key === undefined) return found;
    return `\0${placeholders.push({ key, offset }) - 1}\0`;
  });
  const brace = Math.max(0, source.search(BRACE));
  const braced = braceExpand(marked, { braceExpandMax: MAX_ALTERNATIVES + 1 });
  if (braced.length === 0) return problem("only empty alternatives in braces", "name a path", brace);
  if (braced.length > MAX_ALTERNATIVES) {
    return problem(`braces that expand to more than ${MAX_ALTERNATIVES} alternatives`, "write fewer, or use *", brace);
  }
  const expanded = [...new Set(braced)];
  // First of all: what follows takes a class or a group for each of its signs.
  const complexity = complexityFlaw(source, expanded);
  if (complexity !== undefined) return { kind: "problem", ...complexity };
  for (const alternative of expanded) {
    const inner = pathFlaw(alternative);
    if (inner !== undefined) return { ...inner, offset: brace };
    const torn = placeholderFlaw(alternative, placeholders);
    if (torn !== undefined) return torn;
    if (expanded.length > 1 && hasOpenClass(alternative)) {
      return problem("a [ without its ] beside braces", "write \\[ for the character itself", source.indexOf("["));
    }
  }

  const alternatives = expanded.map((alternative) =>
    alternative.split(/\/+/).map((segment) => templateSegment(segment, placeholders)),
  );
  const pattern: Pattern = { kind: "pattern", source, placeholders, alternatives, fixed: undefined };
  return placeholders.length > 0 ? pattern : { ...pattern, fixed: concrete(source, alternatives, new Map()) };
}

/**
 * The pattern for one entry, or null when the entry lacks a key the pattern names: then the rule does not apply to it.
 * Values are taken literally; see `entryText`. A value that is the root (`./`) fills its place with nothing, so
 * `{context}/**` is then every file.
 */
export function fillPattern(pattern: Pattern, entry: MatrixEntry): ConcretePattern | null {
  if (pattern.fixed !== undefined) return pattern.fixed;
  const values = new Map<string, string>();
  for (const { key } of pattern.placeholders) {
    const value = entryText(entry, key);
    if (value === null) return null;
    values.set(key, value);
  }
  const text = pattern.source.replace(PLACEHOLDER, (found: string, key: string | undefined) =>
    key === undefined ? found : (values.get(key) ?? ""),
  );
  return concrete(text, pattern.alternatives, values);
}

/**
 * An entry's value as text, as templates have it, a leading `./` dropped, so that `./` is `""`. Null when the key is absent,
 * null, empty, or a list or map.
 */
export function entryText(entry: MatrixEntry, key: string): string | null {
  return templateValue(entry, key)?.replace(/^(?:\.\/+)+/, "") ?? null;
}

function textFlaw(source: string): PatternProblem | undefined {
  if (source === "") return problem("an empty pattern", "name a path", 0);
  if (source.length > MAX_LENGTH) {
    return problem(`a pattern of ${source.length} characters`, `use at most ${MAX_LENGTH}`, MAX_LENGTH);
  }
  const nul = source.indexOf("\0");
  return nul === -1 ? undefined : problem("a NUL character", "remove it: no path has one", nul);
}

function pathFlaw(text: string): PatternProblem | undefined {
  if (text.startsWith("!")) return problem("a leading !", 'list what to leave out under "except"', 0);
  if (text.startsWith("/")) return problem("a leading /", "remove it: paths are relative to the repository's root", 0);
  if (text.startsWith("./"))
    return problem("a leading ./", "remove it: paths are relative to the repository's root", 0);
  if (text.endsWith("/")) {
    return problem("a trailing /", "write dir/** for everything below a directory", text.length - 1);
  }
  const dots = /(?<=^|\/)\.{1,2}(?=\/|$)/.exec(text);
  return dots === null ? undefined : problem(`a ${dots[0]} segment`, "write the path without it", dots.index);
}

// A value with a slash would tear the group or class apart.
function placeholderFlaw(alternative: string, placeholders: readonly Placeholder[]): PatternProblem | undefined {
  const plain = alternative.replace(/\\[\s\S]/g, "");
  const grouped = /(?:\[|[?*+@!]\()[^/\0]*\0(\d+)\0/.exec(plain);
  const placeholder = placeholders[Number(grouped?.[1])];
  if (placeholder === undefined) return undefined;
  const fix = "use braces, as in {a,b}, or put it in a segment of its own";
  return problem(`a placeholder after a [class] or a (group) in one segment`, fix, placeholder.offset);
}

// minimatch takes a lone [ as itself, but not when it joins alternatives that differ in one segment into one group.
function hasOpenClass(alternative: string): boolean {
  return alternative.split("/").some((segment) => {
    const live = segment.replace(/\\[\s\S]/g, "_");
    for (let at = live.indexOf("["); at !== -1; at = live.indexOf("[", at)) {
      // A ] that comes first, after the sign of negation or not, is one of the class's characters.
      const first = at + (/[!^]/.test(live.charAt(at + 1)) ? 2 : 1);
      const end = live.indexOf("]", first + 1);
      if (end === -1) return true;
      at = end + 1;
    }
    return false;
  });
}

function problem(message: string, fix: string, offset: number): PatternProblem {
  return { kind: "problem", message, fix, offset };
}

function templateSegment(segment: string, placeholders: readonly Placeholder[]): TemplateSegment {
  if (segment === "**") return { kind: "globstar" };
  const parts = segment.split(MARK).map((part, position) => {
    const placeholder = position % 2 === 1 ? placeholders[Number(part)] : undefined;
    return placeholder ?? part;
  });
  return { kind: hasMagic(segment) ? "glob" : "text", parts: parts.filter((part) => part !== "") };
}

function concrete(
  text: string,
  alternatives: Pattern["alternatives"],
  values: ReadonlyMap<string, string>,
): ConcretePattern {
  const filled = alternatives.map((segments) => pathGlob(segments.flatMap((segment) => fillSegment(segment, values))));
  return { text: text.replace(/^\/+/, ""), alternatives: filled.filter((alternative) => alternative !== undefined) };
}

// A value may itself hold slashes, and then is several segments.
function fillSegment(segment: TemplateSegment, values: ReadonlyMap<string, string>): readonly PathSegment[] {
  if (segment.kind === "globstar") return [segment];
  const { kind, parts } = segment;
  if (kind === "text") {
    const text = parts.map((part) => (typeof part === "string" ? part : (values.get(part.key) ?? ""))).join("");
    return text.split("/").map((piece) => ({ kind: "text", text: piece }));
  }
  const glob = parts.map((part) => (typeof part === "string" ? part : escapeGlob(values.get(part.key) ?? ""))).join("");
  return glob.split("/").map((piece) => ({ kind: "glob", glob: piece }));
}
