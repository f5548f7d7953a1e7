import { RefusedText } from "./refusal.ts";

/** Stands in a text for what nobody knows. No Dockerfile that means something holds a NUL. */
export const UNKNOWN = "\0";

/** A value of which nothing is known, not even whether it is empty. */
export function isWhollyUnknown(value: string): boolean {
  return value !== "" && value.replaceAll(UNKNOWN, "") === "";
}

/** Whether a value is other than empty. */
export function filled(value: string): "yes" | "no" | "perhaps" {
  if (value === "") return "no";
  return isWhollyUnknown(value) ? "perhaps" : "yes";
}

// The bounds keep an engine that backtracks from taking longer than anyone waits: what is beyond them is not known.
const MAX_STARS = 3;
const MAX_VALUE = 2000;

interface Shape {
  readonly source: string;
  readonly stars: number;
}

/** `${name#pattern}` and `##`: the value without the shortest or longest beginning that the pattern matches. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const shape = shapeOf(pattern, greedy);
  if (isHard(shape, value)) return UNKNOWN;
  const match = new RegExp(`^${shape.source}`, "u").exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** `${name%pattern}` and `%%`: the same at the end, by looking at both from behind. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  const rest = trimPrefix(reversedPattern(pattern), reversed(value), greedy);
  return rest === UNKNOWN ? UNKNOWN : reversed(rest);
}

/** `${name/pattern/replacement}` and `//`. */
export function replacePattern(pattern: string, value: string, replacement: string, all: boolean): string {
  const shape = shapeOf(pattern, true);
  if (isHard(shape, value)) return UNKNOWN;
  if (!all) {
    const match = new RegExp(shape.source, "u").exec(value);
    if (match === null) return value;
    return value.slice(0, match.index) + replacement + value.slice(match.index + match[0].length);
  }
  // Go passes over an empty match that touches the one before, and reads `$name` in the replacement as a group.
  let result = "";
  let from = 0;
  let last = -1;
  for (const match of value.matchAll(new RegExp(shape.source, "gu"))) {
    const end = match.index + match[0].length;
    if (match[0] === "" && match.index === last) continue;
    result += value.slice(from, match.index) + filledTemplate(replacement, match[0]);
    from = end;
    last = end;
  }
  return result + value.slice(from);
}

function isHard({ stars }: Shape, value: string): boolean {
  return stars > MAX_STARS || (stars > 1 && value.length > MAX_VALUE);
}

/** As Go's `Regexp.Expand` has it, for a pattern without groups of its own. */
function filledTemplate(template: string, whole: string): string {
  return template.replace(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?/gu, (text, braced, plain) => {
    if (text === "$$") return "$";
    const name: string | undefined = braced ?? plain;
    if (name === undefined) return "$";
    return /^0+$/.test(name) ? whole : "";
  });
}

/** @throws RefusedText for a backslash before what it cannot escape */
function shapeOf(pattern: string, greedy: boolean): Shape {
  const characters = Array.from(pattern);
  let source = "";
  let stars = 0;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") {
      stars += 1;
      source += greedy ? "[^\\n]*" : "[^\\n]*?";
    } else if (character === "?") source += "[^\\n]";
    else if (character === "\\") {
      const next = characters[at + 1];
      // `}` and `/` are escaped for the sake of ${} around them.
      if (next === "}" || next === "/") continue;
      if (next !== "*" && next !== "?" && next !== "\\")
        throw new RefusedText(`invalid escape in a pattern: ${pattern}`);
      source += `\\${next}`;
      at += 1;
    } else source += literal(character);
  }
  return { source, stars };
}

function literal(character: string): string {
  return /[[\]{}.+()|^$/]/.test(character) ? `\\${character}` : character;
}

// `a\*c` becomes `c\*a`.
function reversedPattern(pattern: string): string {
  const parts: string[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    const next = characters[at + 1];
    if (character === "\\" && next !== undefined) {
      parts.push(character + next);
      at += 1;
    } else parts.push(character);
  }
  return parts.toReversed().join("");
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join("");
}
