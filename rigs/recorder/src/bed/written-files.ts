import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** Every file below a folder, by its path in it: the text of a link, or what is in it. */
export type Files = ReadonlyMap<string, Buffer>;

export interface Written {
  /** New files, and files with other content than before. */
  readonly files: Files;
  readonly removed: readonly string[];
  /** What was left behind in TMPDIR. */
  readonly temporary: readonly string[];
}

/** Reads all files below a folder, git's own left out. */
export async function readFiles(folder: string, skip: ReadonlySet<string>): Promise<Files> {
  const files = new Map<string, Buffer>();
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).toSorted()) {
      const path = below === "" ? name : `${below}/${name}`;
      if (name === ".git" || skip.has(path)) continue;
      const full = join(folder, path);
      const found = await lstat(full);
      if (found.isDirectory()) await walk(path);
      else if (found.isSymbolicLink()) files.set(path, Buffer.from(`link to ${await readlink(full)}`));
      else if (found.isFile()) files.set(path, await readFile(full));
    }
  };
  await walk("");
  return files;
}

export function writtenSince(before: Files, after: Files): Pick<Written, "files" | "removed"> {
  const files = new Map([...after].filter(([path, content]) => before.get(path)?.equals(content) !== true));
  return { files, removed: [...before.keys()].filter((path) => !after.has(path)) };
}

/** Whether a file is worth showing: the name of a blob says what is in it. */
export function isText(path: string, content: Buffer): boolean {
  return !/(^|\/)blobs\/sha256\/[0-9a-f]{64}$/.test(path) && !content.includes(0);
}

/** One line a file, `sha256 bytes path`. */
export function listing({ files, removed, temporary }: Written): string {
  const lines = [...files].map(([path, content]) => {
    const hash = createHash("sha256").update(content).digest("hex");
    return `${hash} ${content.length} ${path}\n`;
  });
  return [
    ...lines,
    ...removed.map((path) => `removed ${path}\n`),
    ...temporary.map((name) => `left in TMPDIR: ${name}\n`),
  ].join("");
}
