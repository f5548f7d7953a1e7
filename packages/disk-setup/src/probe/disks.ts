import { dirname } from "node:path/posix";
import { type Mount, mountOf } from "./mounts.ts";
import type { Backing, Disk } from "./probe-data.ts";
import type { System } from "./system.ts";

/** Block devices, from `/sys/class/block` (https://www.kernel.org/doc/Documentation/ABI/stable/sysfs-block). */
export function probeDisks(system: System): Disk[] {
  return system.list("/sys/class/block").flatMap((name) => {
    const file = (base: string): string | undefined => system.read(`/sys/class/block/${name}/${base}`)?.trim();
    const sectors = Number(file("size"));
    // Loop devices and card readers without anything in them.
    if (!(sectors > 0)) return [];
    const kind = name.startsWith("loop") ? "loop" : /^(zram|ram|sr|fd)\d/.test(name) ? "other" : "disk";
    const partition = file("partition") !== undefined;
    // The kernel counts in units of 512 bytes here, whatever the disk does.
    return [{ name, device: file("dev") ?? "", kind: partition ? "partition" : kind, bytes: sectors * 512 } as const];
  });
}

/**
 * Follows the device of a mount through volumes (`slaves`), partitions and loop devices down to what holds the bytes.
 * Files that this machine does not see (a machine inside another one) count as devices.
 */
export function standsOn(system: System, mounts: readonly Mount[], mount: Mount): Backing[] {
  const number = /^\d+:\d+$/.test(mount.filesystem) ? `/sys/dev/block/${mount.filesystem}` : mount.source;
  const name = baseName(system.resolve(number) ?? mount.source);
  return follow(system, mounts, name, new Set());
}

function follow(system: System, mounts: readonly Mount[], name: string, seen: Set<string>): Backing[] {
  if (seen.has(name)) return [];
  seen.add(name);
  if (/^z?ram\d/.test(name)) return [{ kind: "memory" }];
  const directory = `/sys/class/block/${name}`;
  const file = system.read(`${directory}/loop/backing_file`)?.trimEnd();
  if (file !== undefined) return backingFile(system, mounts, file);
  const below = [...system.list(`${directory}/slaves`)];
  // The directory of a partition lies in that of its disk.
  if (system.read(`${directory}/partition`) !== undefined) {
    below.push(baseName(dirname(system.resolve(directory) ?? directory)));
  }
  return below.flatMap((device) => follow(system, mounts, device, seen));
}

function backingFile(system: System, mounts: readonly Mount[], text: string): Backing[] {
  const path = text.replace(/ \(deleted\)$/, "");
  const directory = system.resolve(dirname(path));
  const on = directory === undefined ? undefined : mountOf(mounts, directory);
  if (on === undefined) return [];
  const file = system.file(path);
  const allocation = file !== undefined && file.allocated >= file.size ? "full" : "sparse";
  return [{ kind: "file", path, filesystem: on.filesystem, allocation }];
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
