import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { FastClock } from "../testing/registry-stand-in.ts";
import { HostGate } from "./host-gate.ts";

/** How many are let through at once; they end afterwards, without having answered. */
async function width(gate: HostGate): Promise<number> {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let through = 0;
  const all = Array.from({ length: 200 }, () =>
    gate.run(async () => {
      through++;
      await end;
    }),
  );
  await sleep(5);
  const found = through;
  resolve();
  await Promise.all(all);
  return found;
}

function answer(gate: HostGate, times: number): void {
  for (let time = 0; time < times; time++) gate.answered();
}

describe("requests at one time", () => {
  it("are 16 at first, one more for each answer, and never more than the most", async () => {
    const gate = new HostGate(64, new FastClock());
    expect(await width(gate)).toBe(16);
    answer(gate, 10);
    expect(await width(gate)).toBe(26);
    answer(gate, 1000);
    expect(await width(gate)).toBe(64);
  });

  it("begin with the most where that is less", async () => {
    const gate = new HostGate(3, new FastClock());
    answer(gate, 10);
    expect(await width(gate)).toBe(3);
  });

  it("are halved by all refusals of one moment together, and then grow by one a round", async () => {
    const clock = new FastClock();
    const gate = new HostGate(64, clock);
    answer(gate, 48);
    for (let refusal = 0; refusal < 20; refusal++) gate.limited(1000);
    expect(await width(gate)).toBe(32);
    answer(gate, 34);
    expect(await width(gate)).toBe(33);
    clock.advance(1000);
    gate.limited(1000);
    expect(await width(gate)).toBe(16);
  });

  it("are one at least, whatever the host says", async () => {
    const clock = new FastClock();
    const gate = new HostGate(64, clock);
    for (let refusal = 0; refusal < 20; refusal++) {
      gate.limited(10);
      clock.advance(10);
    }
    expect(await width(gate)).toBe(1);
  });
});
