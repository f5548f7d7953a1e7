import type { Replay, ReplayCosts, ReplayImage, ReplayPush, ReplayTotalCosts } from "../../replay/replay-document.ts";

export interface SampleOptions {
  readonly pushes: number;
  readonly images: number;
  /** With a second config, and with what it costs. */
  readonly whole?: boolean;
  /** The text of names, paths and subjects; its number is put behind it. */
  readonly text?: string;
}

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1, 8);

/** A replay whose numbers agree with each other, the same in every run. */
export function sampleReplay({ pushes: length, images: count, whole = true, text = "" }: SampleOptions): Replay {
  const random = randomNumbers();
  const below = (most: number): number => Math.floor(random() * most);
  const draft = Array.from({ length: count }, (_, at) => imageOf(at, text));
  const total = count * 2;
  const rules = [
    "backend/python/{backend}/**",
    "backend/go/{backend}/**",
    "backend/Dockerfile.python:12 COPY common",
    "base-0",
    "config-changed",
  ];
  const pushes = Array.from({ length }, (_, age): ReplayPush => {
    const kind = below(10);
    const everything = kind === 9;
    const images = everything
      ? draft.map((_, at) => at)
      : kind < 4
        ? []
        : [...new Set(Array.from({ length: 1 + below(3) }, () => below(count)))];
    const entries = images.length * 2;
    const missed = whole && kind === 5 ? images.slice(0, 1) : [];
    const number = length - age;
    return {
      sha: String(number).padStart(40, "0").replace(/^0{7}/, number.toString(16).padStart(7, "0")),
      parent: age === length - 1 ? null : String(number - 1).padStart(40, "0"),
      time: new Date(START + number * DAY * 0.4).toISOString(),
      subject: `${text}fix: change ${number}`,
      commits: 1 + below(3),
      rewritten: kind === 8,
      files: 1 + below(40),
      precision: everything ? "unknown" : "exact",
      reason: everything ? "config-changed" : null,
      refused: null,
      entries,
      of: total,
      images,
      waves: images.length > 2 ? 2 : images.length > 0 ? 1 : 0,
      why: images.slice(0, 20).map((image) => ({
        image,
        cause: everything ? 4 : image === 0 ? 0 : 1 + (image % 3),
        path: everything ? null : `${text}backend/${image}/run.py`,
      })),
      moreWhy: Math.max(0, images.length - 20),
      against: whole
        ? {
            entries: entries - missed.length * 2,
            images: images.length - missed.length,
            refused: null,
            missedByOurs: [],
            missedByAgainst: missed,
          }
        : null,
      cost: whole ? costsOf(entries, total) : null,
    };
  });
  const sum = (value: (push: ReplayPush) => number): number => pushes.reduce((all, push) => all + value(push), 0);
  const images = draft.map(
    (image, at): ReplayImage => ({ ...image, builds: pushes.filter((push) => push.images.includes(at)).length }),
  );
  const missedBySecond = pushes.filter(({ against }) => (against?.missedByAgainst.length ?? 0) > 0);
  return {
    schema: "fanfold.replay/1",
    repository: `${text}example/backends`,
    branch: "main",
    config: ".github/fanfold.yml",
    rules: "now",
    grouping: { kind: "commits" },
    matrix: { entries: total, images: count },
    images,
    causes: rules.map((rule, at) => ({
      kind: at < 2 ? "rule" : at === 2 ? "dockerfile" : at === 3 ? "base" : "everything",
      text: `${text}${rule}`,
      builds: sum(({ why }) => why.filter(({ cause }) => cause === at).length * 2),
      alone: sum(({ why }) => why.filter(({ cause }) => cause === at).length),
      pushes: pushes.filter(({ why }) => why.some(({ cause }) => cause === at)).length,
    })),
    period: { from: pushes.at(-1)?.time ?? "", to: pushes[0]?.time ?? "" },
    pushes,
    totals: {
      pushes: length,
      nothing: pushes.filter(({ entries }) => entries === 0).length,
      everything: pushes.filter(({ entries }) => entries === total).length,
      refused: 0,
      ours: { entries: sum(({ entries }) => entries), images: sum(({ images }) => images.length) },
      everythingEachTime: { entries: total * length, images: count * length },
      against: whole
        ? { entries: sum(({ against }) => against?.entries ?? 0), images: sum(({ against }) => against?.images ?? 0) }
        : null,
      cost: whole
        ? totalOf(
            sum(({ entries }) => entries),
            total * length,
          )
        : null,
    },
    unmentioned: Array.from({ length: 30 }, (_, at) => ({
      path: `${text}scripts/tool-${at}.sh`,
      changes: 90 - at * 3,
    })),
    more: { pushes: 0, causes: 0, unmentioned: 12 },
    against: whole
      ? {
          config: ".github/prefixes.yml",
          missedByOurs: { pushes: 0, images: 0 },
          missedByAgainst: { pushes: missedBySecond.length, images: missedBySecond.length },
          missedBecause: [{ cause: 2, pushes: missedBySecond.length, images: missedBySecond.length }],
          moreBecause: 2,
        }
      : null,
    model: whole
      ? {
          cap: 20,
          durations: "durations.json",
          comparisons: [{ kind: "emulated", total: totalOf(total, total).ours }],
          assumptions: ["Jobs start in the order in which they were queued."],
        }
      : null,
    ends: null,
    warnings: text === "" ? [] : [`${text}a warning`],
  };
}

function imageOf(at: number, text: string): Omit<ReplayImage, "builds"> {
  const name = at < 3 ? `base-${at}` : `backend-${at}`;
  return {
    name: `${text}${name}`,
    today: true,
    legs: 2,
    wave: at < 3 ? 1 : at % 4 === 0 ? null : 2,
    bases: at < 3 || at % 4 === 0 ? [] : [at % 3],
  };
}

function costsOf(ours: number, everything: number): ReplayCosts {
  const cost = (jobs: number) => ({ wall: jobs * 40, waiting: jobs * 300, minutes: jobs * 9, jobs });
  return { ours: cost(ours), everythingEachTime: cost(everything), against: cost(Math.floor(ours * 0.9)) };
}

function totalOf(ours: number, everything: number): ReplayTotalCosts {
  const costs = costsOf(ours, everything);
  const total = (cost: ReplayCosts["ours"]): ReplayTotalCosts["ours"] => ({
    ...cost,
    walls: { median: cost.jobs, ninth: cost.jobs * 2, longest: cost.jobs * 3 },
    demand: cost.jobs / 1000,
  });
  const { against } = costs;
  return {
    ours: total(costs.ours),
    everythingEachTime: total(costs.everythingEachTime),
    against: against === null ? null : total(against),
  };
}

/** Park and Miller's generator: small, and the same everywhere. */
function randomNumbers(): () => number {
  let state = 20_260_101;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
