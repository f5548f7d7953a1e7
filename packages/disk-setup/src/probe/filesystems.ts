import { isInMemory, isOnDisk, isWithin, mountOf } from "./mounts.ts";
import type { Filesystem, Probe } from "./probe-data.ts";

/** A store of images as it is now. */
export interface Store {
  readonly store: "docker" | "containerd";
  readonly path: string;
  readonly filesystem: Filesystem;
}

/** The file system that `path` (absolute, links resolved) lies on. */
export function filesystemOf(probe: Probe, path: string): Filesystem | undefined {
  const mount = mountOf(probe.mounts, path);
  return probe.filesystems.find((filesystem) => filesystem.id === mount?.filesystem);
}

/** Docker's and containerd's stores, where the engine is this machine's own. */
export function stores(probe: Probe): Store[] {
  const { docker } = probe;
  if (docker.state !== "running" || docker.endpoint !== "system") return [];
  const found: Store[] = [];
  for (const [store, path] of [
    ["docker", docker.dataRoot],
    ["containerd", docker.containerdRoot],
  ] as const) {
    const filesystem = path === null ? undefined : filesystemOf(probe, path);
    if (path !== null && filesystem !== undefined) found.push({ store, path, filesystem });
  }
  return found;
}

/** Whether the store lies where a run of this tool has put it: mounted over its old place. */
export function isMoved(probe: Probe, { store, path }: Store): boolean {
  const mount = mountOf(probe.mounts, path);
  return mount?.path === path && mount.root.endsWith(`/disk-setup/${store}`);
}

/**
 * Where the bytes of image builds go: the classic store writes them to the data root; with containerd's store the images
 * go to containerd's root, and builders with their caches to the data root. Without Docker: the workspace.
 */
export function buildPaths(probe: Probe): string[] {
  const { docker } = probe;
  const held = stores(probe).filter(
    ({ store }) => store === "docker" || (docker.state === "running" && docker.store === "containerd"),
  );
  return held.length === 0 ? [probe.workspace] : held.map(({ path }) => path);
}

/** The file system, and those whose room it shares: the ones that hold its bytes in a sparse file, to the end. */
export function sharedRoom(probe: Probe, filesystem: Filesystem): Filesystem[] {
  const found = [filesystem];
  // Grows while it is walked.
  for (const { standsOn = [] } of found) {
    for (const backing of standsOn) {
      if (backing.kind !== "file" || backing.allocation === "full") continue;
      const below = probe.filesystems.find(({ id }) => id === backing.filesystem);
      if (below !== undefined && !found.includes(below)) found.push(below);
    }
  }
  return found;
}

/** Whether the file system, or a file that holds it, lives in memory. */
export function livesInMemory(probe: Probe, filesystem: Filesystem, seen: readonly Filesystem[] = []): boolean {
  if (isInMemory(filesystem.type)) return true;
  return (filesystem.standsOn ?? []).some((backing) => {
    if (backing.kind === "memory") return true;
    const below = probe.filesystems.find(({ id }) => id === backing.filesystem);
    return below !== undefined && !seen.includes(below) && livesInMemory(probe, below, [...seen, filesystem]);
  });
}

/** Disks that something could be moved to, the one with the most room first. */
export function writableDisks(probe: Probe): Filesystem[] {
  const room = (filesystem: Filesystem): number =>
    Math.min(...sharedRoom(probe, filesystem).map(({ bytes }) => bytes.free));
  return probe.filesystems
    .filter(({ type, access, mount }) => isOnDisk(type) && access === "read-write" && isUsable(mount))
    .filter((filesystem) => !livesInMemory(probe, filesystem))
    .toSorted((a, b) => room(b) - room(a) || (a.mount < b.mount ? -1 : 1));
}

/** Why neither images nor temporary files belong on this disk, if so. */
export function unsuitable(probe: Probe, { mount }: Filesystem): string | undefined {
  const restrictions = probe.mounts.findLast(({ path }) => path === mount)?.restrictions ?? [];
  if (restrictions.length > 0) return `${mount} is mounted with ${restrictions.join(", ")}, under which builds fail`;
  if (mount !== "/" && isWithin(probe.workspace, mount)) {
    return `${mount} is the job's own disk: its workspace lies there`;
  }
  return undefined;
}

// A control character in a path could end a line of a file that the runner reads, and begin another.
const isUsable = (mount: string): boolean => !isWithin(mount, "/boot") && isPlain(mount);

export const isPlain = (path: string): boolean => !/[\u0000-\u001f\u007f]/.test(path);

/** The directory on a device that holds all that this tool puts there. */
export function ownDirectory(mount: string): string {
  return mount === "/" ? "/var/lib/disk-setup" : `${mount}/disk-setup`;
}

/** A device with fewer free inodes is full, however many bytes it has. */
export const FEWEST_INODES = 10_000;

export function lacksInodes({ inodes }: Pick<Filesystem, "inodes">): boolean {
  return inodes.size > 0 && inodes.free < FEWEST_INODES;
}
