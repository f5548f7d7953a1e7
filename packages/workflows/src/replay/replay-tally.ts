import type { WalkedPush } from "@fanfold/changed-backends/internal";
import { AgainstTally } from "./against-tally.ts";
import { CauseTally } from "./cause-tally.ts";
import { namedCause } from "./causes.ts";
import { type GroundIndex, ImageIndex } from "./image-index.ts";
import type { PlannedPush, PlannedSelection } from "./planning/planned-push.ts";
import type { Replay, ReplayCounts, ReplayPeriod, ReplayPush, ReplayTotals } from "./replay-document.ts";
import { UnmentionedFiles } from "./unmentioned-files.ts";

/** By both configs, where there is a second one. */
export interface PushPlans {
  readonly ours: PlannedPush;
  readonly against: PlannedPush | null;
}

type Counts = { -readonly [key in keyof ReplayCounts]: ReplayCounts[key] };
type Totals = Omit<ReplayTotals, "ours" | "everythingEachTime" | "against" | "cost">;

/** What lists of the document hold at most. */
const MOST = { pushes: 5_000, causes: 1_000, why: 40, unmentioned: 500, missed: 50 } as const;

/** What of a document comes of its pushes. */
export type TalliedPushes = Pick<
  Replay,
  "images" | "causes" | "period" | "pushes" | "totals" | "unmentioned" | "more" | "against"
>;

/** Sums pushes up, from the oldest to the newest; of each it keeps what the document has of it. */
export class ReplayTally {
  readonly images: ImageIndex = new ImageIndex();
  readonly #causes = new CauseTally();
  readonly #unmentioned = new UnmentionedFiles();
  readonly #pushes: ReplayPush[] = [];
  readonly #totals: { -readonly [key in keyof Totals]: Totals[key] } = {
    pushes: 0,
    nothing: 0,
    everything: 0,
    refused: 0,
  };
  readonly #ours: Counts = { entries: 0, images: 0 };
  readonly #all: Counts = { entries: 0, images: 0 };
  readonly #against: AgainstTally | null;
  #period: ReplayPeriod | null = null;
  #left = 0;

  /** `against`: the second config, as it was named. */
  constructor(against: string | null) {
    this.#against = against === null ? null : new AgainstTally(against);
  }

  /** As it stands in the document, with causes by the numbers that they have until the end. */
  add({ push, changes = [] }: WalkedPush, { ours, against }: PushPlans): ReplayPush {
    this.#totals.pushes += 1;
    this.#period = widened(this.#period, push.time);
    const built = ours.kind === "planned" ? this.#built(ours) : undefined;
    const difference = this.#against?.difference({ ours, against, built: built?.causes }, this.images) ?? null;
    const row: ReplayPush = {
      sha: push.sha,
      parent: push.before,
      time: push.time,
      subject: push.subject,
      commits: push.commits,
      rewritten: push.rewritten,
      files: changes.length,
      precision: ours.kind === "planned" ? ours.precision : "unknown",
      reason: ours.kind === "planned" ? ours.reason : null,
      refused: ours.kind === "refused" ? ours.why : null,
      entries: built?.legs.length ?? 0,
      of: built?.everything.length ?? 0,
      images: built?.images ?? [],
      waves: new Set(built?.legs.flatMap(({ wave }) => wave ?? [])).size,
      why: built?.why ?? [],
      moreWhy: built?.moreWhy ?? 0,
      against: difference,
      cost: null,
    };
    this.#sum(row, built);
    this.#pushes.push(row);
    if (this.#pushes.length > MOST.pushes) {
      this.#pushes.shift();
      this.#left += 1;
    }
    return row;
  }

  result(): TalliedPushes {
    const { causes, more, placeOf } = this.#causes.sorted(MOST.causes);
    const { files, more: moreFiles } = this.#unmentioned.sorted(MOST.unmentioned);
    const pushes = this.#pushes.toReversed().map((push) => {
      const why = push.why.flatMap(({ cause, ...rest }) => {
        const place = placeOf(cause);
        return place === undefined ? [] : [{ ...rest, cause: place }];
      });
      return { ...push, why, moreWhy: push.moreWhy + push.why.length - why.length };
    });
    return {
      images: this.images.all(),
      causes,
      period: this.#period,
      pushes,
      totals: {
        ...this.#totals,
        ours: this.#ours,
        everythingEachTime: this.#all,
        against: this.#against?.counts ?? null,
        cost: null,
      },
      unmentioned: files,
      more: { pushes: this.#left, causes: more, unmentioned: moreFiles },
      against: this.#against?.result(placeOf, MOST.missed) ?? null,
    };
  }

  #sum(row: ReplayPush, built: BuiltPush | undefined): void {
    const totals = this.#totals;
    if (built === undefined) totals.refused += 1;
    else if (row.entries === 0) totals.nothing += 1;
    if (row.entries > 0 && row.entries === row.of) totals.everything += 1;
    this.#ours.entries += row.entries;
    this.#ours.images += row.images.length;
    this.#all.entries += row.of;
    this.#all.images += built?.of ?? 0;
    for (const image of row.images) this.images.built(image);
  }

  #built(planned: PlannedSelection): BuiltPush {
    const { legs: everything, starts, images: all } = this.images.of(planned.ground);
    const { selection } = planned;
    const legAt = (list: string, index: number): GroundIndex["legs"][number] | undefined =>
      everything[(starts.get(list) ?? 0) + index];
    const legs = selection.lists.flatMap(({ name, selected }) => selected.flatMap((index) => legAt(name, index) ?? []));
    const images = new Map(legs.map(({ image }) => [image, { entries: 0, causes: new Set<number>() }]));
    for (const { image } of legs) {
      const counted = images.get(image);
      if (counted !== undefined) counted.entries += 1;
    }
    const why: ReplayPush["why"][number][] = [];
    let more = 0;
    for (const cause of selection.causes) {
      const image = legAt(cause.matrix, cause.entry)?.image;
      const named = namedCause(cause, planned);
      const counted = image === undefined ? undefined : images.get(image);
      if (image === undefined || named === undefined || counted === undefined) continue;
      const number = this.#causes.numberOf(named);
      if (counted.causes.has(number)) continue;
      counted.causes.add(number);
      // Of everything the reason says it all.
      if (named.kind === "everything") continue;
      if (why.length < MOST.why) why.push({ image, cause: number, path: cause.path });
      else more += 1;
    }
    this.#causes.add([...images.values()]);
    this.#unmentioned.add(selection.unmatched);
    const causes = new Map([...images].map(([image, counted]) => [image, counted.causes]));
    return { legs, everything, of: all.length, images: [...images.keys()], causes, why, moreWhy: more };
  }
}

/** Clocks differ: the newest push need not be the latest. */
function widened(period: ReplayPeriod | null, time: string): ReplayPeriod | null {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return period;
  if (period === null) return { from: time, to: time };
  return {
    from: at < Date.parse(period.from) ? time : period.from,
    to: at > Date.parse(period.to) ? time : period.to,
  };
}

interface BuiltPush {
  readonly legs: GroundIndex["legs"];
  readonly everything: GroundIndex["legs"];
  /** Images of the matrix file. */
  readonly of: number;
  readonly images: readonly number[];
  readonly causes: ReadonlyMap<number, ReadonlySet<number>>;
  readonly why: ReplayPush["why"];
  readonly moreWhy: number;
}
