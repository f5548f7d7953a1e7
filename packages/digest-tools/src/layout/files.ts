import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
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

/** The digest of what is in a file, of any size. */
export async function digestOfFile(file: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return `sha256:${hash.digest("hex")}`;
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
