import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { backendOf, entryValue, tagSuffixOf } from "./entry-values.ts";
import { type Identify, imageText } from "./identity.ts";
import type { MatrixEntry, MatrixList } from "./matrix-file.ts";

/** An entry, and where it stands. */
export interface EntryRef {
  readonly list: string;
  /** Position in the list. */
  readonly index: number;
  readonly entry: MatrixEntry;
}

/** What a name that somebody typed stands for. */
export type FoundImage =
  | { readonly kind: "image" | "backend"; readonly name: string; readonly entries: readonly EntryRef[] }
  /** Nothing is called so, or several things are: one sentence, and what to do. */
  | { readonly kind: "unknown" | "ambiguous"; readonly message: string; readonly fix: string };

/** All entries of all lists, in file order. */
export function entryRefs(lists: readonly MatrixList[]): readonly EntryRef[] {
  return lists.flatMap(({ name, entries }) => entries.map((entry, index) => ({ list: name, index, entry })));
}

/**
 * The entries that a name stands for: an image by its full name, all entries of a backend, or an image by its `tag-suffix` or
 * its value of `image`, where no other image has the same. Where a text is several of these and one holds the others, the
 * larger one is taken. `""` is the plain image, as it is printed.
 */
export function findImage(text: string, lists: readonly MatrixList[], identify: Identify): FoundImage {
  const wanted = text === '""' ? "" : text;
  const images = imagesOf(lists, identify);
  const readings = readingsOf(wanted, images);
  const [clear, shared] = [readings.filter(({ isShared }) => !isShared), readings.filter(({ isShared }) => isShared)];
  const largest = clear.find((reading) => clear.every((other) => holds(reading, other)));
  if (largest === undefined) return readings.length === 0 ? unknown(text, images) : ambiguous(text, readings);
  // A suffix or a value that several images share is not their name, and takes nothing from the one whose name it is.
  const others = shared.filter(
    (reading) => !holds(largest, reading) && (reading.way === "image" || !holds(reading, largest)),
  );
  if (others.length > 0) return ambiguous(text, [largest, ...others]);
  const { way, entries, names } = largest;
  return way === "backend"
    ? { kind: "backend", name: wanted, entries }
    : { kind: "image", name: names[0] ?? "", entries };
}

interface NamedImage {
  readonly name: string;
  readonly entries: readonly EntryRef[];
}

/** One way in which a text is a name. */
interface Reading {
  readonly way: keyof typeof WAYS;
  readonly entries: readonly EntryRef[];
  /** Of the images that are meant. */
  readonly names: readonly string[];
  /** Several images have it, so that it names none of them. */
  readonly isShared: boolean;
}

const WAYS = {
  image: "the name of",
  backend: "the backend of",
  "tag-suffix": "the tag-suffix of",
  "image-key": "the value of image of",
} as const;

function imagesOf(lists: readonly MatrixList[], identify: Identify): readonly NamedImage[] {
  const refs = entryRefs(lists).map((ref) => ({ ref, identity: identify(ref.entry) }));
  return [...Map.groupBy(refs, ({ identity }) => identity.id).values()].map((group) => ({
    name: group[0]?.identity.name ?? "",
    entries: group.map(({ ref }) => ref),
  }));
}

function readingsOf(text: string, images: readonly NamedImage[]): readonly Reading[] {
  const having = (test: (entry: MatrixEntry) => boolean): readonly NamedImage[] =>
    images.filter(({ entries }) => entries.some(({ entry }) => test(entry)));
  const named = images.filter(({ name }) => name === text);
  const bySuffix = having((entry) => tagSuffixOf(entry) === text);
  const byKey = having((entry) => entryValue(entry, "image") === text);
  const ofBackend = text === "" ? [] : having((entry) => backendOf(entry) === text);
  const built = ofBackend.flatMap(({ entries }) => entries.filter(({ entry }) => backendOf(entry) === text));
  const reading = (way: Reading["way"], found: readonly NamedImage[]): Reading => ({
    way,
    entries: way === "backend" ? built : found.flatMap(({ entries }) => entries),
    names: found.map(({ name }) => name),
    isShared: way !== "backend" && found.length > 1,
  });
  const readings = [
    reading("image", named),
    reading("backend", ofBackend),
    reading("tag-suffix", bySuffix),
    reading("image-key", byKey),
  ];
  return readings.filter(({ entries }) => entries.length > 0);
}

function holds(one: Reading, other: Reading): boolean {
  const entries = new Set(one.entries);
  return other.entries.every((ref) => entries.has(ref));
}

/** Without those that another holds; of equal ones the first. */
function largestOf(readings: readonly Reading[]): readonly Reading[] {
  return readings.filter((reading, at) =>
    readings.every((other, position) => !holds(other, reading) || (holds(reading, other) && position >= at)),
  );
}

// Enough to choose from.
const MAX_NAMES = 20;

function ambiguous(text: string, readings: readonly Reading[]): FoundImage {
  const whats = largestOf(readings).map(({ way, names, entries }) => {
    const places = entries.map(({ list, index }) => `${list}[${index}]`);
    // Two images of one name can only be told apart by where they stand.
    const shown = way === "image" && names.length > 1 ? places : names.map(imageText);
    return `${WAYS[way]} ${way === "image" && names.length === 1 ? "an image" : fewNames(shown, MAX_NAMES)}`;
  });
  return {
    kind: "ambiguous",
    message: `${JSON.stringify(text)} is ${whats.join(", and ")}`,
    fix: readings.some(({ way }) => way === "image")
      ? "rename one of them in the matrix file, or name the others in full"
      : "name each image in full",
  };
}

function unknown(text: string, images: readonly NamedImage[]): FoundImage {
  const names = images.map(({ name }) => imageText(name));
  const others = images.flatMap(({ entries }) =>
    entries.flatMap(({ entry }) => [
      backendOf(entry) ?? [],
      entryValue(entry, "image") ?? [],
      entryValue(entry, "tag-suffix") ?? [],
    ]),
  );
  const known = new Set([...names, ...others.flat()]);
  return {
    kind: "unknown",
    message: `no image, backend or tag-suffix is called ${JSON.stringify(text)}${didYouMean(text, known)}`,
    fix: names.length === 0 ? "the matrix file has no entries" : `the images are ${fewNames(names, MAX_NAMES)}`,
  };
}
