import { Transform } from "node:stream";

export interface TimeLimits {
  /** Milliseconds until there is a connection, TLS included. */
  readonly connect: number;
  /** From the last byte that was sent to the last of the answer. Large registries take half a minute to accept a manifest. */
  readonly answer: number;
  /** The same where a blob was sent: the registry may have to copy it first. */
  readonly commit: number;
  /** In which at least `HEADWAY_BYTES` of a blob must go through, either way. */
  readonly stall: number;
}

/** No limit is longer than the whole time that a host is given. */
export function timeLimits(timeoutMs: number): TimeLimits {
  const atMost = (ms: number) => Math.min(ms, timeoutMs);
  return { connect: atMost(10_000), answer: atMost(90_000), commit: atMost(300_000), stall: atMost(60_000) };
}

const HEADWAY_BYTES = 64 * 1024;

/** Ends an exchange that takes too long, however busily it drips. */
export class Deadline {
  readonly controller: AbortController = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** From now on there are so many milliseconds; what was set before no longer counts. */
  within(ms: number, expected: string): void {
    clearTimeout(this.#timer);
    const expire = () => {
      const error = new Error(`${expected} within ${ms / 1000} s`);
      this.controller.abort(Object.assign(error, { code: "ETIMEDOUT" }));
    };
    this.#timer = setTimeout(expire, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Passes bytes through; each 64 kB of them are a sign of life, and give the next ones the same time. */
  meter(ms: number, sign: () => void): Transform {
    const expected = `fewer than ${HEADWAY_BYTES} bytes of the blob went through`;
    let count = 0;
    this.within(ms, expected);
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        count += chunk.length;
        if (count >= HEADWAY_BYTES) {
          count = 0;
          sign();
          this.within(ms, expected);
        }
        done(null, chunk);
      },
    });
  }
}
