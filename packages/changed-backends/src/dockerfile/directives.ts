import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { trimStart, withoutByteOrderMark } from "./go-text.ts";
import { RefusedText } from "./refusal.ts";

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=([^\n]+)$/;
const NAMES: ReadonlySet<string> = new Set(["syntax", "escape", "check"]);

interface Directive {
  readonly name: string;
  readonly value: string;
}

/**
 * Directives stand before anything else, one a line, each at most once
 * (https://docs.docker.com/reference/dockerfile/#parser-directives). The first line that is none ends them.
 */
export class DirectiveReader {
  readonly #comment: string;
  readonly #seen = new Set<string>();
  #done = false;

  constructor(comment = "#") {
    this.#comment = comment;
  }

  get done(): boolean {
    return this.#done;
  }

  /** @throws RefusedText when a directive stands there twice */
  read(line: string): Directive | undefined {
    if (this.#done) return undefined;
    const match = line.startsWith(this.#comment) ? DIRECTIVE.exec(trimStart(line.slice(this.#comment.length))) : null;
    const name = match?.[1]?.toLowerCase() ?? "";
    if (!NAMES.has(name)) {
      this.#done = true;
      return undefined;
    }
    if (this.#seen.has(name)) throw new RefusedText(`the directive "${name}" stands there twice`);
    this.#seen.add(name);
    return { name, value: trimmedValue(match?.[2] ?? "") };
  }
}

/** Without the spaces around it; of nothing but spaces the last one is the value. */
function trimmedValue(text: string): string {
  const spaces = /^[\t\f\r ]$/;
  let [start, end] = [0, text.length];
  while (start < end - 1 && spaces.test(text.charAt(start))) start += 1;
  while (end > start + 1 && spaces.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/**
 * The frontend that a file asks for (`# syntax=docker/dockerfile:1`), and that the whole build is handed to. It is
 * looked for behind a byte order mark and a `#!` line, in `#` and `//` comments and in JSON.
 */
export function syntaxOf(text: string): string | undefined {
  let rest = withoutByteOrderMark(text);
  if (rest.startsWith("#!")) rest = rest.includes("\n") ? rest.slice(rest.indexOf("\n") + 1) : "";
  return inComments(rest, "#") ?? inComments(rest, "//") ?? inJson(rest);
}

function inComments(text: string, comment: string): string | undefined {
  const reader = new DirectiveReader(comment);
  for (const line of text.split("\n")) {
    try {
      const directive = reader.read(line.replace(/\r$/, ""));
      if (directive?.name === "syntax") return directive.value.split(" ")[0];
    } catch (error) {
      if (error instanceof RefusedText) return undefined;
      throw error;
    }
    if (reader.done) return undefined;
  }
  return undefined;
}

function inJson(text: string): string | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  const parsed = parseJson(text);
  if (parsed.kind !== "ok" || !isJsonObject(parsed.value)) return undefined;
  const { syntax } = parsed.value;
  return typeof syntax === "string" ? syntax : undefined;
}
