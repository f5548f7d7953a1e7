import { expect, test } from "vitest";
import { HostHealth } from "./host-health.ts";

test("outages that end each time are waited for three times as long as silence, all together", () => {
  let now = 1_000_000;
  const clock = { now: () => now, sleep: async () => {}, random: () => 0 };
  const health = new HostHealth({ host: "quay.io", clock, timeoutMs: 600_000, onWait: undefined });
  health.answered();
  let waited = 0;
  for (let outages = 0; outages < 1000; outages++) {
    const outage = health.failed("outage");
    const patience = (outage?.until ?? 0) - now;
    if (patience <= 0) break;
    // It is back just before it would be given up.
    now += patience - 1;
    waited += patience - 1;
    health.answered();
    now += 1000;
  }
  expect(waited).toBeGreaterThan(3 * 600_000 - 60_000);
  expect(waited).toBeLessThanOrEqual(3 * 600_000);
});
