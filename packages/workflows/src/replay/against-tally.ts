import type { ImageIndex } from "./image-index.ts";
import type { PlannedPush, PlannedSelection } from "./planning/planned-push.ts";
import type { ReplayAgainst, ReplayCounts, ReplayDifference } from "./replay-document.ts";

interface Compared {
  readonly ours: PlannedPush;
  readonly against: PlannedPush | null;
  /** Causes of the images that the first config builds. */
  readonly built: ReadonlyMap<number, ReadonlySet<number>> | undefined;
}

type Missed = { pushes: number; images: number };

/** What two configs select of one matrix file. */
export class AgainstTally {
  readonly counts: { -readonly [key in keyof ReplayCounts]: ReplayCounts[key] } = { entries: 0, images: 0 };
  readonly #config: string;
  readonly #byOurs: Missed = { pushes: 0, images: 0 };
  readonly #byAgainst: Missed = { pushes: 0, images: 0 };
  readonly #because = new Map<number, Missed>();

  constructor(config: string) {
    this.#config = config;
  }

  difference({ ours, against, built = new Map() }: Compared, images: ImageIndex): ReplayDifference {
    if (against === null || ours.kind === "refused") return nothing(null);
    if (against.kind === "refused") return nothing(against.why);
    // Images are those of the first config: the second one may tell them apart in another way.
    const legs = selectedLegs(against, images.of(ours.ground));
    const theirs = new Set(legs.map(({ image }) => image));
    const missedByOurs = [...theirs].filter((image) => !built.has(image));
    const missedByAgainst = [...built.keys()].filter((image) => !theirs.has(image));
    count(this.#byOurs, missedByOurs.length);
    count(this.#byAgainst, missedByAgainst.length);
    this.counts.entries += legs.length;
    this.counts.images += theirs.size;
    this.#explain(missedByAgainst, built);
    return { refused: null, entries: legs.length, images: theirs.size, missedByOurs, missedByAgainst };
  }

  result(placeOf: (cause: number) => number | undefined, most: number): ReplayAgainst {
    const because = [...this.#because]
      .toSorted(([, left], [, right]) => right.pushes - left.pushes || right.images - left.images)
      .flatMap(([number, missed]) => {
        const cause = placeOf(number);
        return cause === undefined ? [] : [{ cause, ...missed }];
      });
    return {
      config: this.#config,
      missedByOurs: this.#byOurs,
      missedByAgainst: this.#byAgainst,
      missedBecause: because.slice(0, most),
      moreBecause: Math.max(0, because.length - most),
    };
  }

  #explain(missed: readonly number[], built: ReadonlyMap<number, ReadonlySet<number>>): void {
    const met = new Set<number>();
    for (const image of missed) {
      for (const cause of built.get(image) ?? []) {
        const counted = this.#because.get(cause) ?? { pushes: 0, images: 0 };
        counted.images += 1;
        if (!met.has(cause)) counted.pushes += 1;
        met.add(cause);
        this.#because.set(cause, counted);
      }
    }
  }
}

function selectedLegs({ selection }: PlannedSelection, { legs, starts }: ReturnType<ImageIndex["of"]>) {
  return selection.lists.flatMap(({ name, selected }) =>
    selected.flatMap((index) => legs[(starts.get(name) ?? 0) + index] ?? []),
  );
}

function count(missed: Missed, images: number): void {
  if (images === 0) return;
  missed.pushes += 1;
  missed.images += images;
}

function nothing(refused: string | null): ReplayDifference {
  return { refused, entries: 0, images: 0, missedByOurs: [], missedByAgainst: [] };
}
