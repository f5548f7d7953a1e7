import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/edge/json";
import type { Descriptor, Digest } from "./descriptor.ts";
import { JsonReader, type JsonSource } from "./json-reader.ts";
import { OCI_INDEX } from "./media-type.ts";

/** An entry of a layout's `index.json`: what it holds, and under which tag. */
export interface LayoutEntry {
  readonly descriptor: Descriptor;
  readonly tag: string | undefined;
}

/** `index.json` as it was read: of other tools' entries nothing is lost when it is written again. */
export interface LayoutIndex {
  readonly entries: readonly LayoutEntry[];
  readonly document: JsonObject;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md: on `index.json` of a layout, the tag. */
const REF_NAME = "org.opencontainers.image.ref.name";

export const EMPTY_INDEX: LayoutIndex = {
  entries: [],
  document: { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] },
};

/** @throws DigestToolsError `invalid-layout` */
export function parseLayoutIndex(text: string, file: string): LayoutIndex {
  const source: JsonSource = { name: file, code: "invalid-layout", fix: "build the layout anew" };
  const manifests = JsonReader.parse(text, source).at("manifests");
  const entries = manifests.items().map((item) => {
    const descriptor = item.descriptor();
    return { descriptor, tag: descriptor.annotations?.[REF_NAME] };
  });
  const document: unknown = JSON.parse(text);
  return { entries, document: isJsonObject(document) ? document : {} };
}

/** What to change in an `index.json`: a manifest gets a tag, or is kept without one. */
export interface LayoutUpdate {
  readonly descriptor: Descriptor;
  readonly tag: string | undefined;
  /** Digests that the manifest holds, when it is an index: they need no entry of their own any more. */
  readonly children: ReadonlySet<Digest>;
}

/**
 * The text of the index after some updates, or undefined when they change nothing. A tag stands once; a manifest has an
 * entry without a tag only while nothing else leads to it, as readers take what `index.json` lists for the images.
 */
export function updateLayoutIndex({ document }: LayoutIndex, updates: readonly LayoutUpdate[]): string | undefined {
  const before = Array.isArray(document["manifests"]) ? document["manifests"].filter(isJsonObject) : [];
  let entries: readonly JsonObject[] = before;
  for (const update of updates) entries = applied(entries, update);
  const same = entries.length === before.length && entries.every((entry, index) => entry === before[index]);
  return same ? undefined : JSON.stringify({ ...document, manifests: entries });
}

function applied(entries: readonly JsonObject[], { descriptor, tag, children }: LayoutUpdate): readonly JsonObject[] {
  const { mediaType, digest, size } = descriptor;
  const present = entries.some((entry) => entry["digest"] === digest && (tag === undefined || tagOf(entry) === tag));
  const superfluous = (entry: JsonObject): boolean => {
    if (tagOf(entry) !== undefined) return tag !== undefined && tagOf(entry) === tag && entry["digest"] !== digest;
    if (entry["digest"] === digest) return tag !== undefined;
    return [...children].some((child) => child === entry["digest"]);
  };
  const kept = entries.filter((entry) => !superfluous(entry));
  if (present) return kept.length === entries.length ? entries : kept;
  return [...kept, { mediaType, digest, size, ...(tag === undefined ? {} : { annotations: { [REF_NAME]: tag } }) }];
}

function tagOf(entry: JsonObject): Json | undefined {
  const annotations = entry["annotations"];
  return isJsonObject(annotations) ? annotations[REF_NAME] : undefined;
}
