import type { PlanGround } from "./planning/planned-push.ts";
import type { ReplayImage } from "./replay-document.ts";

/** A leg of a family. */
interface GroundLeg {
  /** Its image, by number. */
  readonly image: number;
  /** From 1; null: it waits for nothing. */
  readonly wave: number | null;
}

/** The images and legs of one ground, by their numbers in the document. */
export interface GroundIndex {
  /** All legs, list by list, in file order. */
  readonly legs: readonly GroundLeg[];
  /** Where each list begins among them. */
  readonly starts: ReadonlyMap<string, number>;
  /** Images in file order. */
  readonly images: readonly number[];
}

type CountedImage = { -readonly [key in keyof ReplayImage]: ReplayImage[key] };

/** Numbers of images, by their names: what they are called stays when repositories do not. */
export class ImageIndex {
  readonly #numbers = new Map<string, number>();
  readonly #images: CountedImage[] = [];
  readonly #grounds = new WeakMap<PlanGround, GroundIndex>();

  /** `today`: it is what lies there now. */
  of(ground: PlanGround, today = false): GroundIndex {
    const known = this.#grounds.get(ground);
    if (known !== undefined && !today) return known;
    const { family, graph } = ground;
    const { identify } = family.identity;
    const starts = new Map<string, number>();
    const legs: GroundLeg[] = [];
    const numbers = new Map<string, number>();
    for (const { name: list, entries } of family.matrix.lists) {
      starts.set(list, legs.length);
      for (const [index, entry] of entries.entries()) {
        const { id, name } = identify(entry);
        const image = numbers.get(id) ?? this.#numberOf(name);
        numbers.set(id, image);
        legs.push({ image, wave: list === graph.list.name ? (graph.waveOf(index) ?? null) : null });
      }
    }
    const images = [...new Set(numbers.values())];
    const found = { legs, starts, images };
    this.#describe(found, ground, numbers, today);
    this.#grounds.set(ground, found);
    return found;
  }

  built(image: number): void {
    const counted = this.#images[image];
    if (counted !== undefined) counted.builds += 1;
  }

  all(): readonly ReplayImage[] {
    return this.#images;
  }

  /** What is there today is described as it is today. */
  #describe(
    { legs, images }: GroundIndex,
    { graph: { graph } }: PlanGround,
    numbers: ReadonlyMap<string, number>,
    today: boolean,
  ): void {
    const counts = Map.groupBy(legs, ({ image }) => image);
    const bases = Map.groupBy(graph.edges.flat(), ({ from }) => numbers.get(from));
    for (const number of images) {
      const image = this.#images[number];
      if (image === undefined || (image.today && !today)) continue;
      const own = counts.get(number) ?? [];
      image.today = today;
      image.legs = own.length;
      image.wave = own[0]?.wave ?? null;
      image.bases = [...new Set((bases.get(number) ?? []).flatMap(({ to }) => numbers.get(to) ?? []))];
    }
  }

  #numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#images.push({ name, today: false, legs: 0, wave: null, bases: [], builds: 0 }) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}
