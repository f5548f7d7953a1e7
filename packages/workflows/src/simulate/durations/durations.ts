import { isEmulated, type ModelLeg } from "../model/model-legs.ts";
import type { OtherSeconds } from "../model/workflow-run.ts";

/** How long jobs take, in seconds. */
export interface Durations {
  /** For people: a file's name, or what was asked. */
  readonly source: string;
  readonly other: OtherSeconds;
  /** A native build that is not among `builds`; null: as the others, in the middle. */
  readonly build: number | null;
  /** How many times as long an emulated build takes as a native one. */
  readonly emulated: number;
  /** By one of `legKeys`. */
  readonly builds: ReadonlyMap<string, number>;
}

/** Where nothing is known: a job that checks out, sets Node up and runs one command, and what its command does. */
export const DEFAULT_SECONDS: OtherSeconds = { plan: 20, merge: 20, "merge-image": 1, ok: 5 };

/**
 * People who moved from emulated to native builds tell of 4 to 20 times, compilers being the worst
 * (https://github.com/equinix/cloud-provider-equinix-metal/pull/260, https://github.com/7xuanlu/origin/pull/185,
 * https://github.com/dfinity/icp-dev-env/pull/35).
 */
export const DEFAULT_EMULATED = 5;

/** How long each leg's job takes, and what the durations say of legs. */
export interface LegSeconds {
  readonly of: (leg: ModelLeg) => number;
  /** Legs that the durations do not name. */
  readonly unnamed: readonly ModelLeg[];
  /** What a native one of those takes. */
  readonly assumed: number;
}

/** The names that durations may call a leg by, the most exact one first. */
function legKeys({ artifact, name, platforms, platformTag }: ModelLeg): readonly string[] {
  const job = jobName(name);
  const ends = [platforms.join(","), platformTag ?? ""].filter((end) => end !== "");
  return [artifact, ...ends.map((end) => `${job} ${end}`), job];
}

/** How the generated workflow's jobs call an image: the plain one has no name. */
function jobName(name: string): string {
  return name === '""' ? "core" : name;
}

/** Of legs of one matrix. One that nothing names is as long as the others in the middle, where the durations say no more. */
export function legSeconds({ builds, build, emulated }: Durations, legs: readonly ModelLeg[]): LegSeconds {
  const named = new Map<ModelLeg, number>();
  for (const leg of legs) {
    const seconds = firstOf(builds, legKeys(leg));
    if (seconds !== undefined) named.set(leg, seconds);
  }
  const native = [...named].map(([leg, seconds]) => (isEmulated(leg) ? seconds / emulated : seconds));
  const assumed = build ?? median(native) ?? median([...builds.values()]) ?? 0;
  return {
    of: (leg) => named.get(leg) ?? assumed * (isEmulated(leg) ? emulated : 1),
    unnamed: legs.filter((leg) => !named.has(leg)),
    assumed,
  };
}

/** Names that no leg answers to. */
export function unusedKeys({ builds }: Durations, legs: readonly ModelLeg[]): readonly string[] {
  const known = new Set(legs.flatMap(legKeys));
  return [...builds.keys()].filter((key) => !known.has(key));
}

function firstOf(builds: ReadonlyMap<string, number>, keys: readonly string[]): number | undefined {
  const key = keys.find((each) => builds.has(each));
  return key === undefined ? undefined : builds.get(key);
}

/** Of two in the middle the lower one; undefined: there are none. */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[(values.length - 1) >> 1];
}
