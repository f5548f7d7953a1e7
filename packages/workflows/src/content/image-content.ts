import { groupEntries } from "@fanfold/merge-matrix";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { Family } from "../config/family.ts";
import { contentKey, hashOf } from "./content-key.ts";
import type { EntryContents } from "./entry-contents.ts";

/** Keys of images by their ids; null, or none: not known. */
export type KnownKeys = ReadonlyMap<string, string | null>;

/** What an image of the family is built from. */
export interface ImageContent {
  readonly id: string;
  /** The images of the family that it is built from, by their ids. */
  readonly bases: readonly string[];
  /** Why its key cannot be known, whatever its bases' are; undefined: it can. */
  readonly unknown: string | undefined;
  /**
   * The key of the image as it is built on these: null where one of them is not known. `watched`: digests of images from
   * elsewhere that the build is held to, by name.
   */
  keyWith(bases: KnownKeys, watched?: Readonly<Record<string, string>>): string | null;
}

/** By their ids, all images of a family: what the legs of each are built from, and on what. */
export function imageContents(
  { matrix, identity }: Pick<Family, "matrix" | "identity">,
  { list, graph }: Pick<FamilyGraph, "list" | "graph">,
  contents: EntryContents,
): ReadonlyMap<string, ImageContent> {
  const images = matrix.lists.flatMap(({ name, entries }) =>
    groupEntries(entries, identity.identify).map(({ identity: { id }, legs }): ImageContent => {
      const indexes = name === list.name ? legs.map(({ index }) => index) : [];
      const bases = [...new Set(indexes.flatMap((index) => (graph.edges[index] ?? []).map(({ to }) => to)))];
      const [perhaps] = indexes.flatMap((index) => graph.perhaps[index] ?? []);
      const without = (unknown: string): ImageContent => ({ id, bases, unknown, keyWith: () => null });
      if (contents.kind === "unknown") return without(contents.reason);
      if (perhaps !== undefined) return without(`it may be built from other images (${perhaps.where})`);
      const hashes = contents.byList.get(name);
      const own = legs.flatMap(({ index }) => hashes?.[index] ?? []);
      if (own.length < legs.length) return without("nobody asked what it is built from");
      // The order of legs does not count.
      const sorted = own.toSorted();
      return { id, bases, unknown: undefined, keyWith: (keys, watched) => keyOf(sorted, bases, keys, watched) };
    }),
  );
  return new Map(images.map((image) => [image.id, image]));
}

function keyOf(
  own: readonly string[],
  bases: readonly string[],
  keys: KnownKeys,
  watched: Readonly<Record<string, string>> = {},
): string | null {
  const known = bases.flatMap((base) => keys.get(base) ?? []);
  return known.length < bases.length ? null : contentKey([own, known.toSorted(), hashOf(watched)]);
}

/** An image's key, as everything is built from the commit; null, and why, where nobody knows it. */
export type CommitKey =
  | { readonly key: string; readonly why: null }
  | { readonly key: null; readonly why: { readonly base: string | null; readonly reason: string } };

/** What the commit would give an image; `base`: the id of the image below it of which nobody knows. */
export function commitKey(id: string, contents: ReadonlyMap<string, ImageContent>): CommitKey {
  const keys = keysOfBuilt(contents, new Set(contents.keys()));
  const key = keys.get(id) ?? null;
  return key === null ? { key, why: whyUnknown(id, contents, keys) } : { key, why: null };
}

function whyUnknown(
  id: string,
  contents: ReadonlyMap<string, ImageContent>,
  keys: KnownKeys,
): Extract<CommitKey, { readonly key: null }>["why"] {
  for (let at = id, seen = new Set<string>(); ; seen.add(at)) {
    const content = contents.get(at);
    const below = content?.bases.find((base) => (keys.get(base) ?? null) === null && !seen.has(base));
    if (content?.unknown === undefined && below !== undefined) {
      at = below;
      continue;
    }
    const reason = content?.unknown ?? "an image from elsewhere, which is watched, cannot be read";
    return { base: at === id ? null : at, reason };
  }
}

/**
 * The keys of what a run builds: bases that it builds too count as they come out of it, all others as they stand. What it
 * does not build is in it as it stands.
 */
export function keysOfBuilt(
  contents: ReadonlyMap<string, ImageContent>,
  built: ReadonlySet<string>,
  standing: KnownKeys = new Map(),
): KnownKeys {
  const keys = new Map<string, string | null>(standing);
  const done = new Set<string>();
  const visit = (id: string): void => {
    if (done.has(id) || !built.has(id)) return;
    done.add(id);
    const content = contents.get(id);
    // Of images that are built from each other none has a key: the plan refuses them.
    keys.delete(id);
    for (const base of content?.bases ?? []) visit(base);
    keys.set(id, content?.keyWith(keys) ?? null);
  };
  for (const id of built) visit(id);
  return keys;
}
