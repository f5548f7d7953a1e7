import { Minimatch } from "minimatch";

/**
 * One alternative of a pattern, without braces and placeholders. `path` is one file. `under` is everything below a
 * directory (`""` is the root) but not the directory itself. `glob` is everything else, in minimatch's syntax without
 * braces; whatever it matches lies below `directory`, its leading segments without wildcards.
 */
export type PathGlob =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "under"; readonly directory: string }
  | { readonly kind: "glob"; readonly directory: string; readonly glob: string };

/** A part of a pattern between two slashes: text that means itself, `**`, or a glob in minimatch's syntax. */
export type PathSegment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "globstar" }
  | { readonly kind: "glob"; readonly glob: string };

/**
 * How patterns mean what they mean (https://github.com/isaacs/minimatch#options). The platform is fixed: paths in
 * git have slashes, and a backslash in a pattern escapes, on Windows too.
 */
export const GLOB_OPTIONS = { dot: true, nocomment: true, nonegate: true, platform: "linux" } as const;

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
  return { kind: "glob", directory, glob: resolved.map(segmentGlob).join("/") };
}

export function compilePathGlob(pattern: PathGlob): Minimatch {
  return new Minimatch(globOf(pattern), { ...GLOB_OPTIONS, nobrace: true });
}

function globOf(pattern: PathGlob): string {
  switch (pattern.kind) {
    case "path":
      return escapeGlob(pattern.path);
    case "under":
      return pattern.directory === "" ? "**" : `${escapeGlob(pattern.directory)}/**`;
    case "glob":
      return pattern.glob;
  }
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
