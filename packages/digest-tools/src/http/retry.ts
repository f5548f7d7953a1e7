import type { Clock } from "../base/clock.ts";
import type { DigestToolsError } from "../base/error.ts";

/** How often a request is sent again after failures that are its own: other requests to the host succeed meanwhile. */
const RETRIES = 4;
/** How long one request waits in all for a host that limits requests, and all of them for one that does nothing else. Docker Hub may ask for hours. */
export const MAX_LIMITED_MS: number = 300_000;

/** A time in which a host has answered nobody, in the clock's milliseconds. */
export interface Outage {
  readonly since: number;
  /** Until then it is worth asking again. */
  readonly until: number;
}

interface Patience {
  /** The host limits requests and asks for this long a wait; it does not count as a failure. */
  readonly limitedMs?: number | undefined;
  /** At most so many tries again, where that is less than usual. */
  readonly retries?: number;
  /** It is the host that fails, not this request: time decides, and not the number of tries. */
  readonly outage?: Outage | undefined;
  /** The answer was lost: the request may have been carried out all the same. */
  readonly lost?: boolean;
}

/** A failure that may pass: worth another try, `error` when there is none left. */
export class Transient extends Error {
  readonly error: DigestToolsError;
  readonly limitedMs: number | undefined;
  readonly retries: number;
  readonly outage: Outage | undefined;
  readonly lost: boolean;

  constructor(error: DigestToolsError, { limitedMs, retries = RETRIES, outage, lost = false }: Patience = {}) {
    super(error.message, { cause: error });
    this.error = error;
    this.limitedMs = limitedMs;
    this.retries = retries;
    this.outage = outage;
    this.lost = lost;
  }
}

/**
 * Runs an action until it succeeds, fails for good, or has failed too often. An outage of the host is waited for as long
 * as it lasts, and counts as one failure.
 *
 * @param action - `attempt` counts from 1; `before` is the failure that the attempt before ended in
 */
export async function retrying<T>(
  clock: Clock,
  action: (attempt: number, before: Transient | undefined) => Promise<T>,
): Promise<T> {
  let before: Transient | undefined;
  let failures = 0;
  let waits = 0;
  let limits = 0;
  let limitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt, before);
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      const { limitedMs: asked, outage, retries } = error;
      if (asked !== undefined) {
        // A wait of some milliseconds, as GitHub's registry asks for, would not do for many requests at once.
        const wait = Math.max(asked, backoffMs(limits++, clock.random()));
        limitedMs += wait;
        if (limitedMs > MAX_LIMITED_MS) throw error.error;
        await clock.sleep(wait);
      } else {
        const sameOutage = outage !== undefined && outage.since === before?.outage?.since;
        if (!sameOutage) failures++;
        const wait = backoffMs(waits++, clock.random());
        const hopeless = outage !== undefined && clock.now() + wait > outage.until;
        if (failures > retries || hopeless) throw error.error;
        await clock.sleep(wait);
      }
      before = error;
    }
  }
}

/** Doubles from 0.2 s to 10 s, the upper half of it by chance, so that those who failed together do not return together. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(10_000, 200 * 2 ** failures);
  return full / 2 + (full / 2) * random;
}
