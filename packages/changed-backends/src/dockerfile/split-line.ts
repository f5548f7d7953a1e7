import { parseJson } from "@fanfold-internal/kit/read/json";
import { cutAtSpace, isSpace, trimSpace, trimStart, WORD_SPACE } from "./go-text.ts";
import { RefusedText } from "./refusal.ts";

/** A line in its three parts. */
export interface LineParts {
  readonly command: string;
  readonly flags: readonly string[];
  readonly rest: string;
}

export function splitLine(line: string, escaping: string): LineParts {
  const [command, after] = cutAtSpace(trimSpace(line));
  if (after === undefined) return { command, flags: [], rest: "" };
  const { flags, rest } = splitFlags(after, escaping);
  return { command, flags, rest: trimSpace(rest) };
}

/**
 * The words that begin with `--`, without their quotes and escapes. BuildKit goes through bytes here, so that a letter
 * beyond ASCII in a flag becomes several, and some of their bytes count as spaces.
 */
function splitFlags(text: string, escaping: string): { readonly flags: readonly string[]; readonly rest: string } {
  if (!text.startsWith("--") && !isSpace(text.charAt(0))) return { flags: [], rest: text };
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const restFrom = (at: number): string => Buffer.from(bytes.slice(at), "latin1").toString("utf8");
  const flags: string[] = [];
  let word = "";
  let phase: "spaces" | "word" | "quote" = "spaces";
  let quote = "";
  let blankCounts = false;
  for (let at = 0; at < bytes.length; at++) {
    let character = bytes.charAt(at);
    if (phase === "spaces") {
      if (isSpace(character)) continue;
      if (!bytes.startsWith("--", at)) return { flags, rest: restFrom(at) };
      phase = "word";
    }
    if (phase === "word") {
      if (isSpace(character)) {
        phase = "spaces";
        if (word === "--") return { flags, rest: restFrom(at) };
        if (blankCounts || word !== "") flags.push(word);
        word = "";
        blankCounts = false;
        continue;
      }
      if (character === "'" || character === '"') {
        quote = character;
        blankCounts = true;
        phase = "quote";
        continue;
      }
    } else if (character === quote) {
      phase = "word";
      continue;
    }
    if (character === escaping) {
      if (at + 1 === bytes.length) {
        phase = "word";
        continue;
      }
      at += 1;
      character = bytes.charAt(at);
    }
    word += character;
  }
  if (phase !== "spaces" && word !== "--" && (blankCounts || word !== "")) flags.push(word);
  return { flags, rest: "" };
}

/** Words at word spaces, quotes and all. */
export function spacedWords(text: string): readonly string[] {
  return text === "" ? [] : text.split(WORD_SPACE);
}

/**
 * A JSON array of text; undefined: it is not JSON, and means words.
 * @throws RefusedText when it is an array that holds something else
 */
export function jsonWords(text: string): readonly string[] | undefined {
  const start = trimStart(text);
  if (!start.startsWith("[")) return undefined;
  const parsed = parseJson(start);
  if (parsed.kind !== "ok" || !Array.isArray(parsed.value)) return undefined;
  return parsed.value.map((word) => {
    if (typeof word !== "string") throw new RefusedText("an array of an instruction must hold text only");
    return word.toWellFormed();
  });
}

/** Words of ENV, LABEL and ARG: quotes hold spaces, and stay. */
export function quotedWords(text: string, escaping: string): readonly string[] {
  const characters = Array.from(text);
  const words: string[] = [];
  let word = "";
  let phase: "spaces" | "word" | "quote" = "spaces";
  let quote = "";
  let blankCounts = false;
  for (let at = 0; at < characters.length; at++) {
    let character = characters[at] ?? "";
    if (phase === "spaces") {
      if (isSpace(character)) continue;
      phase = "word";
    }
    if (phase === "word") {
      if (isSpace(character)) {
        phase = "spaces";
        if (blankCounts || word !== "") words.push(word);
        word = "";
        blankCounts = false;
        continue;
      }
      if (character === "'" || character === '"') {
        quote = character;
        blankCounts = true;
        phase = "quote";
      }
      if (character === escaping) {
        if (at + 1 === characters.length) continue;
        word += character;
        at += 1;
        character = characters[at] ?? "";
      }
      word += character;
      continue;
    }
    if (character === quote) phase = "word";
    if (character === escaping && quote !== "'") {
      if (at + 1 === characters.length) {
        phase = "word";
        continue;
      }
      word += character;
      at += 1;
      character = characters[at] ?? "";
    }
    word += character;
  }
  if (phase !== "spaces" && (blankCounts || word !== "")) words.push(word);
  return words;
}
