import type { NamedCause } from "./causes.ts";
import type { ReplayCause } from "./replay-document.ts";

interface Counted {
  readonly kind: ReplayCause["kind"];
  /** As it reads in the newest push. */
  text: string;
  builds: number;
  alone: number;
  pushes: number;
}

/** What causes have caused, by their numbers in the order in which they were met. */
export class CauseTally {
  readonly #numbers = new Map<string, number>();
  readonly #counted: Counted[] = [];

  numberOf({ kind, text, key }: NamedCause): number {
    const known = this.#numbers.get(key);
    const cause = known === undefined ? undefined : this.#counted[known];
    if (known !== undefined && cause !== undefined) {
      cause.text = text;
      return known;
    }
    const number = this.#counted.push({ kind, text, builds: 0, alone: 0, pushes: 0 }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  /** One push: the causes of each image, and how many entries each has. */
  add(images: readonly { readonly entries: number; readonly causes: ReadonlySet<number> }[]): void {
    const met = new Set<number>();
    for (const { entries, causes } of images) {
      for (const number of causes) {
        const cause = this.#counted[number];
        if (cause === undefined) continue;
        cause.builds += entries;
        if (causes.size === 1) cause.alone += entries;
        if (!met.has(number)) cause.pushes += 1;
        met.add(number);
      }
    }
  }

  /** Most builds first, with the place of each number among them; undefined: it is left out. */
  sorted(most: number): {
    readonly causes: readonly ReplayCause[];
    readonly more: number;
    readonly placeOf: (number: number) => number | undefined;
  } {
    const order = [...this.#counted.entries()].toSorted(([, left], [, right]) => right.builds - left.builds);
    const kept = order.slice(0, most);
    const places = new Map(kept.map(([number], place) => [number, place]));
    return {
      causes: kept.map(([, cause]) => ({ ...cause })),
      more: order.length - kept.length,
      placeOf: (number) => places.get(number),
    };
  }
}
