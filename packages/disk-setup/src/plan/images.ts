import { filesystemOf } from "../probe/filesystems.ts";
import type { Probe } from "../probe/probe-data.ts";
import { type Rooms, usable } from "./free-space.ts";
import type { LeftOut, PlanOptions, PruneAction } from "./plan-data.ts";
import { ENGINE_ELSEWHERE } from "./relocation.ts";

export type Pruning = PruneAction | { readonly kind: "none"; readonly leftOut: LeftOut };

// Images are few large files.
const BYTES_PER_SECOND = 2e9;

/** Removing the images that came with the runner: nothing of the job uses them, so they go before anything else. */
export function pruneFirst(probe: Probe, { need, keep }: PlanOptions, rooms: Rooms): PruneAction | undefined {
  const { docker } = probe;
  if (need === null || keep.includes("images")) return undefined;
  if (docker.state !== "running" || docker.preinstalled === undefined || docker.endpoint !== "system") return undefined;
  const filesystem = imagesOn(probe);
  const room = rooms.get(filesystem);
  const { images, bytes } = docker.preinstalled;
  if (room === undefined || usable(room) >= need || images.length === 0) return undefined;
  const gain = Math.min(bytes, docker.reclaimable, room.size - room.bytes);
  return { kind: "prune-images", filesystem, images, gain, seconds: 1 + Math.round(gain / BYTES_PER_SECOND) };
}

/** Removing all images that no container uses: the last thing, since a step may have pulled them on purpose. */
export function pruneLast(probe: Probe, keep: readonly string[], rooms: Rooms): Pruning {
  const { docker } = probe;
  const none = (reason: LeftOut["reason"], detail: string): Pruning => ({
    kind: "none",
    leftOut: { action: "prune-images", reason, detail },
  });
  if (keep.includes("images")) return none("kept", "--keep names it");
  if (docker.state !== "running") return none("no-docker", "no Docker answers on this machine");
  if (docker.endpoint === "elsewhere") return none("engine-elsewhere", ENGINE_ELSEWHERE);
  if (docker.reclaimable === 0) return none("no-images", "Docker holds no image that nothing uses");
  const filesystem = imagesOn(probe);
  const room = rooms.get(filesystem);
  const used = room === undefined ? Number.POSITIVE_INFINITY : room.size - room.bytes;
  const gain = Math.min(docker.reclaimable, used);
  return { kind: "prune-images", filesystem, images: null, gain, seconds: 1 + Math.round(gain / BYTES_PER_SECOND) };
}

/** The probe as it would be after the images are gone. */
export function probeAfter(probe: Probe, { filesystem, gain }: PruneAction): Probe {
  const { docker } = probe;
  if (docker.state !== "running") return probe;
  const { preinstalled: _, ...rest } = docker;
  const storeBytes = docker.storeBytes === null ? null : Math.max(0, docker.storeBytes - gain);
  return {
    ...probe,
    filesystems: probe.filesystems.map((each) =>
      each.id === filesystem ? { ...each, bytes: { ...each.bytes, free: each.bytes.free + gain } } : each,
    ),
    docker: { ...rest, storeBytes, reclaimable: Math.max(0, docker.reclaimable - gain) },
  };
}

function imagesOn(probe: Probe): string {
  const { docker } = probe;
  if (docker.state !== "running") return "";
  const root = docker.store === "containerd" ? (docker.containerdRoot ?? docker.dataRoot) : docker.dataRoot;
  return filesystemOf(probe, root)?.id ?? "";
}
