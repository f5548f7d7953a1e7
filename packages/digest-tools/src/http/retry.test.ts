import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { FastClock } from "../testing/registry-stand-in.ts";
import { backoffMs, MAX_LIMITED_MS, retrying, Transient } from "./retry.ts";

const error = new DigestToolsError({ code: "network", message: "gone" });

describe("retrying", () => {
  it("throws the error itself after four retries", async () => {
    const clock = new FastClock();
    const attempts: number[] = [];
    const work = retrying(clock, async (attempt) => {
      attempts.push(attempt);
      throw new Transient(error);
    });
    await expect(work).rejects.toBe(error);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(clock.slept.length).toBe(4);
  });

  it("does not try again what cannot pass", async () => {
    const clock = new FastClock();
    await expect(retrying(clock, () => Promise.reject(error))).rejects.toBe(error);
    expect(clock.slept).toEqual([]);
  });

  it("counts a host's limits by their time, not as failures", async () => {
    const clock = new FastClock();
    let left = 12;
    const work = retrying(clock, async () => {
      if (left-- > 0) throw new Transient(error, { limitedMs: 1000 });
      return "done";
    });
    await expect(work).resolves.toBe("done");
    expect(clock.slept.every((slept) => slept >= 1000)).toBe(true);
    await expect(
      retrying(clock, () => Promise.reject(new Transient(error, { limitedMs: MAX_LIMITED_MS + 1 }))),
    ).rejects.toBe(error);
  });
});

describe("backoffMs", () => {
  it("grows, stays within 10 s, and is never twice the same for two who chance lets differ", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const wait = backoffMs(failures, random);
        expect(wait).toBeGreaterThanOrEqual(100);
        expect(wait).toBeLessThanOrEqual(10_000);
        expect(backoffMs(failures + 1, random)).toBeGreaterThanOrEqual(wait);
        expect(backoffMs(failures, random / 2)).toBeLessThanOrEqual(wait);
      }),
    );
  });
});
