import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { assumptions, pressure } from "../simulate/assumptions.ts";
import { legSeconds } from "../simulate/durations/durations.ts";
import { type AskedPace, paceFor } from "../simulate/pace.ts";
import { historyCosts } from "../simulate/push-costs.ts";
import { PushRecorder } from "../simulate/pushed-history.ts";
import type { PlannedPush, PlannedSelection } from "./planning/planned-push.ts";
import type { Replay, ReplayPush } from "./replay-document.ts";
import type { PushPlans } from "./replay-tally.ts";

interface CostedReplay {
  readonly replay: Replay;
  readonly findings: readonly Diagnostic[];
}

/** Sees the pushes of a replay, and says what they would have cost. */
export class ReplayCosts {
  readonly #asked: AskedPace;
  readonly #pushes: PushRecorder;

  /** `against`: whether there is a second config. */
  constructor(asked: AskedPace, against: boolean) {
    this.#asked = asked;
    this.#pushes = new PushRecorder(against);
  }

  push({ time }: Pick<ReplayPush, "time">, { ours, against }: PushPlans): void {
    this.#pushes.add(time, planned(ours), planned(against));
  }

  /** The document with costs. @throws WorkflowsError when it is not known how long builds take */
  async addTo(replay: Replay, host: Host): Promise<CostedReplay> {
    const newest = this.#pushes.newest();
    // Of no push there is nothing to say.
    if (newest === undefined) return { replay, findings: [] };
    const repository = replay.repository.includes("/") ? replay.repository : undefined;
    const { pace, findings } = await paceFor(this.#asked, { ...newest, repository }, host);
    const { ours, everythingEachTime, against, comparisons } = historyCosts(this.#pushes.history(), pace);
    const { legs } = newest.family;
    const last = ours.pushes.length - 1;
    return {
      findings,
      replay: {
        ...replay,
        pushes: replay.pushes.map((push, index): ReplayPush => {
          const [own, all] = [ours.pushes[last - index], everythingEachTime.pushes[last - index]];
          if (own === undefined || all === undefined) return push;
          return {
            ...push,
            cost: { ours: own, everythingEachTime: all, against: against?.pushes[last - index] ?? null },
          };
        }),
        totals: {
          ...replay.totals,
          cost: { ours: ours.total, everythingEachTime: everythingEachTime.total, against: against?.total ?? null },
        },
        model: {
          cap: pace.cap,
          durations: pace.durations.source,
          comparisons,
          assumptions: [
            ...assumptions({
              ...pace,
              legs,
              seconds: legSeconds(pace.durations, legs),
              pushTimes: replay.grouping.kind !== "commits",
            }),
            ...pressure("this config", ours, pace.cap),
            ...pressure("everything each time", everythingEachTime, pace.cap),
            ...(against === null ? [] : pressure("the second config", against, pace.cap)),
          ],
        },
      },
    };
  }
}

function planned(push: PlannedPush | null): PlannedSelection | null {
  return push?.kind === "planned" ? push : null;
}
