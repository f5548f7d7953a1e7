import { isAlias, isNode, isScalar, type Node, type YAMLMap } from "yaml";
import type { NativeLeg } from "./native-legs.ts";

/** An entry of a list as it is written. */
export interface EntrySource {
  /** Whole lines, from the one with its dash to the one where its last value ends. */
  readonly start: number;
  readonly end: number;
  readonly node: YAMLMap;
  /** The item in the concrete syntax: comments and anchors with their places. */
  readonly token: object;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The lines of a leg: those of the entry, with other values. `copy`: without its comments and anchors, which stay with the first leg. */
export function legText(text: string, source: EntrySource, leg: NativeLeg, copy: boolean): string {
  const edits = [...valueEdits(text, source, leg), ...(copy ? removals(text, source) : [])];
  let result = "";
  let at = source.start;
  for (const { start, end, text: replacement } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    // What is replaced takes its comments and anchors with it.
    if (start < at) continue;
    result += text.slice(at, start) + replacement;
    at = end;
  }
  const lines = result + text.slice(at, source.end);
  return lines.endsWith("\n") ? lines : `${lines}${lineEnd(text)}`;
}

export interface Obstacle {
  readonly reason: string;
  readonly fix: string;
}

/** What keeps an entry from being split in its text; undefined: nothing. */
export function obstacle(node: YAMLMap, aliases: ReadonlySet<string>): Obstacle | undefined {
  const shared = "write out what they share, then split again";
  if (node.anchor !== undefined && aliases.has(node.anchor)) {
    return { reason: `other entries are made from it, by its anchor &${node.anchor}`, fix: shared };
  }
  for (const key of ["platforms", "platform-tag", "runs-on"]) {
    const value = memberOf(node, key)?.value;
    if (value === undefined || isAlias(value)) continue;
    if (value.anchor !== undefined && aliases.has(value.anchor)) {
      return { reason: `other entries take their ${key} from it, by the anchor &${value.anchor}`, fix: shared };
    }
    const block = isScalar(value)
      ? value.type === "BLOCK_LITERAL" || value.type === "BLOCK_FOLDED"
      : !("flow" in value && value.flow === true);
    if (block) return { reason: `${key} is written over several lines`, fix: "write it in one line" };
  }
  return undefined;
}

function valueEdits(text: string, { node, end }: EntrySource, leg: NativeLeg): readonly Edit[] {
  const style = quoteOf(text, memberOf(node, "platforms"));
  const wanted: readonly (readonly [key: string, value: string])[] = [
    ["platforms", leg.platform],
    ["platform-tag", leg.platformTag],
    ...(leg.runsOn === undefined ? [] : [["runs-on", leg.runsOn] as const]),
  ];
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const [key, value] of wanted) {
    const member = memberOf(node, key);
    if (member === undefined) {
      added.push(`${key}: ${quoted(value, style)}`);
      continue;
    }
    const padding = text[member.valueStart - 1] === ":" ? " " : "";
    edits.push({
      start: member.valueStart,
      end: member.valueEnd,
      text: padding + quoted(value, quoteOf(text, member)),
    });
  }
  return added.length === 0 ? edits : [...edits, insertion(text, node, end, added)];
}

/** New keys stand behind `platforms`, or behind the last key where that comes from a merge. */
function insertion(text: string, node: YAMLMap, end: number, added: readonly string[]): Edit {
  const members = node.items.flatMap(({ key, value }) => member(key, value));
  const before = memberOf(node, "platforms") ?? members.at(-1);
  const at = before?.valueEnd ?? end;
  if (node.flow === true) return { start: at, end: at, text: added.map((line) => `, ${line}`).join("") };
  const keyStart = before?.keyStart ?? end;
  const indent = " ".repeat(keyStart - lineStart(text, keyStart));
  const eol = lineEnd(text);
  const next = endOfLine(text, at);
  const missing = next > 0 && text[next - 1] !== "\n" ? eol : "";
  return { start: next, end: next, text: missing + added.map((line) => `${indent}${line}${eol}`).join("") };
}

/** Comments and anchors of an entry, with the white space that belongs to them. */
function removals(text: string, { start, end, token }: EntrySource): readonly Edit[] {
  const edits: Edit[] = [];
  walk(token, (part) => {
    if (part.type !== "comment" && part.type !== "anchor") return;
    if (part.offset < start || part.offset >= end) return;
    let from = part.offset;
    let to = from + part.source.length;
    if (part.type === "anchor" && text[to] === " ") to += 1;
    else while (from > start && (text[from - 1] === " " || text[from - 1] === "\t")) from -= 1;
    const wholeLine = from === lineStart(text, from) && part.type === "comment";
    edits.push({ start: from, end: wholeLine ? endOfLine(text, to) : to, text: "" });
  });
  return edits;
}

type Part = { readonly type: string; readonly offset: number; readonly source: string };

function walk(value: unknown, visit: (part: Part) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (typeof value === "object" && value !== null) {
    if (isPart(value)) visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function isPart(value: object): value is Part {
  return (
    "type" in value &&
    typeof value.type === "string" &&
    "offset" in value &&
    typeof value.offset === "number" &&
    "source" in value &&
    typeof value.source === "string"
  );
}

/** A key and its value, where they stand. */
interface Member {
  readonly name: unknown;
  readonly keyStart: number;
  readonly value: Node | undefined;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function memberOf(node: YAMLMap, key: string): Member | undefined {
  return node.items.flatMap((pair) => member(pair.key, pair.value)).find(({ name }) => name === key);
}

function member(key: unknown, value: unknown): readonly Member[] {
  if (!isScalar(key) || !key.range) return [];
  const node = isNode(value) ? value : undefined;
  // A key without a value ends in its colon.
  const [valueStart, valueEnd] = node?.range ?? [key.range[1] + 1, key.range[1] + 1];
  return [{ name: key.value, keyStart: key.range[0], value: node, valueStart, valueEnd }];
}

type Quote = "'" | '"' | "";

function quoteOf(text: string, found: Member | undefined): Quote {
  const first = isScalar(found?.value) ? text[found.valueStart] : undefined;
  return first === "'" || first === '"' ? first : "";
}

function quoted(value: string, quote: Quote): string {
  if (quote === "'" && !value.includes("'")) return `'${value}'`;
  return quote === "" && /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) ? value : JSON.stringify(value);
}

const lineEnd = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Behind the line break of the line that an offset is in; a value may hold its own. */
export function endOfLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}
