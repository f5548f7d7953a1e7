/** One line of `/proc/self/mountinfo`. */
export interface Mount {
  /** Where it is mounted; as the kernel has it, with its escapes undone. */
  readonly path: string;
  /** What of the file system is mounted: `/`, or a directory of it for a bind mount. */
  readonly root: string;
  /** The file system's type: `ext4`, `tmpfs`, `overlay`, … */
  readonly type: string;
  /** What is mounted: `/dev/sda1`, `tmpfs`, … */
  readonly source: string;
  /** Names the file system: `major:minor`, and for btrfs its source, since each subvolume has a number of its own. */
  readonly filesystem: string;
  readonly access: "read-write" | "read-only";
  /** What the mount forbids to everything on it; absent: nothing. */
  readonly restrictions?: readonly Restriction[];
}

/** Mount options under which programs, containers or their devices do not work. */
export const RESTRICTIONS = ["noexec", "nosuid", "nodev"] as const;

type Restriction = (typeof RESTRICTIONS)[number];

/**
 * Parses `/proc/self/mountinfo` (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html). Lines of another form
 * are left out.
 */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const dash = fields.indexOf("-", 6);
    const [device, root, path, options] = fields.slice(2, 6);
    const [type, source, superOptions] = dash === -1 ? [] : fields.slice(dash + 1);
    if (device === undefined || root === undefined || path === undefined || options === undefined) continue;
    if (type === undefined || source === undefined) continue;
    const words = new Set([options, superOptions ?? ""].flatMap((list) => list.split(",")));
    const restrictions = RESTRICTIONS.filter((word) => words.has(word));
    mounts.push({
      path: withoutEscapes(path),
      root: withoutEscapes(root),
      type,
      source: withoutEscapes(source),
      filesystem: type === "btrfs" ? withoutEscapes(source) : device,
      access: words.has("ro") ? "read-only" : "read-write",
      ...(restrictions.length === 0 ? {} : { restrictions }),
    });
  }
  return mounts;
}

// The kernel writes space, tab, newline, backslash and # as three octal digits; a digit after them belongs to the name.
const withoutEscapes = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The mount that `path` (absolute, links resolved) lies on. Of two mounts on one place the later hides the earlier. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (isWithin(path, mount.path) && (best === undefined || mount.path.length >= best.path.length)) best = mount;
  }
  return best;
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}

/** File systems that live on a disk and carry what Docker needs (extended attributes, hard links, device nodes). */
export function isOnDisk(type: string): boolean {
  return ["ext2", "ext3", "ext4", "xfs", "btrfs"].includes(type);
}

/** File systems that live in memory. */
export function isInMemory(type: string): boolean {
  return type === "tmpfs" || type === "ramfs";
}
