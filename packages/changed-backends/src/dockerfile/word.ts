import { isSpace } from "./go-text.ts";
import { RefusedText } from "./refusal.ts";
import { filled, isWhollyUnknown, replacePattern, trimPrefix, trimSuffix, UNKNOWN } from "./shell-pattern.ts";

/** The value of a variable; undefined: it is not set. What is not known holds `UNKNOWN`. */
export type Lookup = (name: string) => string | undefined;

export interface WordOptions {
  readonly escape: string;
  readonly lookup: Lookup;
  /** Quotes stay in the result. */
  readonly rawQuotes?: boolean;
  /** Escapes stay in the result. */
  readonly rawEscapes?: boolean;
  /** `$name` stays where the variable is not set. */
  readonly keepUnset?: boolean;
}

/**
 * A word with its variables filled in and its quotes and escapes gone, as BuildKit's `shell.Lex` does it
 * (https://docs.docker.com/reference/dockerfile/#environment-replacement).
 * @throws RefusedText
 */
export function expandWord(word: string, options: WordOptions): string {
  return new Expansion(word, options).run().text;
}

/** The same, split at spaces that no quote holds.
 * @throws RefusedText
 */
export function expandWords(word: string, options: WordOptions): readonly string[] {
  return new Expansion(word, options).run().words;
}

interface Expanded {
  readonly text: string;
  readonly words: readonly string[];
}

const DIGIT = /^\p{Nd}$/u;
const NAME = /^[\p{L}\p{Nd}_]$/u;
const SPECIAL = "@*#?-$!0";
// Values can be made of values: what grows beyond this is not followed.
const MAX_TEXT = 100_000;
// Deeper nesting than any file has: the recursion must not end the process.
const MAX_NESTING = 200;

class Expansion {
  readonly #characters: readonly string[];
  readonly #options: WordOptions;
  #at = 0;
  #nesting = 0;
  #rawEscapes: boolean;
  // One for all levels, as in BuildKit: a nested `${x:-y}` begins it anew.
  #word = "";

  constructor(source: string, options: WordOptions) {
    this.#characters = Array.from(source.startsWith("\u{feff}") ? source.slice(1) : source);
    this.#options = options;
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  run(): Expanded {
    return this.#until(undefined, this.#rawEscapes, false);
  }

  get #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    const character = this.#characters[this.#at];
    if (character !== undefined) this.#at += 1;
    return character;
  }

  /** Up to `stop`, or the end. `forPattern` doubles escapes inside quotes, so that the pattern can be read again. */
  #until(stop: string | undefined, rawEscapes: boolean, forPattern: boolean): Expanded {
    const before = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) throw new RefusedText("variables are nested too deeply");
    try {
      return this.#collect(stop, forPattern);
    } finally {
      this.#rawEscapes = before;
      this.#nesting -= 1;
    }
  }

  #collect(stop: string | undefined, forPattern: boolean): Expanded {
    const words: string[] = [];
    let text = "";
    let inWord = false;
    this.#word = "";
    const add = (character: string): void => {
      if (!isSpace(character)) addRaw(character);
      else if (inWord && this.#word !== "") {
        words.push(this.#word);
        this.#word = "";
        inWord = false;
      }
    };
    const addRaw = (part: string): void => {
      this.#word += part;
      inWord = true;
    };
    const done = (): Expanded => {
      if (this.#word !== "") words.push(this.#word);
      this.#word = "";
      return { text, words };
    };

    for (let character = this.#peek; character !== undefined; character = this.#peek) {
      if (character === stop) {
        this.#next();
        return done();
      }
      if (text.length > MAX_TEXT) throw new RefusedText(`a value has more than ${MAX_TEXT} characters`);
      if (character === "$") {
        const part = this.#dollar();
        text += part;
        for (const each of part) add(each);
        continue;
      }
      if (character === "<" || character === "'" || character === '"') {
        const part = character === "<" ? this.#heredoc() : this.#quoted(character, forPattern);
        text += part;
        addRaw(part);
        continue;
      }
      this.#next();
      if (character !== this.#options.escape) {
        text += character;
        add(character);
        continue;
      }
      if (this.#rawEscapes) {
        text += character;
        addRaw(character);
      }
      const escaped = this.#next();
      if (escaped === undefined) break;
      text += escaped;
      addRaw(escaped);
    }
    if (stop !== undefined) throw new RefusedText(`expected ${stop} before the end of ${this.#characters.join("")}`);
    return done();
  }

  #quoted(quote: string, forPattern: boolean): string {
    return quote === "'" ? this.#singleQuoted(forPattern) : this.#doubleQuoted(forPattern);
  }

  #singleQuoted(forPattern: boolean): string {
    const mark = this.#options.rawQuotes ? (this.#peek ?? "") : "";
    this.#next();
    let text = mark;
    for (;;) {
      const character = this.#next();
      if (character === undefined) throw new RefusedText("a single quote is not closed");
      if (character === "'") return text + mark;
      if (forPattern && character === this.#options.escape) text += character;
      text += character;
    }
  }

  #doubleQuoted(forPattern: boolean): string {
    const { rawQuotes, escape: escaping } = this.#options;
    const mark = rawQuotes ? (this.#peek ?? "") : "";
    this.#next();
    let text = mark;
    for (;;) {
      const character = this.#peek;
      if (character === undefined) throw new RefusedText("a double quote is not closed");
      if (character === "$") {
        text += this.#dollar();
        continue;
      }
      this.#next();
      if (character === '"') return text + mark;
      if (character !== escaping) {
        text += character;
        continue;
      }
      const escaped = this.#peek;
      if (escaped === undefined) continue;
      if (escaped === '"' || escaped === "$" || escaped === escaping) {
        if (this.#rawEscapes) text += character;
        text += escaped;
        this.#next();
      } else {
        if (this.#rawEscapes && (rawQuotes !== true || forPattern)) text += character;
        text += character;
      }
    }
  }

  #heredoc(): string {
    this.#next();
    if (this.#peek !== "<") return "<";
    this.#next();
    let space = "";
    while (/^[\t\r ]$/.test(this.#peek ?? "")) space += this.#next() ?? "";
    return `<<${space}`;
  }

  #dollar(): string {
    this.#next();
    if (this.#peek !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      return this.#options.lookup(name) ?? (this.#options.keepUnset ? `$${name}` : "");
    }
    this.#next();
    const first = this.#peek;
    if (first === undefined) throw new RefusedText("expected } before the end");
    if (first === "{" || first === "}" || first === ":") throw new RefusedText("a name is missing in ${}");
    const name = this.#name();
    const operator = this.#next();
    switch (operator) {
      case "}":
        return this.#options.lookup(name) ?? (this.#options.keepUnset ? `\${${name}}` : "");
      case ":":
        return this.#modified(name, this.#next(), true);
      case "+":
      case "-":
      case "?":
      case "#":
      case "%":
        return this.#modified(name, operator, false);
      case "/":
        return this.#replaced(name);
      default:
        throw unsupported(operator);
    }
  }

  #modified(name: string, operator: string | undefined, emptyIsUnset: boolean): string {
    const trims = operator === "#" || operator === "%";
    if (emptyIsUnset && trims) throw unsupported(`:${operator}`);
    const { text: word } = this.#until("}", trims, trims);
    const value = this.#options.lookup(name);
    if (value === undefined && this.#options.keepUnset) {
      return `\${${name}${emptyIsUnset ? ":" : ""}${operator}${word}}`;
    }
    const counts =
      value === undefined ? "no" : emptyIsUnset ? filled(value) : isWhollyUnknown(value) ? "perhaps" : "yes";
    switch (operator) {
      case "-":
        return counts === "perhaps" ? UNKNOWN : counts === "yes" ? (value ?? "") : word;
      case "+":
        return counts === "perhaps" ? UNKNOWN : counts === "yes" ? word : "";
      case "?":
        if (counts === "no") throw new RefusedText(`${name}: ${word === "" ? "must be set" : word}`);
        return value ?? "";
      case "#":
      case "%": {
        const greedy = word.startsWith(operator);
        const pattern = greedy ? word.slice(1) : word;
        if (`${value ?? ""}${pattern}`.includes(UNKNOWN)) return UNKNOWN;
        return (operator === "#" ? trimPrefix : trimSuffix)(pattern, value ?? "", greedy);
      }
      default:
        throw unsupported(operator);
    }
  }

  #replaced(name: string): string {
    const all = this.#peek === "/";
    if (all) this.#next();
    const { text: pattern } = this.#until("/", true, true);
    const { text: replacement } = this.#until("}", true, false);
    const value = this.#options.lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    if (`${value ?? ""}${pattern}`.includes(UNKNOWN)) return UNKNOWN;
    return replacePattern(pattern, value ?? "", replacement, all);
  }

  #name(): string {
    const first = this.#peek;
    if (first === undefined) return "";
    if (!DIGIT.test(first) && SPECIAL.includes(first)) {
      this.#next();
      return first;
    }
    const part = DIGIT.test(first) ? DIGIT : NAME;
    let name = "";
    for (let character = this.#peek; character !== undefined && part.test(character); character = this.#peek) {
      name += character;
      this.#next();
    }
    return name;
  }
}

function unsupported(operator: string | undefined): RefusedText {
  return new RefusedText(operator === undefined ? "expected } before the end" : `\${} has no operator ${operator}`);
}
