import type { Clock } from "../base/clock.ts";
import type { DigestToolsError } from "../base/error.ts";

/** How often a request is sent again after a failure that may pass. */
const RETRIES = 4;
/** How long one request waits in all for a host that limits requests, and all of them for one that does nothing else. Docker Hub may ask for hours. */
export const MAX_LIMITED_MS: number = 300_000;

/** A failure that may pass: worth another try, `error` when there is none left. */
export class Transient extends Error {
  readonly error: DigestToolsError;
  /** The host limits requests and asks for this long a wait; it does not count as a failure. */
  readonly limitedMs: number | undefined;
  /** At most so many tries again, where that is less than usual. */
  readonly retries: number;

  constructor(
    error: DigestToolsError,
    { limitedMs, retries = RETRIES }: { limitedMs?: number; retries?: number } = {},
  ) {
    super(error.message, { cause: error });
    this.error = error;
    this.limitedMs = limitedMs;
    this.retries = retries;
  }
}

/** Runs an action until it succeeds, fails for good, or has failed too often; `attempt` counts from 1. */
export async function retrying<T>(clock: Clock, action: (attempt: number) => Promise<T>): Promise<T> {
  let failures = 0;
  let limits = 0;
  let limitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      if (error.limitedMs === undefined) {
        if (failures >= error.retries) throw error.error;
        await clock.sleep(backoffMs(failures++, clock.random()));
        continue;
      }
      // A wait of some milliseconds, as GitHub's registry asks for, would not do for many requests at once.
      const wait = Math.max(error.limitedMs, backoffMs(limits++, clock.random()));
      limitedMs += wait;
      if (limitedMs > MAX_LIMITED_MS) throw error.error;
      await clock.sleep(wait);
    }
  }
}

/** Doubles from 0.2 s to 10 s, the upper half of it by chance, so that those who failed together do not return together. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(10_000, 200 * 2 ** failures);
  return full / 2 + (full / 2) * random;
}
