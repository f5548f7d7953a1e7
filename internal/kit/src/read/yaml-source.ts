import {
  COLLECTION_STYLE,
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  type MappingEvent,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from "js-yaml";
import type { Diagnostic, Place } from "../process/diagnostic.ts";
import type { YamlCode } from "./codes.ts";
import { isJsonObject, type Json } from "./json.ts";
import { type PathStep, type PlaceAt, type Places, placesIn, placesOf, type YamlNode } from "./yaml-places.ts";

export type { PathStep } from "./yaml-places.ts";

export type Parsed<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "invalid"; readonly problems: readonly Diagnostic[] };

/** A YAML (or JSON) file as data, with the position of each value. */
export interface YamlSource extends Places {
  readonly file: string;
  readonly value: Json;
  /** Numbers that are not written as they are read: unquoted `1.10` is 1.1. */
  readonly alteredNumbers: readonly { readonly place: Place; readonly written: string; readonly read: number }[];
  /** Keys in braces that have no value: `{ a, b: }` holds two. */
  readonly emptyKeys: readonly { readonly place: Place; readonly key: string }[];
}

// A file of a thousand entries with twenty keys has some 40,000 nodes.
const MAX_NODES = 500_000;

const NO_JSON = "a value that JSON has no form for (not a number, or infinite)";

// One slip may strand every entry.
const MAX_FAULTS = 5;

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/**
 * Parses one YAML 1.2 document; merge keys (`<<`) work. Refused, with positions: syntax errors, duplicate keys, several
 * documents, keys that are no plain text, `__proto__`, unknown tags, and aliases that multiply beyond reason.
 */
export function parseYaml(given: string, file: string): Parsed<YamlSource> {
  const text = given.replace(/^\uFEFF/, "");
  const placeAt = placesIn(text, file);
  try {
    const events = parseEvents(text, {});
    const { problems, alteredNumbers, emptyKeys, root } = new DocumentWalk(text, events, placeAt);
    if (problems.length > 0) return invalid(...problems.slice(0, MAX_FAULTS));
    // The walk has counted what aliases stand for; this limit would be another one.
    const [value = null] = constructFromEvents(events, { source: text, schema: SCHEMA, maxTotalMergeKeys: -1 });
    const places = placesOf(root, file, placeAt);
    if (isJson(value)) return { kind: "ok", value: { file, value, alteredNumbers, emptyKeys, ...places } };
    return invalid({
      code: "yaml-not-json",
      message: NO_JSON,
      at: places.place(firstWithoutForm(value)),
      fix: "write it as text, in quotes",
    });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark === undefined ? { file } : placeAt(error.mark.position);
    return error.reason.includes("maxDepth")
      ? invalid({
          code: "yaml-too-deep",
          message: "nested too deeply to be read",
          at,
          fix: "a matrix or config is three levels deep",
        })
      : invalid({
          code: "yaml-syntax",
          message: `not valid YAML: ${error.reason}, ${lineAt(text, error.mark?.position)}`,
          at,
        });
  }
}

function lineAt(text: string, position = text.length): string {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const line = text.slice(start).split("\n", 1)[0]?.trim() ?? "";
  return line === "" ? "at the end" : `in ${JSON.stringify(line.slice(0, 60))}`;
}

function invalid(...problems: readonly YamlProblem[]): Parsed<never> {
  return { kind: "invalid", problems: problems.map((problem) => ({ ...problem, severity: "error" })) };
}

type YamlProblem = Omit<Diagnostic<YamlCode>, "severity">;

/** One walk over the whole document: what is refused, what is read otherwise than it is written, and how large it is. */
class DocumentWalk {
  readonly problems: YamlProblem[] = [];
  readonly alteredNumbers: { place: Place; written: string; read: number }[] = [];
  readonly emptyKeys: { place: Place; key: string }[] = [];
  readonly root: YamlNode | undefined;
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #placeAt: PlaceAt;
  readonly #sizes = new Map<string, number>();
  #next = 0;

  constructor(text: string, events: readonly Event[], placeAt: PlaceAt) {
    this.#text = text;
    this.#events = events;
    this.#placeAt = placeAt;
    if (events.length === 0) return;
    this.#next = 1;
    this.root = this.#node(0);
    // Behind the document's end.
    this.#next += 1;
    const more = this.#events[this.#next];
    if (more !== undefined) this.#refuseDocument();
    else if (this.problems.length === 0 && this.root.size > MAX_NODES) {
      this.#refuse(
        "yaml-aliases-multiply",
        this.root.start,
        `aliases expand to more than ${MAX_NODES} values`,
        MULTIPLIES,
      );
    }
  }

  /** `fallback`: where a value stands that is not written. */
  #node(fallback: number): YamlNode {
    const event = this.#events[this.#next];
    this.#next += 1;
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, this.#scalar(event, fallback));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, this.#mapping(event));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, this.#sequence(event.start));
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd);
      default:
        return { start: fallback, size: 1 };
    }
  }

  // Anchors may be set again; YAML takes the last one before the alias, which is the order of this walk.
  #anchored({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }, node: YamlNode): YamlNode {
    if (anchorStart !== -1) this.#sizes.set(this.#text.slice(anchorStart, anchorEnd), node.size);
    return node;
  }

  #scalar(event: ScalarEvent, fallback: number): YamlNode {
    const { style, valueStart, tagStart } = event;
    if (valueStart === -1) return { start: fallback, size: 1 };
    const start = startOf(event);
    if (style === SCALAR_STYLE.PLAIN && tagStart === -1 && /[-+.0-9]/.test(this.#text.charAt(valueStart))) {
      const written = getScalarValue(this.#text, event);
      const read = numberOf(written);
      if (read !== undefined && String(read) !== written) {
        this.alteredNumbers.push({ place: this.#placeAt(start), written, read });
      }
    }
    return { start, size: 1 };
  }

  #mapping({ start, style }: MappingEvent): YamlNode {
    const children = new Map<PathStep, { key: number; node: YamlNode }>();
    let size = 1;
    while (!this.#ends()) {
      const event = this.#events[this.#next];
      const key = this.#node(start);
      const name = this.#keyName(event, key.start, children);
      const value = this.#events[this.#next];
      const node = this.#node(key.start);
      if (name !== undefined && style === COLLECTION_STYLE.FLOW && isUnwritten(value)) {
        this.emptyKeys.push({ place: this.#placeAt(key.start), key: name });
      }
      size += key.size + node.size;
      if (name !== undefined) children.set(name, { key: key.start, node });
    }
    return { start, size, children };
  }

  #keyName(event: Event | undefined, start: number, known: ReadonlyMap<PathStep, unknown>): string | undefined {
    if (event?.type !== EVENT_ID.SCALAR) {
      this.#refuse("yaml-key-not-text", start, "a key must be plain text");
      return undefined;
    }
    const name = event.valueStart === -1 ? "" : getScalarValue(this.#text, event);
    if (name === "__proto__") {
      this.#refuse(
        "yaml-key-refused",
        start,
        `the key "__proto__" is refused: programs that copy it change every object`,
        "rename it",
      );
      // A merge key may stand twice.
    } else if (known.has(name) && !(name === "<<" && event.style === SCALAR_STYLE.PLAIN)) {
      this.#refuse("yaml-key-twice", start, `the key "${name}" stands twice in one mapping`, "remove one of them");
    }
    return name;
  }

  #sequence(start: number): YamlNode {
    const children = new Map<PathStep, { key: number; node: YamlNode }>();
    let size = 1;
    while (!this.#ends()) {
      const node = this.#node(start);
      size += node.size;
      children.set(children.size, { key: node.start, node });
    }
    return { start, size, children };
  }

  #alias(anchorStart: number, anchorEnd: number): YamlNode {
    const name = this.#text.slice(anchorStart, anchorEnd);
    const size = this.#sizes.get(name);
    const start = anchorStart - 1;
    if (size === undefined) this.#refuse("yaml-unknown-alias", start, `the alias *${name} has no anchor before it`);
    return { start, size: size ?? 0 };
  }

  #ends(): boolean {
    const event = this.#events[this.#next];
    if (event !== undefined && event.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  #refuseDocument(): void {
    this.#next += 1;
    const { start } = this.#node(this.#text.length);
    const marker = this.#text.lastIndexOf("---", start);
    this.#refuse("yaml-several-documents", marker === -1 ? start : marker, "more than one document", "keep one");
  }

  #refuse(code: YamlCode, offset: number, message: string, fix?: string): void {
    this.problems.push({ code, message, at: this.#placeAt(offset), ...(fix === undefined ? {} : { fix }) });
  }
}

const MULTIPLIES = "an alias that holds aliases multiplies; write the values out";

/** Where a scalar begins, its quote included; of a block, its first line. */
function startOf({ style, valueStart }: ScalarEvent): number {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? valueStart - 1 : valueStart;
}

/** Neither a value nor a tag or an anchor of one. */
function isUnwritten(event: Event | undefined): boolean {
  return (
    event?.type === EVENT_ID.SCALAR && event.valueStart === -1 && event.tagStart === -1 && event.anchorStart === -1
  );
}

function numberOf(text: string): number | undefined {
  for (const tag of [intCoreTag, floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return undefined;
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isJsonObject(value) && Object.values(value).every(isJson);
}

/** The way to the first value that is no JSON. */
function firstWithoutForm(value: unknown): readonly PathStep[] {
  const children: readonly (readonly [PathStep, unknown])[] = Array.isArray(value)
    ? value.map((child, index) => [index, child] as const)
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  const found = children.find(([, child]) => !isJson(child));
  return found === undefined ? [] : [found[0], ...firstWithoutForm(found[1])];
}
