import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "../base/clock.ts";
import { MAX_LIMITED_MS } from "./retry.ts";

/** A host that is told to be slow is found out to be faster some time later. */
const PACE_MS = 120_000;
/** Whatever a host says, it is asked this often: what is more seldom would not end. */
const SLOWEST_PER_MINUTE = 6;
/** All pauses together that a host gets in one run. */
const MAX_PAUSED_MS = 6 * MAX_LIMITED_MS;

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
  #pausedMs = 0;
  #intervalMs = 0;
  #pacedUntil = 0;
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
   * The host wants nothing for so long; what is under way is not touched. False: that is more than is waited for, now,
   * since its last other answer or in the whole run, and whoever still asks may give up at once.
   */
  limited(milliseconds: number): boolean {
    const now = this.#clock.now();
    // Those that were under way together are refused together: that is one refusal.
    if (now >= this.#silentUntil) this.#resize(this.#width / 2);
    this.#wasLimited = true;
    this.#limitedSince ??= now;
    const until = Math.max(this.#silentUntil, now + milliseconds);
    const added = until - Math.max(this.#silentUntil, now);
    if (until - this.#limitedSince > MAX_LIMITED_MS || this.#pausedMs + added > MAX_PAUSED_MS) return false;
    this.#pausedMs += added;
    this.#silentUntil = until;
    return true;
  }

  /** It takes so many requests a minute. That is kept to for two minutes: a lower limit than it has would last to the end. */
  pace(perMinute: number): void {
    this.#intervalMs = 60_000 / Math.max(perMinute, SLOWEST_PER_MINUTE);
    this.#pacedUntil = this.#clock.now() + PACE_MS;
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
      } else if (now < this.#nextStart && now < this.#pacedUntil) {
        await this.#clock.sleep(this.#nextStart - now);
      } else {
        if (now >= this.#pacedUntil) this.#intervalMs = 0;
        this.#nextStart = now + this.#intervalMs;
        return;
      }
    }
  }
}
