import { writeFileSync } from "node:fs";
import { open, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemCodeOf } from "@fanfold-internal/kit/process/errors";
import type { Clock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { readWhole } from "./files.ts";

const LOCK = ".fanfold.lock";
/** An index.json is rewritten in milliseconds; who holds its lock this long is gone, whatever machine it was on. */
const STALE_MS = 60_000;
const MAX_LOCK_BYTES = 4096;
const GIVE_UP_MS = 90_000;

/**
 * Runs an action while no other process has this layout's lock. A lock whose owner has died is taken over.
 *
 * @throws DigestToolsError `layout-locked`
 */
export async function withLayoutLock<T>(directory: string, clock: Clock, action: () => Promise<T>): Promise<T> {
  const file = join(directory, LOCK);
  const started = clock.now();
  while (!create(file)) {
    if (await isStale(file, clock.now())) {
      await takeAway(file, clock);
      continue;
    }
    if (clock.now() - started > GIVE_UP_MS) {
      throw new DigestToolsError({
        code: "layout-locked",
        message: `expected to get this lock within ${GIVE_UP_MS / 1000} s, another process holds it`,
        at: { file },
        fix: "wait for the other process; if there is none, delete this file",
      });
    }
    await clock.sleep(2 + 20 * clock.random());
  }
  try {
    return await action();
  } finally {
    await unlink(file).catch(ignoreMissing);
  }
}

function create(file: string): boolean {
  try {
    // Synchronous: one that is killed between making the file and writing into it leaves a lock whose owner nobody knows,
    // and whoever comes next waits until it is old.
    writeFileSync(file, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isStale(file: string, now: number): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(file), readWhole(file, MAX_LOCK_BYTES)]);
    if (now - mtimeMs > STALE_MS) return true;
    // Without its content it is just being written.
    const owner = /^\{"host":"(.*)","pid":(\d+)\}$/.exec(text.toString("utf8"));
    return owner !== null && owner[1] === hostname() && !isAlive(Number(owner[2]));
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

/** Under a second lock: of two that find the lock stale at one time, the later would take away the earlier's new one. */
async function takeAway(file: string, clock: Clock): Promise<void> {
  const guard = `${file}.stale`;
  try {
    await (await open(guard, "wx")).close();
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
    const left = await stat(guard).catch(() => undefined);
    if (left !== undefined && clock.now() - left.mtimeMs > STALE_MS) await unlink(guard).catch(ignoreMissing);
    return clock.sleep(2 + 20 * clock.random());
  }
  try {
    if (await isStale(file, clock.now())) await unlink(file).catch(ignoreMissing);
  } finally {
    await unlink(guard).catch(ignoreMissing);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== "ESRCH";
  }
}

function ignoreMissing(error: unknown): void {
  if (systemCodeOf(error) !== "ENOENT") throw error;
}
