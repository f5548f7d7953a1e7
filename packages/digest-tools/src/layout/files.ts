import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { reasonOf, systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";

/** An error of the file system as a DigestToolsError; others are returned as they are. */
export function ioError(action: string, file: string, error: unknown): unknown {
  if (systemCodeOf(error) === undefined || error instanceof DigestToolsError) return error;
  if (systemCodeOf(error) === "ENOTDIR") {
    return new DigestToolsError({
      code: "invalid-layout",
      message: "expected an OCI image layout, which is a directory, found a file in its place",
      at: { file },
      fix: "name the layout's directory; a tar file must be unpacked first",
      cause: error,
    });
  }
  return new DigestToolsError({
    code: "io",
    message: `cannot be ${action}: ${reasonOf(error)}`,
    at: { file },
    fix: "check that the directory exists, that you may write to it, and that the disk is not full",
    cause: error,
  });
}

/** The digest of what is in a file, of any size. @throws DigestToolsError `invalid-layout` */
export async function digestOfFile(file: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(await readStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** A file's bytes as they come, as many as it has now. @throws DigestToolsError `invalid-layout` */
export async function readStream(file: string): Promise<Readable> {
  const { handle, size } = await openRegular(file);
  // Of an empty file there is nothing to read, and no end that a range could name.
  const range = size === 0 ? {} : { start: 0, end: size - 1 };
  return handle.createReadStream({ highWaterMark: 1024 * 1024, ...range });
}

/** All of a small file. @throws DigestToolsError `invalid-layout` */
export async function readWhole(file: string, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openRegular(file);
  try {
    if (size > maxBytes) throw unfit(file, `a file of at most ${maxBytes} bytes`, `${size} bytes`);
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** A layout comes from anywhere: reading a pipe or a device in it, or behind a link in it, would never end. */
async function openRegular(file: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  // Non-blocking: to open a pipe that nobody writes to would never return.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size };
  await handle.close();
  throw unfit(file, "a regular file", stats.isDirectory() ? "a directory" : "a pipe, a socket or a device");
}

function unfit(file: string, expected: string, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "invalid-layout",
    message: `expected ${expected}, found ${found}`,
    at: { file },
    fix: "build the layout again",
  });
}

/** A rename makes a new file: as long as it is the same one, so is what is in it. */
export async function versionOf(file: string): Promise<string> {
  const { ino, mtimeNs, size } = await stat(file, { bigint: true });
  return `${ino} ${mtimeNs} ${size}`;
}

export async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    (error: unknown) => {
      if (systemCodeOf(error) === "ENOENT") return false;
      throw error;
    },
  );
}

export async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  });
}
