import { canonicalJson } from "@fanfold-internal/kit/read/json";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";

/** What the change of a matrix file itself means for one of its lists. */
interface EntryChanges {
  /** Indexes of entries that are new, or whose fields differ. */
  readonly changed: ReadonlySet<number>;
  /** Ids of images that lost an entry, the others being what they were. */
  readonly shrunk: ReadonlySet<string>;
}

/** Compares by value within a list and an image: neither the order of entries or keys nor the layout counts. */
function entryChanges(list: MatrixList, base: readonly MatrixList[], identify: Identify): EntryChanges {
  const left = new Map<string, Map<string, number>>();
  for (const entry of base.find(({ name }) => name === list.name)?.entries ?? []) {
    const { id } = identify(entry);
    const group = left.get(id) ?? new Map<string, number>();
    left.set(id, group);
    const value = canonicalJson(entry);
    group.set(value, (group.get(value) ?? 0) + 1);
  }
  const changed = new Set<number>();
  const altered = new Set<string>();
  for (const [index, entry] of list.entries.entries()) {
    const { id } = identify(entry);
    const group = left.get(id);
    const value = canonicalJson(entry);
    const count = group?.get(value) ?? 0;
    if (count === 0) {
      changed.add(index);
      altered.add(id);
    } else if (count === 1) group?.delete(value);
    else group?.set(value, count - 1);
  }
  // What is left of an image is what its changed entries were before, or entries that are gone.
  const lost = [...left].filter(([id, group]) => group.size > 0 && !altered.has(id));
  const shrunk = new Set(lost.map(([id]) => id));
  return { changed, shrunk };
}

/** Indexes of entries whose image differs from that of every base; `ids`: of the images of the list's entries. */
export function differingEntries(
  list: MatrixList,
  ids: readonly string[],
  { bases, identify }: { readonly bases: readonly (readonly MatrixList[])[]; readonly identify: Identify },
): readonly number[] {
  const perBase = bases.map((base) => affectedEntries(list, base, identify));
  const images = perBase.map((entries) => new Set([...entries].map((index) => ids[index])));
  const entries = new Set(perBase.flatMap((each) => [...each]));
  return [...entries]
    .filter((index) => images.every((each) => each.has(ids[index])))
    .toSorted((left, right) => left - right);
}

/** Indexes of entries that are new or different, or whose image has lost a leg. */
export function affectedEntries(
  list: MatrixList,
  base: readonly MatrixList[],
  identify: Identify,
): ReadonlySet<number> {
  const { changed, shrunk } = entryChanges(list, base, identify);
  const shrunken = list.entries.flatMap((entry, index) => (shrunk.has(identify(entry).id) ? [index] : []));
  return new Set([...changed, ...shrunken]);
}
