import { CATALOGUE, type CatalogueRow } from "../probe/catalogue.ts";
import { filesystemOf } from "../probe/filesystems.ts";
import { isWithin } from "../probe/mounts.ts";
import type { Filesystem, Probe, Tree } from "../probe/probe-data.ts";
import type { DeleteAction, LeftOut, LeftOutReason } from "./plan-data.ts";

export interface Deletable {
  /** The densest first: most bytes an inode. */
  readonly actions: readonly DeleteAction[];
  readonly leftOut: readonly LeftOut[];
}

// Deleting costs time by the inode, hardly by the byte; on a hosted runner's disk about this many a second.
const INODES_PER_SECOND = 20_000;

/** What of the catalogue can go from this machine, to the good of the device that images are built on. */
export function findDeletable(
  probe: Probe,
  keep: readonly string[],
  build: Filesystem | undefined,
  catalogue: readonly CatalogueRow[] = CATALOGUE,
): Deletable {
  const found: { readonly density: number; readonly action: DeleteAction }[] = [];
  const leftOut: LeftOut[] = [];
  // No tree is larger than all that is there, whatever size others of its name have.
  const used = build === undefined ? Number.POSITIVE_INFINITY : build.bytes.size - build.bytes.free;
  for (const row of catalogue) {
    const here = probe.trees.filter((tree) => tree.row === row.id);
    const omit = (reason: LeftOutReason, detail: string): unknown =>
      leftOut.push({ action: `delete:${row.id}`, reason, detail });
    if (keep.includes(row.id)) {
      omit("kept", "--keep names it");
      continue;
    }
    if (here.length === 0) {
      omit("absent", "it is not on this machine");
      continue;
    }
    const trees = here.filter((tree) => {
      const refusal = whyNot(probe, tree, build);
      if (refusal !== undefined) omit(...refusal);
      return refusal === undefined;
    });
    if (trees.length === 0) continue;
    const size = sizeOn(row, probe.runner.image);
    const share = trees.length / here.length;
    const inodes = Math.round(size.inodes * share);
    const bytes = Math.round(size.bytes * share);
    const action: DeleteAction = {
      kind: "delete",
      row: row.id,
      trees: trees.map(({ path }) => path),
      inodes,
      breaks: row.breaks,
      gain: Math.min(bytes, used),
      seconds: Math.max(1, Math.round(inodes / INODES_PER_SECOND)),
    };
    found.push({ density: bytes / inodes, action });
  }
  return { actions: found.toSorted((a, b) => b.density - a.density).map(({ action }) => action), leftOut };
}

function whyNot(
  probe: Probe,
  { path, kind }: Tree,
  build: Filesystem | undefined,
): [LeftOutReason, string] | undefined {
  if (kind === "link") return ["link", `${path} is a symbolic link, which is never followed`];
  const mount = probe.mounts.find((candidate) => isWithin(candidate.path, path));
  if (mount !== undefined) return ["mounted", `${mount.path} is a mount point, which is never walked into`];
  const user = probe.inUse.find((used) => isWithin(used, path));
  if (user !== undefined) return ["in-use", `${user} is in use by this job`];
  const device = filesystemOf(probe, path);
  if (device === undefined || device.id !== build?.id) {
    return ["other-device", `it lies on ${device?.mount ?? "another device"}, and images are built elsewhere`];
  }
  return undefined;
}

// An image that the catalogue does not know: the least that any image has.
function sizeOn(row: CatalogueRow, image: string | null): { readonly bytes: number; readonly inodes: number } {
  const known = image === null ? undefined : row.images[image];
  const sizes = Object.values(row.images).toSorted((a, b) => a.bytes - b.bytes);
  return known ?? sizes[0] ?? { bytes: 0, inodes: 1 };
}
