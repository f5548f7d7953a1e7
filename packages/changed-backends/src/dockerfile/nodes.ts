import { DirectiveReader } from "./directives.ts";
import { trimSpace, trimStart, withoutByteOrderMark, withoutLineBreak } from "./go-text.ts";
import { heredocsOf, takesHeredocs } from "./heredoc.ts";
import { RefusedText } from "./refusal.ts";
import { jsonWords, quotedWords, spacedWords, splitLine } from "./split-line.ts";

/** An instruction as it stands in the file, not yet checked. */
export interface DockerfileNode {
  readonly command: string;
  readonly flags: readonly string[];
  /** For ENV and LABEL key and value in turn; for ONBUILD none: see `inner`. */
  readonly words: readonly string[];
  /** The words were a JSON array. */
  readonly json: boolean;
  /** The instruction behind ONBUILD. */
  readonly inner: DockerfileNode | undefined;
  readonly heredocs: readonly { readonly name: string; readonly content: string }[];
  /** The whole line, continuations joined. */
  readonly line: string;
  /** 1-based: the first and the last line it stands on, heredocs included. */
  readonly start: number;
  readonly end: number;
}

export interface NodeFile {
  readonly nodes: readonly DockerfileNode[];
  /** The backslash, or what `# escape=` says. */
  readonly escape: string;
}

// A line that is longer ends BuildKit's scanner (Go's bufio.MaxScanTokenSize).
const MAX_LINE = 64 * 1024;

/** Reads a file into instructions.
 * @throws RefusedText with the line
 */
export function readNodes(text: string): NodeFile {
  const lines = new Lines(text);
  const directives = new DirectiveReader();
  const nodes: DockerfileNode[] = [];
  let escaping = "\\";

  const cleaned = (raw: string): string => {
    const line = withoutLineBreak(raw);
    const directive = located(() => directives.read(line), lines.number);
    if (directive?.name === "escape") {
      if (directive.value !== "\\" && directive.value !== "`") {
        throw new RefusedText(`the escape character must be \\ or \`, not ${directive.value}`, lines.number);
      }
      escaping = directive.value;
    }
    return isComment(line) ? "" : line;
  };

  for (let raw = lines.next(); raw !== undefined; raw = lines.next()) {
    const start = lines.number;
    const first = withoutContinuation(cleaned(trimStart(start === 1 ? withoutByteOrderMark(raw) : raw)), escaping);
    if (!first.continues && first.text === "") continue;
    const parts = [first.text];
    let { continues } = first;
    while (continues) {
      const next = lines.next();
      if (next === undefined) break;
      const line = cleaned(next);
      if (isComment(next) || trimStart(line) === "") continue;
      const more = withoutContinuation(line, escaping);
      parts.push(more.text);
      continues = more.continues;
    }
    const line = parts.join("");
    const parsed = located(() => parseLine(line, escaping), start);
    const heredocs = located(() => (holdsHeredocs(parsed) ? heredocsOf(line) : []), start).map((heredoc) => {
      const body: string[] = [];
      for (let next = lines.next(); next !== undefined; next = lines.next()) {
        const bare = withoutLineBreak(next);
        if ((heredoc.chomp ? bare.replace(/^\t+/, "") : bare) === heredoc.name) {
          return { name: heredoc.name, content: body.join("") };
        }
        body.push(next);
      }
      throw new RefusedText(`the heredoc ${heredoc.name} is not closed`, start);
    });
    nodes.push({ ...parsed, heredocs, line, start, end: lines.number });
  }
  if (nodes.length === 0) throw new RefusedText("there are no instructions", lines.number);
  return { nodes, escape: escaping };
}

class Lines {
  readonly #text: string;
  #at = 0;
  /** Of the line that was given last, 1-based. */
  number = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** With its line break. */
  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const end = this.#text.indexOf("\n", this.#at);
    const line = end === -1 ? this.#text.slice(this.#at) : this.#text.slice(this.#at, end + 1);
    this.number += 1;
    if (line.length * 3 >= MAX_LINE && Buffer.byteLength(line) >= MAX_LINE + (end === -1 ? 0 : 1)) {
      throw new RefusedText(`a line has more than ${MAX_LINE - 1} bytes`, this.number);
    }
    this.#at += line.length;
    return line;
  }
}

function isComment(line: string): boolean {
  return trimStart(line).startsWith("#");
}

/** Without the escape character at its end, if that continues the line: not when another one stands before it. */
function withoutContinuation(line: string, escaping: string): { readonly text: string; readonly continues: boolean } {
  let end = line.length;
  while (end > 0 && (line.charAt(end - 1) === " " || line.charAt(end - 1) === "\t")) end -= 1;
  const continues = end > 0 && line.charAt(end - 1) === escaping && (end === 1 || line.charAt(end - 2) !== escaping);
  return continues ? { text: line.slice(0, end - 1), continues } : { text: line, continues };
}

type Parsed = Omit<DockerfileNode, "heredocs" | "start" | "end">;

function parseLine(line: string, escaping: string, behindOnbuild = false): Parsed {
  const { command, flags, rest } = splitLine(line, escaping);
  const node = { command, flags, line, json: false, inner: undefined, words: [] };
  switch (command.toUpperCase()) {
    case "ADD":
    case "COPY":
    case "VOLUME": {
      const words = jsonWords(rest);
      return { ...node, words: words ?? spacedWords(rest), json: words !== undefined };
    }
    case "CMD":
    case "ENTRYPOINT":
    case "RUN":
    case "SHELL": {
      const words = jsonWords(rest);
      return { ...node, words: words ?? whole(rest), json: words !== undefined };
    }
    case "ARG":
      return { ...node, words: quotedWords(rest, escaping) };
    case "ENV":
    case "LABEL":
      return { ...node, words: pairs(command, rest, escaping) };
    case "EXPOSE":
    case "FROM":
      return { ...node, words: spacedWords(rest) };
    case "MAINTAINER":
    case "STOPSIGNAL":
    case "USER":
    case "WORKDIR":
      return { ...node, words: whole(rest) };
    case "HEALTHCHECK": {
      const [type = "", ...others] = spacedWords(rest);
      const command = trimStart(rest.slice(type.length));
      const words = others.length === 0 ? undefined : jsonWords(command);
      return { ...node, words: [...whole(type), ...(words ?? whole(command))], json: words !== undefined };
    }
    case "ONBUILD": {
      // One behind another is refused later; as deep as a line is long, it would end the process here.
      if (rest === "" || behindOnbuild) return node;
      const inner = parseLine(rest, escaping, true);
      return { ...node, inner: { ...inner, heredocs: [], start: 0, end: 0 } };
    }
    default:
      return node;
  }
}

function whole(text: string): readonly string[] {
  return text === "" ? [] : [text];
}

/** `NAME=value …`, or `NAME the rest of the line`. */
function pairs(command: string, rest: string, escaping: string): readonly string[] {
  const words = quotedWords(rest, escaping);
  const [first] = words;
  if (first === undefined) return [];
  if (!first.includes("=")) {
    const [name, value] = splitOnce(rest);
    if (value === undefined) throw new RefusedText(`${command} must have a name and a value`);
    return [name, value];
  }
  return words.flatMap((word) => {
    const at = word.indexOf("=");
    if (at === -1) throw new RefusedText(`expected name=value, found ${word}`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

function splitOnce(text: string): readonly [string, string | undefined] {
  const [name = ""] = spacedWords(text);
  const after = text.slice(name.length).replace(/^[\t\v\f\r ]+/, "");
  return [name, name.length === text.length ? undefined : after];
}

function holdsHeredocs({ command, json, inner, line }: Parsed): boolean {
  if (!line.includes("<<")) return false;
  // Not a trap: BuildKit looks one level below ONBUILD.
  if (/^ONBUILD$/i.test(command) && inner !== undefined) return takesHeredocs(inner.command) && !inner.json;
  return takesHeredocs(command) && !json;
}

function located<T>(step: () => T, line: number): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof RefusedText && error.line === 0) throw new RefusedText(error.message, line);
    throw error;
  }
}

/** The instruction behind ONBUILD as a file of its own: that is how BuildKit keeps it. */
export function onbuildText(node: DockerfileNode): string {
  const line = node.line.replace(/^[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*/i, "");
  return [line, ...node.heredocs.map(({ name, content }) => `${content}${name}`)].join("\n");
}

/** The instruction's name as Docker's reference writes it. */
export function commandOf(node: DockerfileNode): string {
  return trimSpace(node.command).toUpperCase();
}
