import { describe, expect, it } from "vitest";
import { readRateLimit } from "./rate-limit.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("readRateLimit", () => {
  it.each<[string | undefined, string, number | undefined, number | undefined]>([
    ["0", "", 0, undefined],
    ["120", "", 120_000, undefined],
    ["1.5", "", 1500, undefined],
    ["Fri, 02 Jan 2026 03:04:35 GMT", "", 30_000, undefined],
    ["Fri, 02 Jan 2026 03:00:00 GMT", "", 0, undefined],
    ["soon", "", undefined, undefined],
    ["-5", "", undefined, undefined],
    ["", "", undefined, undefined],
    [undefined, "", undefined, undefined],
    [undefined, "toomanyrequests: retry-after: 12.5ms, allowed: 2000/minute", 12.5, 2000],
    [undefined, "Retry-After: 1h2m3.5s", 3_723_500, undefined],
    [undefined, "retry-after: 750µs, allowed: 44000/hour", 0.75, 44_000 / 60],
    [undefined, "retry-after: 30", 30_000, undefined],
    [undefined, "allowed: 5/second.", undefined, 300],
    [undefined, "allowed: 0/minute", undefined, undefined],
    [undefined, "retry-after: whenever", undefined, undefined],
    ["7", "retry-after: 1s, allowed: 60/minute", 7000, 60],
  ])("header %j, body %j", (header, body, waitMs, perMinute) => {
    expect(readRateLimit(header, body, now)).toEqual({ waitMs, perMinute });
  });
});
