import { isOnDisk, isWithin, mountOf } from "./mounts.ts";
import type { DockerEngine, Filesystem, Probe } from "./probe-data.ts";

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
 * Where a build's bytes go. With the classic store all of them go to the data root; with containerd's the images go to
 * containerd's root, and builders with their caches stay in the data root. Without Docker: the workspace.
 */
export function buildFilesystems(probe: Probe): Filesystem[] {
  const held = stores(probe).filter(({ store }) => store === "docker" || keepsImages(probe.docker));
  const places = held.map(({ filesystem }) => filesystem);
  const fallback = filesystemOf(probe, probe.workspace) ?? filesystemOf(probe, "/");
  if (places.length === 0 && fallback !== undefined) places.push(fallback);
  return places.filter(({ id }, index) => places.findIndex((place) => place.id === id) === index);
}

function keepsImages(docker: Probe["docker"]): docker is DockerEngine {
  return docker.state === "running" && docker.store === "containerd";
}

/** Disks that something could be moved to, the roomiest first. */
export function writableDisks(probe: Probe): Filesystem[] {
  return probe.filesystems
    .filter(({ type, access, mount }) => isOnDisk(type) && access === "read-write" && isUsable(mount))
    .toSorted((a, b) => b.bytes.free - a.bytes.free || (a.mount < b.mount ? -1 : 1));
}

// A control character in a path could end a line of GITHUB_ENV and begin another.
const isUsable = (mount: string): boolean => !isWithin(mount, "/boot") && !/[\u0000-\u001f\u007f]/.test(mount);

/** The directory on a device that everything of ours goes into. */
export function ownDirectory(mount: string): string {
  return mount === "/" ? "/var/lib/disk-setup" : `${mount}/disk-setup`;
}

/** A device with fewer free inodes is full, however many bytes it has. */
export const FEWEST_INODES = 10_000;

export function lacksInodes({ inodes }: Pick<Filesystem, "inodes">): boolean {
  return inodes.size > 0 && inodes.free < FEWEST_INODES;
}
