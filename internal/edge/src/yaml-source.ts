import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Place, Problem } from "./fanfold-error.ts";
import { isJsonObject, type Json } from "./json.ts";

/** A key or an index on the way from the document's root to a value. */
export type PathStep = string | number;

export type Parsed<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[] };

/** A YAML (or JSON) file as data, with the position of each value. */
export interface YamlSource {
  readonly file: string;
  readonly value: Json;
  /** Where the value at a path stands; of a path that leads nowhere, the nearest thing on the way. */
  place(path: readonly PathStep[]): Place;
  /** Where the key of a path's last step stands. */
  placeOfKey(path: readonly PathStep[]): Place;
  /** Numbers that are not written as they are read: unquoted `1.10` is 1.1. */
  readonly alteredNumbers: readonly { readonly place: Place; readonly written: string; readonly read: number }[];
}

// A file of a thousand entries with twenty keys has some 40,000 nodes.
const MAX_NODES = 500_000;

// One slip in the syntax makes a parser complain about everything after it.
const MAX_FAULTS = 5;

/**
 * Parses one YAML 1.2 document; merge keys (`<<`) work. Refused, with positions: syntax errors, duplicate keys, several
 * documents, keys that are no plain text, `__proto__`, unknown tags, and aliases that multiply beyond reason.
 */
export function parseYaml(text: string, file: string): Parsed<YamlSource> {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  let document: Document.Parsed;
  try {
    document = parseDocument(text.replace(/^\uFEFF/, ""), {
      lineCounter: lines,
      merge: true,
      prettyErrors: false,
      // Compares each key with each other; the walk below does it in one go.
      uniqueKeys: false,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return invalid({
      message: "nested too deeply to be read",
      at: { file },
      fix: "a matrix or config is three levels deep",
    });
  }
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return invalid(
      ...faults.slice(0, MAX_FAULTS).map((fault) => ({ message: explain(fault), at: placeAt(fault.pos[0]) })),
    );
  }
  const { problems, alteredNumbers } = examine(document, placeAt);
  if (problems.length > 0) return invalid(...problems.slice(0, MAX_FAULTS));

  const value: unknown = document.toJS({ maxAliasCount: -1 });
  if (!isJson(value)) return invalid({ message: "holds values that JSON has no form for", at: { file } });
  const start = (node: unknown): Place | undefined => {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    return offset === undefined ? undefined : placeAt(offset);
  };
  const place = (path: readonly PathStep[]): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const found = start(length === 0 ? document.contents : document.getIn(path.slice(0, length), true));
      if (found !== undefined) return found;
    }
    return { file };
  };
  const placeOfKey = (path: readonly PathStep[]): Place => {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === last) : undefined;
    return start(pair?.key) ?? place(path);
  };
  return { kind: "ok", value: { file, value, place, placeOfKey, alteredNumbers } };
}

function invalid(...problems: readonly Problem[]): Parsed<never> {
  return { kind: "invalid", problems };
}

function explain({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === "MULTIPLE_DOCS") return "more than one document; keep one";
  if (message.includes("call stack")) return "nested too deeply to be read";
  return `not valid YAML: ${message.replace(/\s+/g, " ")}`;
}

interface Findings {
  readonly problems: readonly Problem[];
  readonly alteredNumbers: YamlSource["alteredNumbers"];
}

/** One walk over the whole document: what is refused, what is read otherwise than it is written, and how large it is. */
function examine(document: Document.Parsed, placeAt: (offset: number) => Place): Findings {
  const problems: Problem[] = [];
  const alteredNumbers: { place: Place; written: string; read: number }[] = [];
  const at = (node: unknown): Place => placeAt((isNode(node) ? node.range?.[0] : undefined) ?? 0);

  const checkKey = (key: unknown, seen: Set<string>): void => {
    if (!isScalar(key)) {
      problems.push({ message: "a key must be plain text", at: at(key) });
      return;
    }
    // A merge key, which may stand twice.
    if (typeof key.value === "symbol") return;
    const name = key.value === null ? "" : String(key.value);
    if (name === "__proto__") {
      problems.push({
        message: `the key "__proto__" is refused: programs that copy it change every object`,
        at: at(key),
        fix: "rename it",
      });
    } else if (seen.has(name)) {
      problems.push({ message: "a key stands twice in one mapping; remove one of them", at: at(key) });
    }
    seen.add(name);
  };
  const sizes = new Map<string, number>();
  // How many values a node has once each alias is replaced by what it stands for; counted without replacing any.
  const count = (node: unknown): number => {
    if (isAlias(node)) {
      const known = sizes.get(node.source);
      if (known === undefined)
        problems.push({ message: `the alias *${node.source} has no anchor before it`, at: at(node) });
      return known ?? 0;
    }
    let nodes = 1;
    if (isScalar(node)) {
      const { value, source } = node;
      if (typeof value === "number" && source !== undefined && String(value) !== source) {
        alteredNumbers.push({ place: at(node), written: source, read: value });
      }
    } else if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        checkKey(key, seen);
        nodes += count(key) + count(value);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) nodes += count(item);
    }
    // Anchors may be set again; YAML takes the last one before the alias, which is the order of this walk.
    if (isNode(node) && "anchor" in node && typeof node.anchor === "string") sizes.set(node.anchor, nodes);
    return nodes;
  };
  const nodes = count(document.contents);
  if (problems.length === 0 && nodes > MAX_NODES) {
    problems.push({
      message: `aliases expand to more than ${MAX_NODES} values`,
      at: at(document.contents),
      fix: "an alias that holds aliases multiplies; write the values out",
    });
  }
  return { problems, alteredNumbers };
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isJsonObject(value) && Object.values(value).every(isJson);
}
