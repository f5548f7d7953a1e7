import { posix } from "node:path";
import { trimSpace } from "../dockerfile/go-text.ts";

/** Whether a path matches; undefined: nobody knows, because the pattern means something else to Go's regular expressions. */
type FileMatch = (path: string) => boolean | undefined;

/** A pattern of an ignore file, or of what a build asks for. */
export interface FilePattern {
  readonly text: string;
  readonly matches: FileMatch;
}

type Token =
  | { readonly kind: "text"; readonly text: string }
  /** `?`: a letter that is no slash. */
  | { readonly kind: "any" }
  /** `[a-z]`, `[^a]`. */
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }
  /** `*`: letters that are no slash. */
  | { readonly kind: "star" }
  /** `**` and a slash: nothing, or letters up to a slash; `inside` is where some of these have been taken. */
  | { readonly kind: "deep" | "inside" }
  /** `**` at the end. */
  | { readonly kind: "rest" };

/**
 * What a pattern matches in Docker's own matching (https://pkg.go.dev/github.com/moby/patternmatcher), which knows `**`
 * and has rules of its own for `**` at its beginning and end. In time that grows with path and pattern alone.
 */
export function filePattern(source: string): FilePattern {
  const text = posix.normalize(trimSpace(source)).replace(/(?<=.)\/$/, "");
  const parsed = tokensOf(text);
  return { text, matches: parsed === undefined ? () => undefined : matcherOf(text, parsed) };
}

/** A name in a directory, matched by one component of a pattern: there `**` is nothing more than `*`. */
export function matchesComponent(component: string, name: string): boolean {
  const parsed = tokensOf(component.replace(/\*+/g, "*"));
  return parsed === undefined || runTokens(parsed.tokens, name);
}

/** Whether something below a folder may match, or the folder itself. What it holds need not be known. */
export function mayMatchWithin(pattern: string, folder: string): boolean {
  const components = pattern.split("/");
  for (const [index, name] of folder.split("/").entries()) {
    const component = components[index];
    // What lies above it matches, and the folder with it.
    if (component === undefined || component.includes("**")) return true;
    if (!matchesComponent(component, name)) return false;
  }
  return true;
}

/** Whether a pattern is more than a path. */
export function isWild(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at += 1;
    else if (character === "*" || character === "?" || character === "[") return true;
  }
  return false;
}

interface Parsed {
  readonly tokens: readonly Token[];
  readonly type: "exact" | "prefix" | "suffix" | "tokens";
}

function matcherOf(text: string, { tokens, type }: Parsed): FileMatch {
  switch (type) {
    case "exact":
      return (path) => path === text;
    case "prefix": {
      const prefix = text.slice(0, -2);
      return (path) => path.startsWith(prefix);
    }
    case "suffix": {
      const suffix = text.slice(2);
      return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
    }
    case "tokens": {
      // What most paths fail in, for a whole tree of them.
      const isText = ({ kind }: Token): boolean => kind === "text";
      const wild = tokens.findIndex((token) => !isText(token));
      const start = textOf(wild === -1 ? tokens : tokens.slice(0, wild));
      const end = textOf(tokens.slice(tokens.findLastIndex((token) => !isText(token)) + 1));
      return (path) => path.startsWith(start) && path.endsWith(end) && runTokens(tokens, path);
    }
  }
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.kind === "text" ? token.text : "")).join("");
}

/** Undefined: it is refused, or read as a regular expression by accident. */
function tokensOf(text: string): Parsed | undefined {
  const characters = Array.from(text);
  const tokens: Token[] = [];
  let type: Parsed["type"] = "exact";
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const first = tokens.length === 0;
    if (character === "*" && characters[at + 1] === "*") {
      at += 1;
      if (characters[at + 1] === "/") at += 1;
      const last = at + 1 === characters.length;
      if (last) type = type === "exact" ? "prefix" : "tokens";
      else type = "tokens";
      if (first) type = "suffix";
      tokens.push(...(last ? [{ kind: "rest" } as const] : [{ kind: "deep" } as const, { kind: "inside" } as const]));
    } else if (character === "*") {
      tokens.push({ kind: "star" });
      type = "tokens";
    } else if (character === "?") {
      tokens.push({ kind: "any" });
      type = "tokens";
    } else if (character === "\\") {
      const escaped = characters[at + 1];
      // `\d` and its like are classes there, and a backslash at the end is refused.
      if (escaped === undefined || /[\p{L}\p{N}_]/u.test(escaped)) return undefined;
      tokens.push({ kind: "text", text: escaped });
      type = "tokens";
      at += 1;
    } else if (character === "[") {
      const found = /^\[(\^?)([^\]\\*?:/^[\]]+)\]/u.exec(characters.slice(at).join(""));
      const ranges = found === null ? undefined : rangesOf(found[2] ?? "");
      if (found === null || ranges === undefined) return undefined;
      tokens.push({ kind: "class", negated: found[1] === "^", ranges });
      type = "tokens";
      at += Array.from(found[0]).length - 1;
    } else if (character === "]") return undefined;
    else tokens.push({ kind: "text", text: character });
  }
  // An anchor inside a regular expression.
  if (type === "tokens" && tokens.some((token) => token.kind === "text" && token.text === "^")) return undefined;
  return { tokens, type };
}

function rangesOf(text: string): readonly (readonly [string, string])[] | undefined {
  const characters = Array.from(text);
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < characters.length; at++) {
    const low = characters[at] ?? "";
    const high = characters[at + 1] === "-" ? characters[at + 2] : low;
    if (low === "-" || high === undefined || high === "-" || high < low || high.length !== low.length) return undefined;
    ranges.push([low, high]);
    if (characters[at + 1] === "-") at += 2;
  }
  return ranges;
}

/** All places of the pattern that may be reached are kept at once: no backtracking. */
function runTokens(tokens: readonly Token[], path: string): boolean {
  const end = tokens.length;
  /** Of each place, the step in which it was reached last. */
  const reached = new Uint32Array(end + 2);
  let [places, next]: [number[], number[]] = [[], []];
  let step = 1;
  const reach = (place: number): void => {
    if (reached[place] === step) return;
    reached[place] = step;
    next.push(place);
    // With the places behind what needs no letter.
    const kind = tokens[place]?.kind;
    if (kind === "star" || kind === "rest") reach(place + 1);
    else if (kind === "deep") reach(place + 2);
  };
  reach(0);
  for (const character of path) {
    [places, next] = [next, places];
    next.length = 0;
    step += 1;
    for (const place of places) stepOver(tokens[place], place, character, reach);
    if (next.length === 0) return false;
  }
  return reached[end] === step;
}

/** The places that a letter leads to. */
function stepOver(token: Token | undefined, place: number, character: string, reach: (place: number) => void): void {
  switch (token?.kind) {
    case undefined:
      return;
    case "text":
      if (token.text === character) reach(place + 1);
      return;
    case "any":
      if (character !== "/") reach(place + 1);
      return;
    case "class":
      if (token.ranges.some(([low, high]) => low <= character && character <= high) !== token.negated) reach(place + 1);
      return;
    case "star":
      if (character !== "/") reach(place);
      return;
    case "deep":
      reach(place + 1);
      if (character === "/") reach(place + 2);
      return;
    case "inside":
      reach(place);
      if (character === "/") reach(place + 1);
      return;
    case "rest":
      reach(place);
  }
}
