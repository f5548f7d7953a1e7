import type { Clock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import type { Outage } from "./retry.ts";

/** One host that keeps this process waiting, to be said while it does. */
export interface HostWait {
  readonly host: string;
  /** `silent`: nothing is answered. `failing`: nothing but failures. `limited`: it asks for a pause. */
  readonly kind: "silent" | "failing" | "limited";
  /** So far; of a limit: in all. */
  readonly ms: number;
  /** After which it is given up; undefined of a limit. */
  readonly givenUpAfterMs: number | undefined;
}

export interface HealthOptions {
  readonly host: string;
  readonly clock: Clock;
  /** How long the host may leave everything unanswered, all such times of a run together. */
  readonly timeoutMs: number;
  readonly onWait: ((wait: HostWait) => void) | undefined;
}

/** An outage of a minute is waited for by the shortest run, and by a long one for as long as it has been running. */
const SHORTEST_PATIENCE_MS = 60_000;
/** A fault of the server's own program is rarely over soon. */
const FAULT_PATIENCE_MS = 20_000;
/** Shorter silences are no loss: large registries take half a minute to accept a manifest. */
const QUIET_MS = 60_000;
/**
 * Pauses between answers that are longer than this are counted too: a host that answers each time just before it would be
 * given up must not keep a run for ever. They may last this many times as long as silence may.
 */
const SLOW_MS = 10_000;
const SLOW_TIMES = 3;
const SAID_AFTER_MS = 15_000;
const SAID_EVERY_MS = 30_000;

/**
 * How a host has been answering, all requests to it together: whether a failure is the host's or the request's, and how
 * long to wait for it. Silence is measured in real time, and only while requests wait.
 */
export class HostHealth {
  readonly #options: HealthOptions;
  readonly #started: number;
  readonly #waiting = new Set<AbortController>();
  #answeredEver = false;
  #failingSince: number | undefined;
  #lastSign = 0;
  /** Milliseconds of silences that are over. */
  #lostMs = 0;
  /** Of long pauses, silences among them. */
  #slowMs = 0;
  /** Of outages that are over, by the clock. */
  #failedMs = 0;
  /** Since the last sign, without the times in which nobody waited. */
  #unheardMs = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #givenUp: DigestToolsError | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#started = options.clock.now();
  }

  /** It has answered something else than that it cannot. */
  answered(): void {
    this.#answeredEver = true;
    if (this.#failingSince !== undefined) this.#failedMs += this.#options.clock.now() - this.#failingSince;
    this.#failingSince = undefined;
  }

  /**
   * It could not answer: it is overloaded or restarting (`outage`), its program failed (`fault`), or no connection came
   * about (`unreachable`), which of a host that has never answered means that its name is wrong: undefined.
   */
  failed(kind: "outage" | "fault" | "unreachable"): Outage | undefined {
    if (kind === "unreachable" && !this.#answeredEver) return undefined;
    const now = this.#options.clock.now();
    this.#failingSince ??= now;
    const since = this.#failingSince;
    const inProportion = Math.max(SHORTEST_PATIENCE_MS, since - this.#started);
    const { timeoutMs } = this.#options;
    // An outage after the other must not keep a run for ever either.
    const left = Math.max(0, SLOW_TIMES * timeoutMs - this.#failedMs);
    const patience = Math.min(kind === "fault" ? FAULT_PATIENCE_MS : inProportion, timeoutMs, left);
    this.#say({ kind: "failing", ms: now - since, givenUpAfterMs: patience });
    return { since, until: since + patience };
  }

  /** It asks for a pause that is kept. */
  limited(ms: number): void {
    this.#say({ kind: "limited", ms, givenUpAfterMs: undefined });
  }

  /**
   * A request is under way until `end`; `controller` is aborted when the host is given up.
   *
   * @throws DigestToolsError `network` once the host has been given up
   */
  begin(controller: AbortController): { readonly sign: () => void; readonly end: () => void } {
    if (this.#givenUp !== undefined) throw this.#givenUp;
    if (this.#waiting.size === 0) this.#lastSign = performance.now();
    this.#waiting.add(controller);
    const tick = Math.min(1000, Math.max(10, this.#options.timeoutMs / 20));
    this.#timer ??= setInterval(() => this.#look(), tick).unref();
    return {
      sign: () => this.#sign(),
      end: () => {
        if (!this.#waiting.delete(controller) || this.#waiting.size > 0) return;
        this.#count();
        this.#unheardMs += performance.now() - this.#lastSign;
        this.#lastSign = performance.now();
        this.#giveUpIfLost();
        this.stop();
      },
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sign(): void {
    this.#count();
    this.#unheardMs = 0;
    this.#lastSign = performance.now();
    this.#giveUpIfLost();
  }

  /** The pause since the last sign is over. */
  #count(): void {
    this.#lostMs += this.#silence();
    this.#slowMs += this.#pause();
  }

  #silence(): number {
    const ms = performance.now() - this.#lastSign;
    return ms > Math.min(QUIET_MS, this.#options.timeoutMs / 2) ? ms : 0;
  }

  #pause(): number {
    const ms = performance.now() - this.#lastSign;
    return ms > Math.min(SLOW_MS, this.#options.timeoutMs / 4) ? ms : 0;
  }

  #look(): void {
    const ms = this.#unheardMs + performance.now() - this.#lastSign;
    this.#say({ kind: "silent", ms, givenUpAfterMs: this.#options.timeoutMs });
    this.#giveUpIfLost();
  }

  #giveUpIfLost(): void {
    const { host, timeoutMs } = this.#options;
    const isSilent = this.#lostMs + this.#silence() >= timeoutMs;
    const isSlow = this.#slowMs + this.#pause() >= SLOW_TIMES * timeoutMs;
    if (this.#givenUp !== undefined || !(isSilent || isSlow)) return;
    const why = isSilent
      ? `has left everything unanswered for ${seconds(timeoutMs)}`
      : `has answered so slowly that its long pauses add up to ${seconds(SLOW_TIMES * timeoutMs)}`;
    this.#givenUp = new DigestToolsError({
      code: "network",
      message: `${host} ${why}, and is not asked again in this run`,
      // Those who are told that it waits have the flag, too.
      fix: `see whether the registry, and a proxy on the way to it, are up; then run again${this.#options.onWait === undefined ? "" : " (--timeout waits longer)"}`,
    });
    for (const controller of this.#waiting) controller.abort(this.#givenUp);
  }

  #say(wait: Omit<HostWait, "host">): void {
    const now = performance.now();
    const after = Math.min(SAID_AFTER_MS, this.#options.timeoutMs / 4);
    if (wait.ms < after || now - this.#saidAt < SAID_EVERY_MS) return;
    this.#saidAt = now;
    this.#options.onWait?.({ host: this.#options.host, ...wait });
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
}
