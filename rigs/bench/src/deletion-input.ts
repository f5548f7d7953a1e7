import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Probe } from "@fanfold/disk-setup";
import { CATALOGUE, type CatalogueRow } from "@fanfold/disk-setup/internal";

/** A disk with the catalogue's trees on it, smaller by one factor in files and by another in bytes. */
export interface DeletionInput {
  /** ext4, in a file. */
  readonly image: string;
  readonly mount: string;
  readonly trees: readonly string[];
  readonly catalogue: readonly CatalogueRow[];
  /** Bytes: of the disk, free on it, in the trees, and to be freed. */
  readonly size: number;
  readonly free: number;
  readonly bytes: number;
  readonly need: number;
}

const FILES = 200_000;
/** On average; each row has its own, in the proportions of the catalogue. */
const FILE_BYTES = 3_000;
const IMAGE = "ubuntu24";

export function deletionInput(directory: string): DeletionInput {
  const rows = CATALOGUE.flatMap(({ images, ...row }) => {
    const size = images[IMAGE];
    return size === undefined ? [] : [{ ...row, ...size }];
  });
  const inodes = rows.reduce((sum, row) => sum + row.inodes, 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const mount = join(directory, "disk");
  const image = join(directory, "template.img");
  mkdirSync(mount);
  const catalogue: CatalogueRow[] = [];
  const trees: string[] = [];
  const commands: string[] = [];
  for (const row of rows) {
    const files = Math.round((row.inodes / inodes) * FILES);
    const each = Math.round(((row.bytes / bytes) * FILES * FILE_BYTES) / files);
    const path = join(mount, row.id);
    trees.push(path);
    catalogue.push({ ...row, paths: [path], images: { [IMAGE]: { bytes: files * each, inodes: files } } });
    commands.push(`${row.id} ${files} ${each}`);
  }
  // Directories of a hundred files, three levels deep: about what SDKs look like.
  const make = `set -eu
    truncate --size=2G '${image}'
    mkfs.ext4 -q -m 0 -N 300000 '${image}'
    mount -o loop '${image}' '${mount}'
    "${process.execPath}" -e '
      const fs = require("node:fs");
      for (const line of process.argv.slice(1)) {
        const [id, files, each] = line.split(" ");
        const content = Buffer.alloc(Number(each), "fanfold ");
        let directory = "";
        for (let file = 0; file < Number(files); file++) {
          if (file % 100 === 0) {
            directory = "${mount}/" + id + "/" + Math.floor(file / 2000) + "/" + Math.floor(file / 100);
            fs.mkdirSync(directory, { recursive: true });
          }
          fs.writeFileSync(directory + "/" + file + ".dat", content);
        }
      }' ${commands.map((command) => `'${command}'`).join(" ")}
    sync --file-system '${mount}'
    stat --file-system --format='%b %a %S' '${mount}'
    umount '${mount}'`;
  const numbers = execFileSync("unshare", ["--mount", "--propagation", "private", "bash", "-c", make], {
    encoding: "utf8",
  });
  const [blocks = 0, available = 0, block = 0] = numbers.trim().split(" ").map(Number);
  const total = FILES * FILE_BYTES;
  return {
    image,
    mount,
    trees,
    catalogue,
    size: blocks * block,
    free: available * block,
    bytes: total,
    need: total / 2,
  };
}

/** The probe of a hosted runner whose build disk is the one given. */
export function paperProbe({
  mount,
  size,
  free,
  trees,
}: Pick<DeletionInput, "mount" | "size" | "free" | "trees">): Probe {
  const shared = { type: "ext4", filesystem: "7:0", root: "/", source: "/dev/loop0", access: "read-write" } as const;
  return {
    schema: "fanfold.disk-probe/1",
    runner: { environment: "github-hosted", arch: "X64", image: IMAGE, imageVersion: null },
    machine: { kind: "machine", init: "other", user: "root", rsync: "absent" },
    disks: [],
    mounts: [{ ...shared, path: mount }],
    filesystems: [
      {
        id: "7:0",
        type: "ext4",
        mount,
        access: "read-write",
        bytes: { size, free },
        inodes: { size: 300_000, free: 90_000 },
      },
    ],
    docker: { state: "absent" },
    temporary: { variable: mount, path: mount },
    workspace: mount,
    trees: trees.map((path) => ({ row: path.slice(path.lastIndexOf("/") + 1), path, kind: "directory" })),
    inUse: [],
  };
}
