import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "./clock.ts";
import { MAX_LIMITED_MS } from "./retry.ts";

/**
 * What all requests to one host pass through: at most so many at a time, none while the host has asked for silence, and
 * no more a minute than it said it takes. One request's `429` thereby holds back all of them.
 */
export class HostGate {
  readonly #limit: LimitFunction;
  readonly #clock: Clock;
  #silentUntil = 0;
  #limitedSince: number | undefined;
  #intervalMs = 0;
  #nextStart = 0;

  constructor(concurrency: number, clock: Clock) {
    this.#limit = pLimit(concurrency);
    this.#clock = clock;
  }

  run<T>(action: () => Promise<T>): Promise<T> {
    return this.#limit(async () => {
      if (this.#silentUntil > 0 || this.#intervalMs > 0) await this.#turn();
      return action();
    });
  }

  /** The host has answered something else than that it is too much. */
  answered(): void {
    this.#limitedSince = undefined;
  }

  /**
   * The host wants nothing for so long; what is under way is not touched. False: that is more than is waited for, now or
   * since its last other answer, and whoever still asks may give up at once.
   */
  limited(milliseconds: number): boolean {
    const now = this.#clock.now();
    this.#limitedSince ??= now;
    if (now + milliseconds - this.#limitedSince > MAX_LIMITED_MS) return false;
    this.#silentUntil = Math.max(this.#silentUntil, now + milliseconds);
    return true;
  }

  pace(perMinute: number): void {
    this.#intervalMs = 60_000 / perMinute;
  }

  async #turn(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      if (now < this.#silentUntil) {
        await this.#clock.sleep(this.#silentUntil - now);
      } else if (now < this.#nextStart) {
        await this.#clock.sleep(this.#nextStart - now);
      } else {
        this.#nextStart = now + this.#intervalMs;
        return;
      }
    }
  }
}
