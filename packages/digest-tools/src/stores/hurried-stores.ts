import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { apiHost } from "../hosts/quirks.ts";
import { parseRepository } from "../oci/reference.ts";
import type { ManifestStore } from "../oci/store.ts";
import type { RegistryOptions } from "../registry/client.ts";
import { Stores } from "./stores.ts";

/** Stores that are read and not written. */
export type ReadStore = Pick<ManifestStore, "name" | "headManifest" | "getManifest">;

export interface HurriedOptions extends Omit<RegistryOptions, "timeoutMs"> {
  /** Milliseconds after which nothing is waited for any more, whatever is under way. */
  readonly withinMs: number;
  /** Milliseconds that one host may leave everything unanswered. */
  readonly silenceMs: number;
}

/**
 * Stores for questions whose answers save work, and are not worth waiting for: all of them together take a bounded time,
 * pauses that registries ask for included, and a host that nobody can reach is tried once.
 */
export class HurriedStores {
  readonly #stores: Stores;
  readonly #open = new Map<string, ReadStore>();
  readonly #late: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  /** Hosts that could not be reached, with the error. */
  readonly #unreachable = new Map<string, DigestToolsError>();
  /** Hosts that have answered, as URLs have them. */
  readonly #heard = new Set<string>();

  constructor({ withinMs, silenceMs, onRequest, clock = systemClock, ...options }: HurriedOptions) {
    const until = clock.now() + withinMs;
    this.#stores = new Stores({
      ...options,
      timeoutMs: silenceMs,
      clock: hurriedClock(clock, until, withinMs),
      onRequest: (request) => {
        if (request.status !== undefined) this.#heard.add(new URL(request.url).host);
        onRequest?.(request);
      },
    });
    const { promise, reject } = Promise.withResolvers<never>();
    this.#late = promise;
    // Nobody may be asking when it is over.
    promise.catch(() => {});
    this.#timer = setTimeout(() => reject(outOfTime(withinMs)), withinMs);
  }

  /** @throws DigestToolsError `invalid-reference` */
  open(name: string): ReadStore {
    let store = this.#open.get(name);
    if (store === undefined) {
      const whole = this.#stores.open(name);
      store = {
        name,
        headManifest: (reference) => this.#within(name, () => whole.headManifest(reference)),
        getManifest: (reference) => this.#within(name, () => whole.getManifest(reference)),
      };
      this.#open.set(name, store);
    }
    return store;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#stores.close();
  }

  async #within<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const host = name.startsWith("oci:") ? name : apiHost(parseRepository(name).registry);
    const gone = this.#unreachable.get(host);
    if (gone !== undefined) throw gone;
    const asked = ask();
    asked.catch(() => {});
    try {
      return await Promise.race([asked, this.#late]);
    } catch (error) {
      // Of a host that has answered others it is this request's trouble alone.
      if (error instanceof DigestToolsError && error.code === "network" && !this.#heard.has(host))
        this.#unreachable.set(host, error);
      throw error;
    }
  }
}

/** A clock by which nobody sleeps longer than there is time. */
function hurriedClock(clock: Clock, until: number, withinMs: number): Clock {
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    sleep: async (milliseconds) => {
      if (clock.now() + milliseconds > until) throw outOfTime(withinMs);
      await clock.sleep(milliseconds);
    },
  };
}

function outOfTime(withinMs: number): DigestToolsError {
  return new DigestToolsError({
    code: "network",
    message: `expected all answers within ${withinMs / 1000} s, and this one takes longer`,
    fix: "see whether the registry is up, and whether it limits requests",
  });
}
