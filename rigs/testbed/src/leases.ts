import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./machine/lock.ts";
import type { Places } from "./machine/places.ts";
import { isAlive, refOf } from "./machine/process-ref.ts";
import { readRunning } from "./services.ts";
import { takeDownLocked } from "./take-down.ts";

/** Says that this process uses the test bed, so that no other test run ends it. */
export async function takeLease({ leases }: Places): Promise<void> {
  await mkdir(leases, { recursive: true });
  await writeFile(join(leases, leaseName()), "");
}

/** Gives the lease back. The last one ends a test bed that was started by a test run, and none that a person started. */
export function returnLease(places: Places): Promise<void> {
  return withLock(places.lock, async () => {
    await rm(join(places.leases, leaseName()), { force: true });
    for (const name of await readdir(places.leases)) {
      const [pid = "", startedAt = ""] = name.split("-");
      if (isAlive({ pid: Number(pid), startedAt })) return;
      await rm(join(places.leases, name)); // Of a run that was killed.
    }
    if (readRunning(places)?.owner === "tests") await takeDownLocked(places);
  });
}

function leaseName(): string {
  return `${process.pid}-${refOf(process.pid)?.startedAt}`;
}
