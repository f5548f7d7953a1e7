import type { UnfinishedMove, Unit } from "../probe/probe-data.ts";

/** What a job needs of its machine. */
export interface PlanOptions {
  /** Bytes that must be free at each place that counts; null: only what can be gained without deleting anything. */
  readonly need: number | null;
  /** Rows of the catalogue, and `images`, that the job uses. */
  readonly keep: readonly string[];
  /** Rows that are deleted only when they are named here. */
  readonly also?: readonly string[];
  /** Directories (absolute, links resolved) at which `need` must be free too, besides where images are built. */
  readonly at?: readonly string[];
  /** X64 runners are the ones short of disk; `any` acts on others too. */
  readonly architectures: "x64" | "any";
  /** Trees are renamed away now, and deleted by a process that outlives the command. */
  readonly background?: boolean;
}

/** What is to be done on a machine, and what is not and why. Sizes are bytes. */
export interface Plan {
  readonly schema: "fanfold.disk-plan/1";
  readonly need: number | null;
  readonly scope: Scope;
  readonly devices: readonly Device[];
  /** Where `need` must be free, before and after `actions`. */
  readonly counted: { readonly before: Counted; readonly after: Counted };
  /** Whether `need` is expected to be free after `actions`. */
  readonly outcome: "met" | "short" | "not-asked";
  /** What is done, in this order. */
  readonly actions: readonly Action[];
  /** What is done only while `need` is still not free after `actions`, one after the other: sizes are estimates. */
  readonly reserve: readonly (DeleteAction | PruneAction)[];
  readonly leftOut: readonly LeftOut[];
  readonly background: boolean;
  /** What the job should know although nothing is done about it. */
  readonly warnings: readonly string[];
  /** TMPDIR and Docker's data root as they are after `actions`; null without Docker. */
  readonly tmpdir: string;
  readonly dockerRoot: string | null;
}

/** Whether this is a runner to act on at all. */
export type Scope =
  | { readonly kind: "act" }
  | { readonly kind: "no-op"; readonly reason: NoOpReason; readonly detail: string };

type NoOpReason = "not-linux" | "not-in-actions" | "not-github-hosted" | "container" | "architecture";

export interface Device {
  /** `id` of the probe's file system. */
  readonly filesystem: string;
  readonly mount: string;
  readonly bytes: { readonly size: number; readonly free: number };
  readonly inodes: { readonly size: number; readonly free: number };
}

export interface Counted {
  /** The directories, each with the mount point it lies on. */
  readonly places: readonly { readonly path: string; readonly mount: string }[];
  /** Mount points of all file systems that decide: those of the places, and what holds them in a sparse file. */
  readonly mounts: readonly string[];
  /** Bytes free on the fullest of them; `after`: as expected. */
  readonly free: number;
  /** Bytes are of no use where no inode is free to write them with. */
  readonly inodes: "enough" | "scarce";
}

/** What an action is expected to gain (bytes) and to take (seconds). Estimates. */
interface Estimate {
  readonly gain: number;
  readonly seconds: number;
}

export type Action = UndoMoveAction | RelocateAction | TmpdirAction | DeleteAction | PruneAction;

/** Takes back a move that was killed; nothing else is done by the same plan. */
interface UndoMoveAction extends Estimate, UnfinishedMove {
  readonly kind: "undo-move";
}

export interface RelocateAction extends Estimate {
  readonly kind: "relocate";
  /** The mount point of the device that the stores go to. */
  readonly target: string;
  /** The directory on it that holds the copies. */
  readonly directory: string;
  readonly stores: readonly Relocation[];
  readonly copyWith: "rsync" | "cp";
  /** What to stop, in this order; started in reverse. */
  readonly units: readonly Unit[];
}

interface Relocation {
  readonly store: "docker" | "containerd";
  readonly from: string;
  readonly to: string;
}

export interface TmpdirAction extends Estimate {
  readonly kind: "tmpdir";
  readonly from: string;
  readonly to: string;
  /** The mount point of the device that `to` lies on. */
  readonly target: string;
  readonly because: "in-memory" | "short-of-room";
}

export interface DeleteAction extends Estimate {
  readonly kind: "delete";
  /** `id` of the catalogue's row. */
  readonly row: string;
  /** `id` of the file system that the trees lie on. */
  readonly filesystem: string;
  readonly trees: readonly string[];
  readonly inodes: number;
  readonly breaks: string;
}

export interface PruneAction extends Estimate {
  readonly kind: "prune-images";
  /** `id` of the file system that images lie on. */
  readonly filesystem: string;
  /** Names of images that came with the runner; null: all that no container uses. */
  readonly images: readonly string[] | null;
}

export interface LeftOut {
  /** `relocate`, `tmpdir`, `prune-images`, or `delete:` and the row. */
  readonly action: string;
  readonly reason: LeftOutReason;
  readonly detail: string;
}

/**
 * Why something is not done:
 * - for all: `need-met`, `no-need` (nothing is deleted unless a need is stated), `kept`
 * - all but undoing: `unfinished-move`
 * - relocation: `no-docker`, `docker-unreachable`, `engine-elsewhere`, `same-device`, `already-there`, `no-more-room`,
 *   `store-too-big`, `cleaning-gives-more`, `no-systemd`, `not-a-service`, `running-containers`, `unsuitable-disk`
 * - TMPDIR: `has-room`, `no-more-room`
 * - deletion: `absent`, `not-asked-for`, `link`, `mounted`, `in-use`, `other-device`
 * - images: `no-images`, `not-enough`
 */
export type LeftOutReason =
  | "need-met"
  | "no-need"
  | "kept"
  | "no-docker"
  | "docker-unreachable"
  | "engine-elsewhere"
  | "same-device"
  | "already-there"
  | "no-more-room"
  | "store-too-big"
  | "cleaning-gives-more"
  | "no-systemd"
  | "not-a-service"
  | "running-containers"
  | "unsuitable-disk"
  | "unfinished-move"
  | "not-asked-for"
  | "has-room"
  | "absent"
  | "link"
  | "mounted"
  | "in-use"
  | "other-device"
  | "no-images"
  | "not-enough";
