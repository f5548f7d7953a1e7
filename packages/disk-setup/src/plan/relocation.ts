import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import {
  buildPaths,
  isMoved,
  isPlain,
  lacksInodes,
  ownDirectory,
  type Store,
  sharedRoom,
  stores,
  unsuitable,
  writableDisks,
} from "../probe/filesystems.ts";
import { isWithin, mountOf } from "../probe/mounts.ts";
import type { Filesystem, Probe } from "../probe/probe-data.ts";
import { leastUsable, placesOf, roomsOf } from "./free-space.ts";
import type { LeftOutReason, PlanOptions, RelocateAction } from "./plan-data.ts";

/** Whether Docker's stores could move to a device with more room, and what would be free there then. */
export type RelocationOffer =
  | { readonly kind: "possible"; readonly action: RelocateAction; readonly target: Filesystem; readonly free: number }
  | { readonly kind: "impossible"; readonly reason: LeftOutReason; readonly detail: string };

export const ENGINE_ELSEWHERE = "the docker command talks to an engine elsewhere, not to this machine's service";

const impossible = (reason: LeftOutReason, detail: string): RelocationOffer => ({ kind: "impossible", reason, detail });

// Stopping and starting the daemons, and the checks.
const RESTART_SECONDS = 8;
const COPY_BYTES_PER_SECOND = 200e6;

export function offerRelocation(probe: Probe, { need }: Pick<PlanOptions, "need">): RelocationOffer {
  const { docker, machine } = probe;
  if (docker.state === "absent") return impossible("no-docker", "Docker is not installed on this machine");
  if (docker.state === "unreachable")
    return impossible("docker-unreachable", `no Docker Engine answers: ${docker.detail}`);
  if (docker.endpoint === "elsewhere") return impossible("engine-elsewhere", ENGINE_ELSEWHERE);
  const held = stores(probe);
  const now = leastUsable(roomsOf(placesOf(probe, buildPaths(probe))));
  const moved = held.filter((store) => isMoved(probe, store));
  if (moved.length > 0 && moved.length === held.length) {
    return impossible("already-there", `the stores are on ${places(held)} already, where an earlier run moved them`);
  }
  // What has been moved stays: the way back is blocked by what it left behind, and so is the next way here.
  const others = writableDisks(probe).filter(
    ({ id }) =>
      held.some(({ filesystem }) => filesystem.id !== id) && moved.every(({ filesystem }) => filesystem.id === id),
  );
  const target = others.find((disk) => whyNotOn(probe, held, disk) === undefined);
  const away = held.every(({ filesystem }) => filesystem.id !== mountOf(probe.mounts, "/")?.filesystem);
  if (away && (target === undefined || roomFor(probe, target) <= now)) {
    return impossible("already-there", `the stores are on ${places(held)} already, which has the most room`);
  }
  if (target === undefined) {
    const reasons = others.flatMap((disk) => whyNotOn(probe, held, disk) ?? []);
    if (reasons.length > 0) return impossible("unsuitable-disk", reasons.join("; "));
    return impossible("same-device", oneDisk(probe, held));
  }
  if (need !== null && now >= need) {
    return impossible("need-met", `${formatBytes(now)} are free where the stores are`);
  }
  const unmovable =
    roomReason(docker.storeBytes ?? 0, now, target, roomFor(probe, target)) ?? engineReason(probe, held);
  if (unmovable !== undefined) return unmovable;

  const directory = ownDirectory(target.mount);
  const copied = docker.storeBytes ?? 0;
  const free = roomFor(probe, target) - copied;
  const moving = held.filter(({ filesystem }) => filesystem.id !== target.id);
  const to = (store: string): string => `${directory}/${store}`;
  return {
    kind: "possible",
    target,
    free,
    action: {
      kind: "relocate",
      target: target.mount,
      directory,
      stores: moving.map(({ store, path }) => ({ store, from: path, to: to(store) })),
      copyWith: machine.rsync === "present" ? "rsync" : "cp",
      units: docker.units,
      gain: free - now,
      seconds: RESTART_SECONDS + Math.round(copied / COPY_BYTES_PER_SECOND),
    },
  };
}

function roomReason(copied: number, now: number, target: Filesystem, free: number): RelocationOffer | undefined {
  const room = `${target.mount} has ${formatBytes(free)} free`;
  if (lacksInodes(target)) {
    return impossible("no-more-room", `${target.mount} has ${target.inodes.free} inodes free, too few to build with`);
  }
  if (free <= now) {
    return impossible("no-more-room", `${room}, the device of the stores ${formatBytes(now)}`);
  }
  if (free <= copied) {
    return impossible("store-too-big", `${room}, and the stores alone take ${formatBytes(copied)}`);
  }
  if (free - copied <= now) {
    return impossible(
      "no-more-room",
      `${room}; with the stores on it that is less than the ${formatBytes(now)} free now`,
    );
  }
  return undefined;
}

function engineReason({ docker, machine }: Probe, held: readonly Store[]): RelocationOffer | undefined {
  if (docker.state !== "running") return undefined;
  if (machine.init !== "systemd") {
    return impossible("no-systemd", "systemd does not run here, so Docker cannot be stopped and started safely");
  }
  if (!held.every(({ path }) => isPlain(path))) {
    return impossible("unsuitable-disk", "the path of a store holds a control character");
  }
  if (!docker.units.includes("docker.service")) {
    return impossible(
      "not-a-service",
      "Docker runs, but not as docker.service, so it cannot be stopped and started safely",
    );
  }
  const builders = docker.builders ?? [];
  if (builders.length > 0 && builders.length === docker.runningContainers) {
    return impossible(
      "running-containers",
      `a builder of buildx runs already (${builders.join(", ")}); run disk-setup before docker/setup-buildx-action`,
    );
  }
  if (docker.runningContainers > 0) {
    return impossible(
      "running-containers",
      `${docker.runningContainers} containers are running (a job's services start before its steps), and a restart of Docker would end them`,
    );
  }
  return undefined;
}

/** Why the stores would gain nothing on this disk, or would not work there. */
function whyNotOn(probe: Probe, held: readonly Store[], disk: Filesystem): string | undefined {
  const own = held.flatMap(({ filesystem }) => sharedRoom(probe, filesystem));
  const shared = sharedRoom(probe, disk).find((each) => each.id !== disk.id && own.includes(each));
  if (shared !== undefined) return `${disk.mount} is a sparse file on ${shared.mount}, so it has no room of its own`;
  return unsuitable(probe, disk);
}

/** Bytes that can be written there: no more than what holds the disk has, where that is a sparse file. */
const roomFor = (probe: Probe, disk: Filesystem): number =>
  Math.min(...sharedRoom(probe, disk).map(({ bytes }) => bytes.free));

function oneDisk(probe: Probe, held: readonly Store[]): string {
  const mnt = mountOf(probe.mounts, "/mnt");
  const aside =
    mnt !== undefined && !isWithin(mnt.path, "/mnt") ? `; /mnt is a directory on the device of ${mnt.path}` : "";
  return `there is no second device to move to: the stores are on ${places(held)}${aside}`;
}

const places = (held: readonly Store[]): string =>
  [...new Set(held.map(({ filesystem }) => filesystem.mount))].join(" and ") || "/";
