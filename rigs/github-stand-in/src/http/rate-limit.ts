import type { Credentials } from "./credentials.ts";
import { json, type Reply } from "./reply.ts";

interface Budget {
  readonly limit: number;
  used: number;
}

/**
 * Counts as GitHub does and never refuses by itself; a failure rule does that.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export class RateLimit {
  // In an hour: a workflow's token for each repository, and an address without one.
  readonly #withToken: Budget = { limit: 1_000, used: 0 };
  readonly #anonymous: Budget = { limit: 60, used: 0 };
  readonly #reset = Math.ceil(Date.now() / 1000) + 3_600;

  count(credentials: Credentials): void {
    this.#budget(credentials).used += 1;
  }

  /** The headers that every reply of the API has. */
  headers(credentials: Credentials): Readonly<Record<string, string>> {
    const fields = Object.entries(this.#state(credentials));
    return Object.fromEntries(fields.map(([name, value]) => [`x-ratelimit-${name}`, String(value)]));
  }

  /** `GET /rate_limit`, which is not counted. */
  reply(credentials: Credentials): Reply {
    const core = this.#state(credentials);
    return json({ resources: { core }, rate: core });
  }

  #budget(credentials: Credentials): Budget {
    return credentials === "accepted" ? this.#withToken : this.#anonymous;
  }

  #state(credentials: Credentials): Readonly<Record<string, number | string>> {
    const { limit, used } = this.#budget(credentials);
    return { limit, remaining: Math.max(0, limit - used), reset: this.#reset, used, resource: "core" };
  }
}
