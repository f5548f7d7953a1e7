import { setTimeout as sleep } from "node:timers/promises";
import { countedAt, placesOf, roomsOf } from "../plan/free-space.ts";
import type { Counted } from "../plan/plan-data.ts";
import { buildPaths } from "../probe/filesystems.ts";
import type { Probe } from "../probe/probe-data.ts";
import type { System } from "../probe/system.ts";
import { STATE } from "../probe/unfinished.ts";
import { isMet, type Measured, measure } from "./measure.ts";

export interface Waited {
  readonly needMet: boolean;
  readonly after: Measured;
  readonly seconds: number;
}

const POLL_MS = 200;

/** Waits until `need` bytes are free, or until no deletion runs in the background any more. */
export async function waitFor(need: number, counted: Counted, system: System): Promise<Waited> {
  const begun = performance.now();
  for (;;) {
    // Asked first: what a deletion frees at its very end counts.
    const deleting = await isDeleting(system);
    const after = measure(system, counted);
    const needMet = isMet(need, after);
    if (needMet || !deleting) return { needMet, after, seconds: Math.round((performance.now() - begun) / 1000) };
    await sleep(POLL_MS);
  }
}

export function countedFor(probe: Probe, at: readonly string[]): Counted {
  const places = placesOf(probe, [...new Set([...buildPaths(probe), ...at])]);
  return countedAt(places, roomsOf(places));
}

/** The process behind `--background` holds a lock for as long as it runs, however it ends. */
async function isDeleting({ kind, run }: System): Promise<boolean> {
  const lock = `${STATE}/deleting`;
  if (kind(lock) === "absent") return false;
  const answer = await run("flock", ["--exclusive", "--nonblock", lock, "true"], 10);
  return answer.kind === "ended" && answer.code !== 0;
}
