import { CATALOGUE, type CatalogueRow } from "../probe/catalogue.ts";
import { filesystemOf } from "../probe/filesystems.ts";
import { isWithin } from "../probe/mounts.ts";
import type { Probe, Tree } from "../probe/probe-data.ts";
import type { Rooms } from "./free-space.ts";
import type { DeleteAction, LeftOut, LeftOutReason, PlanOptions } from "./plan-data.ts";

export interface Deletable {
  /** The densest first: most bytes an inode. */
  readonly actions: readonly DeleteAction[];
  readonly leftOut: readonly LeftOut[];
}

// Deleting takes time by the inode, hardly by the byte. What a hosted runner's disk did with nothing cached: the Android
// SDK's 150,000 took 50 s.
const INODES_PER_SECOND = 3_000;

/** What can be deleted here: trees of the catalogue on the file systems where the need is counted. */
export function findDeletable(
  probe: Probe,
  { keep, also = [] }: Pick<PlanOptions, "keep" | "also">,
  rooms: Rooms,
  catalogue: readonly CatalogueRow[] = CATALOGUE,
): Deletable {
  const found: { readonly density: number; readonly action: DeleteAction }[] = [];
  const leftOut: LeftOut[] = [];
  for (const row of catalogue) {
    const here = probe.trees.filter((tree) => tree.row === row.id);
    const omit = (reason: LeftOutReason, detail: string): unknown =>
      leftOut.push({ action: `delete:${row.id}`, reason, detail });
    if (keep.includes(row.id)) omit("kept", "--keep names it");
    else if (here.length === 0) omit("absent", "not on this machine");
    else if (row.optIn && !also.includes(row.id)) omit("not-asked-for", "deleted only when --also names it");
    else {
      const trees = here.flatMap((tree) => {
        const filesystem = filesystemOf(probe, tree.path)?.id ?? "";
        const refusal = whyNot(probe, tree, rooms);
        if (refusal !== undefined) omit(...refusal);
        return refusal === undefined ? [{ path: tree.path, filesystem }] : [];
      });
      for (const filesystem of new Set(trees.map((tree) => tree.filesystem))) {
        const paths = trees.filter((tree) => tree.filesystem === filesystem).map(({ path }) => path);
        const size = sizeOn(row, probe.runner.image);
        const action = deletionOf(row, paths, filesystem, paths.length / here.length, size, rooms);
        found.push({ density: size.bytes / size.inodes, action });
      }
    }
  }
  return { actions: found.toSorted((a, b) => b.density - a.density).map(({ action }) => action), leftOut };
}

type Size = CatalogueRow["images"][string];

function deletionOf(
  row: CatalogueRow,
  trees: readonly string[],
  filesystem: string,
  share: number,
  size: Size,
  rooms: Rooms,
): DeleteAction {
  const room = rooms.get(filesystem);
  // No tree is larger than all that is there, whatever size others of its name have.
  const used = room === undefined ? Number.POSITIVE_INFINITY : room.size - room.bytes;
  const inodes = Math.round(size.inodes * share);
  return {
    kind: "delete",
    row: row.id,
    filesystem,
    trees,
    inodes,
    breaks: row.breaks,
    gain: Math.min(Math.round(size.bytes * share), used),
    seconds: Math.max(1, Math.round(inodes / INODES_PER_SECOND)),
  };
}

function whyNot(probe: Probe, { path, kind }: Tree, rooms: Rooms): [LeftOutReason, string] | undefined {
  if (kind === "link") return ["link", `${path} is a symbolic link, and links are never followed`];
  const mount = probe.mounts.find((candidate) => isWithin(candidate.path, path));
  if (mount !== undefined) return ["mounted", `${mount.path} is a mount point, and mounts are never entered`];
  const user = probe.inUse.find((used) => isWithin(used, path));
  if (user !== undefined) return ["in-use", `${user} is in use by this job`];
  const filesystem = filesystemOf(probe, path);
  if (filesystem === undefined || !rooms.has(filesystem.id)) {
    return ["other-device", `it lies on ${filesystem?.mount ?? "another device"}, where no space is needed`];
  }
  return undefined;
}

// An image that the catalogue does not know: the least that any image has.
function sizeOn(row: CatalogueRow, image: string | null): Size {
  const known = image === null ? undefined : row.images[image];
  const sizes = Object.values(row.images).toSorted((a, b) => a.bytes - b.bytes);
  return known ?? sizes[0] ?? { bytes: 0, inodes: 1 };
}
