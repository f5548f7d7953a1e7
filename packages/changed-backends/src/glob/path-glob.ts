import { Minimatch } from "minimatch";

/**
 * One alternative of a pattern, without braces and placeholders.
 *
 * - `path`: one file.
 * - `under`: everything below a directory (`""` is the root), not the directory itself.
 * - `name`: files in a directory, or anywhere below it when `deep`, by their name; between the parts may be anything.
 *   Two parts `["", ".md"]` are `*.md`, a single part is a name as it is.
 * - `glob`: everything else, in minimatch's syntax without braces. What it matches lies below `directory`.
 * - `test`: what a function says of paths below `directory`. The same `key` stands for the same function.
 */
export type PathGlob =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "under"; readonly directory: string }
  | { readonly kind: "name"; readonly directory: string; readonly deep: boolean; readonly parts: readonly string[] }
  | { readonly kind: "glob"; readonly directory: string; readonly glob: string }
  | {
      readonly kind: "test";
      readonly directory: string;
      readonly key: string;
      readonly test: (path: string) => boolean;
      /** Whether something below a path may be meant, that was a submodule or a link before it went away. */
      readonly within?: (path: string) => boolean;
    };

/** A part of a pattern between two slashes: text that means itself, `**`, or a glob in minimatch's syntax. */
export type PathSegment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "globstar" }
  | { readonly kind: "glob"; readonly glob: string };

/**
 * How patterns mean what they mean (https://github.com/isaacs/minimatch#options). The platform is fixed: paths in
 * git have slashes, and a backslash in a pattern escapes, on Windows too.
 */
const GLOB_OPTIONS = { dot: true, nocomment: true, nonegate: true, platform: "linux" } as const;

/** True when minimatch would read the text as something else than itself. It may say so of text that is plain. */
export function hasMagic(text: string): boolean {
  return /[*?[\\]|[+@!]\(/.test(text);
}

/** Text as a glob that matches just that text. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}()|!+@^-]/g, "\\$&");
}

/**
 * The segments as one of the three kinds; nothing when no segment is left, which is the root and matches no file.
 * Empty segments and `.` are dropped, `**` after `**` too, and `..` takes the segment before it away, as in minimatch.
 */
export function pathGlob(segments: readonly PathSegment[]): PathGlob | undefined {
  const resolved = resolve(segments);
  const last = resolved.at(-1);
  if (last === undefined) return undefined;
  const wild = resolved.findIndex((segment) => segment.kind !== "text");
  if (wild === -1) return { kind: "path", path: join(resolved) };
  const directory = join(resolved.slice(0, wild));
  if (wild === resolved.length - 1 && last.kind === "globstar") return { kind: "under", directory };
  const deep = resolved[wild]?.kind === "globstar";
  const parts = wild + (deep ? 2 : 1) === resolved.length ? nameParts(last) : undefined;
  if (parts !== undefined) return { kind: "name", directory, deep, parts };
  return { kind: "glob", directory, glob: resolved.map(segmentGlob).join("/") };
}

export function compilePathGlob(pattern: PathGlob): (path: string) => boolean {
  if (pattern.kind === "test") {
    const { directory, test } = pattern;
    return (path) => (directory === "" || path.startsWith(`${directory}/`)) && test(path);
  }
  const glob = new Minimatch(globOf(pattern), { ...GLOB_OPTIONS, nobrace: true });
  return (path) => glob.match(path);
}

/** Whether a pattern with wildcards may match something below a path that lies below its directory. It may say so of more. */
export function mayReachInto(pattern: PathGlob, path: string): boolean {
  switch (pattern.kind) {
    case "path":
    case "under":
      return false;
    case "name":
      return pattern.deep;
    case "glob":
      return new Minimatch(pattern.glob, { ...GLOB_OPTIONS, nobrace: true }).match(path, true);
    case "test":
      return pattern.within?.(path) === true;
  }
}

/** Whether a name is the parts in their order, the first at its start and the last at its end, in linear time. */
export function matchesName(parts: readonly string[], name: string): boolean {
  const first = parts.at(0) ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length < 2) return name === first;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** The pattern in minimatch's syntax without braces, where it has one; the same for equal patterns only. */
export function globOf(pattern: PathGlob): string {
  switch (pattern.kind) {
    case "path":
      return escapeGlob(pattern.path);
    case "under":
      return below(pattern.directory, "**");
    case "name":
      return below(pattern.directory, `${pattern.deep ? "**/" : ""}${pattern.parts.map(escapeGlob).join("*")}`);
    case "glob":
      return pattern.glob;
    case "test":
      return `\0${pattern.directory}\0${pattern.key}`;
  }
}

function below(directory: string, glob: string): string {
  return directory === "" ? glob : `${escapeGlob(directory)}/${glob}`;
}

// Only where a * is the one thing that is not literal.
function nameParts(segment: PathSegment): readonly string[] | undefined {
  if (segment.kind === "text") return [segment.text];
  if (segment.kind === "globstar" || /[?[\\]|[+@!*]\(/.test(segment.glob)) return undefined;
  return segment.glob === "**" ? undefined : segment.glob.split("*");
}

function resolve(segments: readonly PathSegment[]): readonly PathSegment[] {
  const kept: PathSegment[] = [];
  for (const segment of segments) {
    const before = kept.at(-1);
    if (isText(segment, "") || isText(segment, ".")) continue;
    if (segment.kind === "globstar" && before?.kind === "globstar") continue;
    if (isText(segment, "..") && before !== undefined && before.kind !== "globstar" && !isText(before, ".."))
      kept.pop();
    else kept.push(segment);
  }
  return kept;
}

function isText(segment: PathSegment, text: string): boolean {
  return segment.kind === "text" && segment.text === text;
}

function join(segments: readonly PathSegment[]): string {
  return segments.map((segment) => (segment.kind === "text" ? segment.text : "")).join("/");
}

function segmentGlob(segment: PathSegment): string {
  switch (segment.kind) {
    case "text":
      return escapeGlob(segment.text);
    case "globstar":
      return "**";
    case "glob":
      return segment.glob;
  }
}
