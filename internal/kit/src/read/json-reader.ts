import type { Place } from "../process/diagnostic.ts";
import { isFanfoldError } from "../process/errors.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "./json.ts";

/** What a reader throws: each package makes its own error of it. */
export interface JsonFault {
  readonly message: string;
  readonly at: Place;
  readonly fix: string;
  readonly cause?: unknown;
}

export interface JsonSource {
  /** The file or address, for messages. */
  readonly at: Place;
  readonly fix: string;
  readonly error: (fault: JsonFault) => Error;
}

/** Reads JSON from outside value by value; what is not as expected is an error that names its path. */
export class JsonReader {
  readonly #value: Json | undefined;
  readonly #path: string;
  readonly #source: JsonSource;

  constructor(value: Json | undefined, source: JsonSource, path = "") {
    this.#value = value;
    this.#path = path;
    this.#source = source;
  }

  /** @throws the source's error */
  static parse(text: string, source: JsonSource): JsonReader {
    const parsed = parseJson(text);
    if (parsed.kind === "ok") return new JsonReader(parsed.value, source);
    throw source.error({ message: `is not JSON that can be read: ${parsed.reason}`, at: source.at, fix: source.fix });
  }

  get present(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  /** As it stands there. */
  get value(): Json | undefined {
    return this.#value;
  }

  at(key: string): JsonReader {
    if (!isJsonObject(this.#value)) throw this.expected("an object");
    const value = Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
    return new JsonReader(value, this.#source, this.#path === "" ? key : `${this.#path}.${key}`);
  }

  object(): JsonObject {
    if (!isJsonObject(this.#value)) throw this.expected("an object");
    return this.#value;
  }

  keys(): readonly string[] {
    if (!isJsonObject(this.#value)) throw this.expected("an object");
    return Object.keys(this.#value);
  }

  /** @param most - how many it may hold */
  items(most: number = Number.POSITIVE_INFINITY): readonly JsonReader[] {
    if (!Array.isArray(this.#value)) throw this.expected("a list");
    if (this.#value.length > most) throw this.#tooMany("items", this.#value.length, most);
    return this.#value.map((item: Json, index) => new JsonReader(item, this.#source, `${this.#path}[${index}]`));
  }

  /** @param most - how many characters (UTF-16 units) it may have */
  text(most: number = Number.POSITIVE_INFINITY): string {
    if (typeof this.#value !== "string") throw this.expected("a text");
    if (this.#value.length > most) throw this.#tooMany("characters", this.#value.length, most);
    return this.#value;
  }

  optionalText(most?: number): string | undefined {
    return this.present ? this.text(most) : undefined;
  }

  boolean(): boolean {
    if (typeof this.#value !== "boolean") throw this.expected("true or false");
    return this.#value;
  }

  /** A whole number from 0 to `most`, at most 2⁵³ − 1. */
  count(most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.expected("a whole number");
    if (value > most) throw this.expected(`a whole number of at most ${most}`);
    return value;
  }

  /** An object whose values are all texts. */
  texts(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.keys().map((key) => [key, this.at(key).text()]));
  }

  literal(expected: string): void {
    if (this.#value !== expected) throw this.expected(JSON.stringify(expected));
  }

  oneOf<const Choice extends string>(choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.#value);
    if (found === undefined) throw this.expected(choices.map((choice) => JSON.stringify(choice)).join(" or "));
    return found;
  }

  /** The text as another parser reads it, whose refusal then says where it stands. */
  parsed<T>(parse: (text: string) => T): T {
    const text = this.text();
    try {
      return parse(text);
    } catch (error) {
      if (!isFanfoldError(error)) throw error;
      const [first] = error.diagnostics;
      const { at, fix } = this.#source;
      const message = `${this.#path}: ${first?.message ?? error.message}`;
      throw this.#source.error({ message, at, fix: first?.fix ?? fix, cause: error });
    }
  }

  /** The error that says what was expected here. */
  expected(what: string): Error {
    const where = this.#path === "" ? "the document" : this.#path;
    const { at, fix, error } = this.#source;
    return error({ message: `${where}: expected ${what}, found ${this.#describe()}`, at, fix });
  }

  #tooMany(what: string, count: number, most: number): Error {
    const { at, fix, error } = this.#source;
    return error({
      message: `${this.#path || "the document"}: expected at most ${most} ${what}, found ${count}`,
      at,
      fix,
    });
  }

  #describe(): string {
    if (this.#value === undefined) return "nothing";
    const text = JSON.stringify(this.#value);
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  }
}
