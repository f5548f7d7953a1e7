import type { ModelLeg } from "../model/model-legs.ts";
import type { OtherSeconds } from "../model/workflow-run.ts";
import { median } from "./durations.ts";

/** A job that succeeded. */
export interface TimedJob {
  /** As GitHub calls it. */
  readonly name: string;
  readonly seconds: number;
}

/** What jobs say of how long each leg takes, and of jobs that build nothing; in the middle, where there were several. */
export class MeasuredJobs {
  /** Artifact names of legs that a word may stand for. */
  readonly #byWord: ReadonlyMap<string, readonly ModelLeg[]>;
  readonly #builds = new Map<string, number[]>();
  readonly #other = new Map<keyof OtherSeconds, number[]>();
  #matched = 0;

  constructor(legs: readonly ModelLeg[]) {
    this.#byWord = Map.groupBy(legs, ({ name }) => (name === '""' ? "core" : name));
    for (const { artifact } of legs) this.#builds.set(artifact, []);
  }

  /** How many jobs a leg was found for. */
  get matched(): number {
    return this.#matched;
  }

  /** `generated`: of a workflow that Fanfold has generated, whose jobs' names are known. */
  add({ name, seconds }: TimedJob, generated: boolean): void {
    const other = generated ? otherJob(name) : undefined;
    if (other !== undefined) {
      this.#other.set(other, [...(this.#other.get(other) ?? []), seconds]);
      return;
    }
    if (NO_BUILD.test(name)) return;
    const [leg, ...more] = this.#legsOf(name);
    if (leg === undefined || more.length > 0) return;
    this.#builds.get(leg.artifact)?.push(seconds);
    this.#matched += 1;
  }

  /** Whether more jobs would hardly say more. */
  enough(): boolean {
    return [...this.#builds.values()].every(({ length }) => length >= SAMPLES);
  }

  /** By artifact names; legs without a job are in none. */
  builds(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#builds].flatMap(([artifact, seconds]): readonly [string, number][] => {
        const middle = median(seconds);
        return middle === undefined ? [] : [[artifact, middle]];
      }),
    );
  }

  other(): Partial<OtherSeconds> {
    const [plan, merge, ok] = (["plan", "merge", "ok"] as const).map((kind) => median(this.#other.get(kind) ?? []));
    return {
      ...(plan === undefined ? {} : { plan }),
      // A job's time has that of its images in it.
      ...(merge === undefined ? {} : { merge, "merge-image": 0 }),
      ...(ok === undefined ? {} : { ok }),
    };
  }

  /** A matrix' job is called by its values: `build (-gpu, linux/arm64)`; a generated one `-gpu arm64 / build`. */
  #legsOf(name: string): readonly ModelLeg[] {
    const words = new Set(name.split(/[\s(),]+/));
    return [...words].flatMap((word) => {
      const legs = this.#byWord.get(word) ?? [];
      if (legs.length === 1) return legs;
      return legs.filter(({ platforms, platformTag = "" }) =>
        [platformTag, ...platforms].some((end) => end !== "" && words.has(end)),
      );
    });
  }
}

const SAMPLES = 5;

/** Jobs that are called after an image, and do something else with it. */
const NO_BUILD = /\b(?:merge|tests?|lint|scan|sign)\b/i;

function otherJob(name: string): keyof OtherSeconds | undefined {
  if (name === "Plan") return "plan";
  if (/^Merge( .*)? \/ merge$/.test(name)) return "merge";
  return / ok$/.test(name) && !name.includes(" / ") ? "ok" : undefined;
}
