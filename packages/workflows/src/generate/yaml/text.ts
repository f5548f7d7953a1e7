import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

/** A value as it is written; `beside` is a comment at the end of its line. */
export type Node = Scalar | YAMLMap | YAMLSeq;

export interface Entry {
  readonly key: string;
  readonly value: Node;
  /** A comment above the key. */
  readonly above?: string | undefined;
  /** A blank line above it. */
  readonly apart?: boolean;
}

/** A mapping, in this order; in one line when it is empty. */
export function mapping(entries: readonly Entry[]): YAMLMap {
  const map = new YAMLMap();
  map.flow = entries.length === 0;
  for (const { key, value, above, apart } of entries) {
    const name = new Scalar(key);
    if (above !== undefined) name.commentBefore = comment([above]);
    if (apart === true) name.spaceBefore = true;
    map.items.push(new Pair(name, value));
  }
  return map;
}

/** A list: `flow` in one line, `apart` with blank lines between its items. */
export function sequence(items: readonly Node[], layout: "flow" | "lines" | "apart"): YAMLSeq {
  const seq = new YAMLSeq();
  seq.flow = layout === "flow";
  for (const [index, item] of items.entries()) {
    if (layout === "apart" && index > 0) item.spaceBefore = true;
    seq.items.push(item);
  }
  return seq;
}

/** What Fanfold itself says: quoted only where YAML needs it. */
export function scalar(value: string | number | boolean | null, beside?: string): Scalar {
  const node = new Scalar(value);
  if (beside !== undefined) node.comment = ` ${oneLine(beside)}`;
  return node;
}

/** What somebody else says: always quoted, so that no reader, YAML 1.1 included, takes text for anything else. */
export function quoted(value: string): Scalar {
  const node = new Scalar(value);
  node.type = Scalar.QUOTE_DOUBLE;
  return node;
}

/** Nothing behind a key: `merge_group:`. */
export function nothing(): Scalar {
  const node = new Scalar(null);
  node.source = "";
  return node;
}

/** A file; its last line ends, its lines end in LF. */
export function yamlText(header: readonly string[], contents: YAMLMap): string {
  const document = new Document();
  document.contents = contents;
  document.commentBefore = comment(header);
  return document.toString({ lineWidth: 0, blockQuote: "literal", flowCollectionPadding: false, nullStr: "" });
}

function comment(lines: readonly string[]): string {
  return lines.map((line) => ` ${oneLine(line)}`).join("\n");
}

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u0085\u2028\u2029]+/g, " ");
