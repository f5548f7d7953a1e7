import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { endEngine } from "./engine/engine.ts";
import { removeImagesOf } from "./engine/machine-engine.ts";
import { withLock } from "./machine/lock.ts";
import type { Places } from "./machine/places.ts";
import { endProcess } from "./machine/process-ref.ts";
import { readTestbed, registryHosts } from "./machine/testbed-file.ts";
import { readRunning } from "./services.ts";

/** Ends everything and removes its data; the unpacked programs stay. False: nothing was there. */
export function takeDown(places: Places): Promise<boolean> {
  return withLock(places.lock, () => takeDownLocked(places));
}

/** The same for one who holds the lock. */
export async function takeDownLocked(places: Places): Promise<boolean> {
  if (!existsSync(places.state)) return false;
  await tidyMachineEngine(places);
  await rm(places.file, { force: true });
  const { engine, ...others } = readRunning(places)?.services ?? {};
  await Promise.all([
    endEngine(places, engine?.process),
    ...Object.values(others).map((service) => endProcess(service.process, 3)),
  ]);
  await rm(places.state, { recursive: true, force: true });
  return true;
}

/** The machine's own engine keeps running, and keeps everything but the images of tests. */
async function tidyMachineEngine({ file, dockerSocket }: Places): Promise<void> {
  const socket = existsSync(file) ? readTestbed(file).docker?.host.replace("unix://", "") : undefined;
  if (socket === undefined || socket === dockerSocket) return;
  // Who has stopped the engine meanwhile can take the test bed down all the same.
  await removeImagesOf(registryHosts(file), socket).catch(() => {});
}
