import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { DigestToolsError, type DigestToolsErrorCode } from "../base/error.ts";
import type { Descriptor, Platform } from "./descriptor.ts";
import { isDigest } from "./digest.ts";

export interface JsonSource {
  /** The file or address, for messages. */
  readonly name: string;
  /** What a wrong shape is reported as. */
  readonly code: DigestToolsErrorCode;
  readonly fix: string;
}

/** Reads JSON from outside value by value; what is not as expected is an error that names its path. */
export class JsonReader {
  readonly #value: unknown;
  readonly #path: string;
  readonly #source: JsonSource;

  private constructor(value: unknown, path: string, source: JsonSource) {
    this.#value = value;
    this.#path = path;
    this.#source = source;
  }

  /** @throws DigestToolsError with the source's code */
  static parse(text: string, source: JsonSource): JsonReader {
    try {
      return new JsonReader(JSON.parse(text), "", source);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const { name, code, fix } = source;
      throw new DigestToolsError({ code, message: `is not JSON: ${reason}`, at: { file: name }, fix, cause });
    }
  }

  get present(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  at(key: string): JsonReader {
    if (!isJsonObject(this.#value)) throw this.expected("an object");
    const value = Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
    return new JsonReader(value, this.#path === "" ? key : `${this.#path}.${key}`, this.#source);
  }

  items(): readonly JsonReader[] {
    if (!Array.isArray(this.#value)) throw this.expected("a list");
    return this.#value.map((item: unknown, index) => new JsonReader(item, `${this.#path}[${index}]`, this.#source));
  }

  text(): string {
    if (typeof this.#value !== "string") throw this.expected("a text");
    return this.#value;
  }

  optionalText(): string | undefined {
    return this.present ? this.text() : undefined;
  }

  /** The text as another parser reads it, whose refusal then says where it stands. */
  parsed<T>(parse: (text: string) => T): T {
    const text = this.text();
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof DigestToolsError)) throw error;
      const [problem] = error.problems;
      const message = `${this.#path}: ${problem?.message ?? error.message}`;
      const { name, fix } = this.#source;
      throw new DigestToolsError({
        code: error.code,
        message,
        at: { file: name },
        fix: problem?.fix ?? fix,
        cause: error,
      });
    }
  }

  literal(expected: string): void {
    if (this.#value !== expected) throw this.expected(JSON.stringify(expected));
  }

  /** A whole number, 0 or more. */
  count(): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.expected("a whole number");
    return value;
  }

  descriptor(): Descriptor {
    const digest = this.at("digest");
    if (!isDigest(digest.#value)) throw digest.expected('"sha256:" and 64 hexadecimal digits');
    const platform = this.at("platform");
    const artifactType = this.at("artifactType").optionalText();
    const annotations = this.at("annotations");
    return {
      mediaType: this.at("mediaType").text(),
      digest: digest.#value,
      size: this.at("size").count(),
      ...(platform.present ? { platform: platform.#platform() } : {}),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations.present ? { annotations: annotations.texts() } : {}),
    };
  }

  /** The error that says what was expected here. */
  expected(what: string): DigestToolsError {
    const { name, code, fix } = this.#source;
    const where = this.#path === "" ? "the document" : this.#path;
    const message = `${where}: expected ${what}, found ${this.#describe()}`;
    return new DigestToolsError({ code, message, at: { file: name }, fix });
  }

  #platform(): Platform {
    const variant = this.at("variant").optionalText();
    const version = this.at("os.version").optionalText();
    const features = this.at("os.features");
    return {
      os: this.at("os").text(),
      architecture: this.at("architecture").text(),
      ...(variant === undefined ? {} : { variant }),
      ...(version === undefined ? {} : { "os.version": version }),
      ...(features.present ? { "os.features": features.items().map((item) => item.text()) } : {}),
    };
  }

  texts(): Readonly<Record<string, string>> {
    if (!isJsonObject(this.#value)) throw this.expected("an object of texts");
    return Object.fromEntries(Object.keys(this.#value).map((key) => [key, this.at(key).text()]));
  }

  #describe(): string {
    if (this.#value === undefined) return "nothing";
    const text = JSON.stringify(this.#value);
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  }
}
