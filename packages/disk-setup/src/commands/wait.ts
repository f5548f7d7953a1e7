import { setTimeout as sleep } from "node:timers/promises";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { appendToRunnerFile, pairsText } from "@fanfold-internal/kit/process/runner-files";
import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countedAt, placesOf, roomsOf } from "../plan/free-space.ts";
import type { Plan } from "../plan/plan-data.ts";
import { buildPaths } from "../probe/filesystems.ts";
import { probe } from "../probe/probe.ts";
import type { System } from "../probe/system.ts";
import { STATE } from "../probe/unfinished.ts";
import { isMet, measure } from "./measure.ts";
import { placesOfMeasured } from "./outcome.ts";

const POLL_MS = 200;

/**
 * Waits until `need` bytes are free at the plan's places, or until no deletion runs in the background any more; reports
 * which, and writes the outputs `need-met`, `need-at`, `free` and `seconds`.
 *
 * @throws InputError `unwritable-file`
 */
export async function waitForNeed(
  need: number,
  counted: Plan["counted"]["before"],
  host: Host,
  system: System,
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    // Asked first: what a deletion frees at its very end counts.
    const deleting = await isDeleting(system);
    const now = measure(system, counted);
    const met = isMet(need, now);
    if (!met && deleting) {
      await sleep(POLL_MS);
      continue;
    }
    const seconds = Math.round((performance.now() - begun) / 1000);
    const text = `${formatBytes(now.free)} free at ${placesOfMeasured(now)}, ${formatBytes(need)} needed`;
    host.stderr(`disk-setup: ${printable(text)}; waited ${seconds} s\n`);
    if (!met) {
      report(host, { code: "need-short", severity: "warning", message: `${text}, and nothing is being deleted` });
    }
    const outputs = [
      ["need-met", String(met)],
      ["need-at", JSON.stringify(now.at)],
      ["free", String(now.free)],
      ["seconds", String(seconds)],
    ] as const;
    appendToRunnerFile(host, "GITHUB_OUTPUT", pairsText(outputs));
    return;
  }
}

/** Where images are built on this machine, and the directories of `at`. */
export async function placesHere(system: System, at: readonly string[]): Promise<Plan["counted"]["before"]> {
  const found = await probe(system);
  const places = placesOf(found, [...new Set([...buildPaths(found), ...at])]);
  return countedAt(places, roomsOf(places));
}

/** The process behind `--background` holds a lock for as long as it runs, however it ends. */
async function isDeleting({ kind, run }: System): Promise<boolean> {
  const lock = `${STATE}/deleting`;
  if (kind(lock) === "absent") return false;
  const answer = await run("flock", ["--exclusive", "--nonblock", lock, "true"], 10);
  return answer.kind === "ended" && answer.code !== 0;
}
