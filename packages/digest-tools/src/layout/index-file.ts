import { isJsonObject, type JsonObject } from "@fanfold-internal/kit/read/json";
import { type Descriptor, type Digest, OCI_INDEX } from "../oci/descriptor.ts";
import { readDescriptor, readDocument } from "../oci/descriptor-json.ts";

/** An entry of a layout's `index.json`: the manifest, and its tag. */
export interface LayoutEntry {
  readonly descriptor: Descriptor;
  readonly tag: string | undefined;
}

interface WrittenEntry extends LayoutEntry {
  readonly written: JsonObject;
}

/** `index.json` as it was read, so that what other tools wrote into it is kept when it is written again. */
export interface LayoutIndex {
  readonly entries: readonly WrittenEntry[];
  readonly document: JsonObject;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md: on `index.json` of a layout, the tag. */
const REF_NAME = "org.opencontainers.image.ref.name";

export const EMPTY_INDEX: LayoutIndex = { entries: [], document: { schemaVersion: 2, mediaType: OCI_INDEX } };

/** @throws DigestToolsError `invalid-layout` */
export function parseLayoutIndex(text: string, file: string): LayoutIndex {
  const json = readDocument(text, { at: { file }, code: "invalid-layout", fix: "build the layout again" });
  const entries = json
    .at("manifests")
    .items()
    .map((item) => {
      const descriptor = readDescriptor(item);
      return {
        descriptor,
        tag: descriptor.annotations?.[REF_NAME],
        written: isJsonObject(item.value) ? item.value : {},
      };
    });
  return { entries, document: isJsonObject(json.value) ? json.value : {} };
}

export function formatLayoutIndex({ entries, document }: LayoutIndex): string {
  return JSON.stringify({ ...document, manifests: entries.map(({ written }) => written) });
}

/** A change of `index.json`: a manifest gets a tag, or is kept without one. */
export interface LayoutUpdate {
  readonly descriptor: Descriptor;
  readonly tag: string | undefined;
  /** Digests that the manifest names, when it is an index: they need no entry of their own any more. */
  readonly children: ReadonlySet<Digest>;
}

/**
 * The index after some updates; the same object when they change nothing. A tag stands once; a manifest has an entry
 * without a tag only while no other manifest names it, because readers take what `index.json` lists for the images.
 */
export function updateLayoutIndex(index: LayoutIndex, updates: readonly LayoutUpdate[]): LayoutIndex {
  const entries = updates.reduce(applied, index.entries);
  return entries === index.entries ? index : { ...index, entries };
}

function applied(
  entries: readonly WrittenEntry[],
  { descriptor, tag, children }: LayoutUpdate,
): readonly WrittenEntry[] {
  const { mediaType, digest, size } = descriptor;
  const isPresent = entries.some((entry) => entry.descriptor.digest === digest && (tag ?? entry.tag) === entry.tag);
  const kept = entries.filter((entry) => {
    if (entry.tag !== undefined) return entry.tag !== tag || entry.descriptor.digest === digest;
    if (entry.descriptor.digest === digest) return tag === undefined;
    return !children.has(entry.descriptor.digest);
  });
  if (isPresent) return kept.length === entries.length ? entries : kept;
  const plain = { mediaType, digest, size };
  const written = tag === undefined ? plain : { ...plain, annotations: { [REF_NAME]: tag } };
  return [...kept, { descriptor: written, tag, written }];
}
