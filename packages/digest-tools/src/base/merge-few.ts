/** The first of many, and how many are left out. */
interface Few<T> {
  readonly shown: readonly T[];
  readonly more: number;
}

/** What is one more than allowed is shown in the place of the words that it is left out. */
export function fewOf<T>(items: readonly T[], most: number): Few<T> {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  return { shown, more: items.length - shown.length };
}

/** `a, b, c and 17 more`; what is there, of many names. */
export function fewNames(names: readonly string[]): string {
  const { shown, more } = fewOf(names, 3);
  return `${shown.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}
