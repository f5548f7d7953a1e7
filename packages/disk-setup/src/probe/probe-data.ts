import type { Mount } from "./mounts.ts";

/** What `disk-setup probe` found: everything the plan rests on, and nothing that is secret. */
export interface Probe {
  readonly schema: "fanfold.disk-probe/1";
  readonly runner: {
    /** `RUNNER_ENVIRONMENT`: `github-hosted`, `self-hosted`, or null outside of Actions. */
    readonly environment: string | null;
    /** `RUNNER_ARCH`: `X64`, `ARM64`, …; outside of Actions what Node says of the machine, in the same words. */
    readonly arch: string;
    /** `ImageOS`, such as `ubuntu24`. */
    readonly image: string | null;
    /** `ImageVersion`, such as `20260802.1.0`. */
    readonly imageVersion: string | null;
  };
  readonly machine: {
    /** The root directory of a container is an overlay, or a directory of some other file system; a machine's is a disk. */
    readonly kind: "machine" | "container";
    readonly init: "systemd" | "other";
    readonly user: "root" | "ordinary";
    readonly rsync: "present" | "absent";
  };
  readonly disks: readonly Disk[];
  readonly mounts: readonly Mount[];
  readonly filesystems: readonly Filesystem[];
  readonly docker: Docker;
  /** Where programs put temporary files: TMPDIR, or `/tmp`; links resolved. */
  readonly temporary: { readonly variable: string | null; readonly path: string };
  /** `GITHUB_WORKSPACE`, or the working directory; links resolved. */
  readonly workspace: string;
  /** What of the catalogue is here. */
  readonly trees: readonly Tree[];
  /** The running Node and the toolcache's part of PATH, and the links that lead there. */
  readonly inUse: readonly string[];
  /** A move of Docker's stores that was killed before it was done or undone; absent: none. */
  readonly unfinished?: UnfinishedMove;
}

/** The note that a move leaves in `/run/disk-setup/move` before it changes anything, and removes at its end. */
export interface UnfinishedMove {
  readonly stores: readonly { readonly from: string; readonly to: string }[];
  /** In the order of stopping. */
  readonly units: readonly Unit[];
}

/** A block device, from `/sys/class/block`. */
export interface Disk {
  readonly name: string;
  /** `major:minor` */
  readonly device: string;
  readonly kind: "disk" | "partition" | "loop" | "other";
  readonly bytes: number;
}

/** A mounted file system of a disk, of memory, or an overlay. */
export interface Filesystem {
  /** `filesystem` of its mounts. */
  readonly id: string;
  readonly type: string;
  /** The mount point it is known by: the shortest of those that show all of it. */
  readonly mount: string;
  readonly access: "read-write" | "read-only";
  /** `free` is what an ordinary user can still write. */
  readonly bytes: { readonly size: number; readonly free: number };
  /** Both 0 where the file system counts none (btrfs). */
  readonly inodes: { readonly size: number; readonly free: number };
  /** What holds its bytes, where that is not a device of its own; absent: devices only. */
  readonly standsOn?: readonly Backing[];
}

/**
 * What a loop device, or a volume made of such, keeps its bytes in. A `sparse` file takes room from its own file system as
 * it is written to; a `full` one has all of its room already.
 */
export type Backing =
  | { readonly kind: "memory" }
  | {
      readonly kind: "file";
      readonly path: string;
      /** `id` of the file system that the file lies on. */
      readonly filesystem: string;
      readonly allocation: "sparse" | "full";
    };

export interface Tree {
  /** `id` of the catalogue's row. */
  readonly row: string;
  /** Absolute; every link in it resolved but the last name. */
  readonly path: string;
  readonly kind: "directory" | "link";
}

export type Docker =
  | { readonly state: "absent" }
  | { readonly state: "unreachable"; readonly detail: string }
  | DockerEngine;

interface DockerEngine {
  readonly state: "running";
  readonly version: string;
  /** The system's own engine, or one elsewhere (another host, another user's, another context). */
  readonly endpoint: "system" | "elsewhere";
  /** The classic store keeps images below the data root, the containerd store in containerd's root. */
  readonly store: "classic" | "containerd";
  /** Storage driver or snapshotter: `overlay2`, `overlayfs`, … */
  readonly driver: string;
  readonly dataRoot: string;
  /** Root of the containerd that the engine uses; null when that lies inside the data root anyway. */
  readonly containerdRoot: string | null;
  /** What both stores take now; null when it was not counted (there is no second disk) or could not be. */
  readonly storeBytes: number | null;
  readonly runningContainers: number;
  readonly images: number;
  /** What removing all unused images would free, in bytes, as Docker counts it. */
  readonly reclaimable: number;
  /** Unused images that were there before this machine booted, so no step of the job has pulled them; absent: none. */
  readonly preinstalled?: { readonly images: readonly string[]; readonly bytes: number };
  /** Names of running containers that are builders of buildx; absent: none. */
  readonly builders?: readonly string[];
  /** Of docker.socket, docker.service and containerd.service those that run. */
  readonly units: readonly Unit[];
}

/** In the order in which stopping them cannot start one again. */
export const UNITS = ["docker.socket", "docker.service", "containerd.service"] as const;

export type Unit = (typeof UNITS)[number];
