import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "../base/clock.ts";
import { MAX_LIMITED_MS } from "./retry.ts";

/** Requests at one time, at first. */
const FIRST_WIDTH = 16;

/**
 * What all requests to one host pass through: at most so many at a time, none while the host has asked for silence, and
 * no more a minute than it said it takes. One request's `429` thereby holds back all of them.
 *
 * How many at a time is found as TCP does (RFC 5681, slow start and congestion avoidance): one more for each answer, and
 * after a `429` half as many, then one more for each round of answers.
 */
export class HostGate {
  readonly #limit: LimitFunction;
  readonly #most: number;
  readonly #clock: Clock;
  #width: number;
  #wasLimited = false;
  #silentUntil = 0;
  #limitedSince: number | undefined;
  #intervalMs = 0;
  #nextStart = 0;

  /** @param most - requests at one time, however well the host answers */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#width = Math.min(FIRST_WIDTH, most);
    this.#limit = pLimit(this.#width);
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
    if (this.#width < this.#most) this.#resize(this.#width + (this.#wasLimited ? 1 / this.#width : 1));
  }

  /**
   * The host wants nothing for so long; what is under way is not touched. False: that is more than is waited for, now or
   * since its last other answer, and whoever still asks may give up at once.
   */
  limited(milliseconds: number): boolean {
    const now = this.#clock.now();
    // Those that were under way together are refused together: that is one refusal.
    if (now >= this.#silentUntil) this.#resize(this.#width / 2);
    this.#wasLimited = true;
    this.#limitedSince ??= now;
    if (now + milliseconds - this.#limitedSince > MAX_LIMITED_MS) return false;
    this.#silentUntil = Math.max(this.#silentUntil, now + milliseconds);
    return true;
  }

  pace(perMinute: number): void {
    this.#intervalMs = 60_000 / perMinute;
  }

  #resize(width: number): void {
    this.#width = Math.min(this.#most, Math.max(1, width));
    const whole = Math.floor(this.#width);
    if (whole !== this.#limit.concurrency) this.#limit.concurrency = whole;
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
