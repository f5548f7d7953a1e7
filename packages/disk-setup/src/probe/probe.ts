import { DiskSetupError } from "../base/error.ts";
import { CATALOGUE, type CatalogueRow } from "./catalogue.ts";
import { probeDisks, standsOn } from "./disks.ts";
import { probeDocker } from "./engine.ts";
import { isInMemory, isOnDisk, isWithin, type Mount, mountOf, parseMounts } from "./mounts.ts";
import type { Filesystem, Probe } from "./probe-data.ts";
import { type System, thisSystem } from "./system.ts";
import { findTrees, findUse } from "./trees.ts";
import { readUnfinished } from "./unfinished.ts";

/**
 * Describes this machine. Changes nothing, and needs neither Docker nor root.
 *
 * @throws DiskSetupError `system-unreadable` where there is no `/proc/self/mountinfo`: not on Linux
 */
export async function probe(
  system: System = thisSystem(),
  catalogue: readonly CatalogueRow[] = CATALOGUE,
): Promise<Probe> {
  const table = system.read("/proc/self/mountinfo");
  if (table === undefined) {
    throw new DiskSetupError({
      code: "system-unreadable",
      message: "expected a Linux machine with a readable /proc/self/mountinfo, found none",
      fix: "run this on a Linux runner, or pass a probe of one with --probe",
    });
  }
  const mounts = parseMounts(table);
  const filesystems = probeFilesystems(system, mounts);
  const init = system.kind("/run/systemd/system") === "directory" ? "systemd" : "other";
  const path = (text: string): string => system.resolve(text) ?? text;
  const unfinished = readUnfinished(system);
  const { env } = system;
  return {
    schema: "fanfold.disk-probe/1",
    runner: {
      environment: env["RUNNER_ENVIRONMENT"] || null,
      arch: env["RUNNER_ARCH"] || system.processor.toUpperCase(),
      image: env["ImageOS"] || null,
      imageVersion: env["ImageVersion"] || null,
    },
    machine: {
      kind: machineKind(mounts),
      init,
      user: system.userId === 0 ? "root" : "ordinary",
      rsync: (await system.run("rsync", ["--version"], 10)).kind === "ended" ? "present" : "absent",
    },
    disks: probeDisks(system),
    mounts,
    filesystems,
    docker: await probeDocker(system, init, hasSecondDisk(filesystems)),
    temporary: { variable: env["TMPDIR"] || null, path: path(env["TMPDIR"] || "/tmp") },
    workspace: path(env["GITHUB_WORKSPACE"] || system.cwd),
    trees: catalogue.flatMap((row) => findTrees(system, row)),
    inUse: findUse(system),
    ...(unfinished === undefined ? {} : { unfinished }),
  };
}

/**
 * A machine's root directory is all of a disk. `/.dockerenv` proves nothing: images of machines are made from images
 * of containers, and keep it.
 */
function machineKind(mounts: readonly Mount[]): "machine" | "container" {
  const root = mountOf(mounts, "/");
  if (root === undefined || !isOnDisk(root.type)) return "container";
  return root.root === "/" || root.type === "btrfs" ? "machine" : "container";
}

function probeFilesystems(system: System, mounts: readonly Mount[]): Filesystem[] {
  const shown = new Map<string, Mount>();
  for (const mount of mounts) {
    const counts = isOnDisk(mount.type) || isInMemory(mount.type) || mount.path === "/";
    const whole = mount.root === "/" || mount.type === "btrfs" || mount.path === "/";
    // What a later mount covers cannot be reached by its path any more.
    if (!counts || !whole || mountOf(mounts, mount.path) !== mount) continue;
    const known = shown.get(mount.filesystem);
    if (known === undefined || mount.path.length < known.path.length) shown.set(mount.filesystem, mount);
  }
  return [...shown.values()].flatMap((mount) => {
    const { filesystem, type, path, access } = mount;
    const space = system.space(path);
    if (space === undefined) return [];
    const backing = standsOn(system, mounts, mount);
    const extra = backing.length === 0 ? {} : { standsOn: backing };
    return [{ id: filesystem, type, mount: path, access, ...space, ...extra }];
  });
}

function hasSecondDisk(filesystems: readonly Filesystem[]): boolean {
  const disks = filesystems.filter(({ type, access, mount }) => {
    return isOnDisk(type) && access === "read-write" && !isWithin(mount, "/boot");
  });
  return disks.length > 1;
}
