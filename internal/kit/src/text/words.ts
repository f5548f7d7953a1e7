/** `1 image`, `2 images`. */
export function countOf(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** The first of many, and how many are left out. */
export interface Few<Item> {
  readonly shown: readonly Item[];
  readonly more: number;
}

/** At most `most` items; a single one more is shown instead of "and 1 more". */
export function fewOf<Item>(items: readonly Item[], most: number): Few<Item> {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  return { shown, more: items.length - shown.length };
}

/** `a, b, c and 17 more` */
export function fewNames(names: readonly string[], most = 3): string {
  const { shown, more } = fewOf(names, most);
  return `${shown.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

/** `a`, `a or b`, `a, b or c` */
export function oneOfWords(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}
