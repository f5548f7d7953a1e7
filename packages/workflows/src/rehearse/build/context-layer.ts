import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Descriptor } from "@fanfold/digest-tools/internal";
import { type Pack, pack } from "tar-stream";
import { WorkflowsError } from "../../base/error.ts";

/** A layer that has been packed. */
export interface PackedLayer {
  readonly descriptor: Descriptor;
  readonly file: string;
}

/** OCI image specification, "Media Types". Not compressed: what a compressor makes of the same bytes depends on its version. */
const LAYER = "application/vnd.oci.image.layer.v1.tar";

/**
 * Packs the files of a context as one layer: those that git tracks, as they are in the work tree, sorted, without owners
 * and times. The same files give the same bytes. Paths in the layer begin at the context.
 * @throws WorkflowsError `not-found`, when the context holds no such file
 */
export async function packContext(
  root: string,
  tracked: readonly string[],
  context: string,
  file: string,
): Promise<PackedLayer> {
  const prefix = contextPrefix(context);
  const names = tracked.filter((path) => path.startsWith(prefix)).toSorted();
  if (names.length === 0) {
    throw new WorkflowsError({
      code: "not-found",
      message: `context ${JSON.stringify(context)} holds no file that git tracks`,
      fix: "a context is a directory from the repository's root; add its files to git",
    });
  }
  const hash = createHash("sha256");
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const tar = pack();
  const [, written] = await Promise.allSettled([
    addAll(tar, root, prefix, names).catch((error: unknown) => tar.destroy(asError(error))),
    pipeline(tar, counted, createWriteStream(file)),
  ]);
  if (written.status === "rejected") throw written.reason;
  const { size } = await stat(file);
  return { descriptor: { mediaType: LAYER, digest: `sha256:${hash.digest("hex")}`, size }, file };
}

/** `backend/python/` of `./backend/python`; empty for the root. */
function contextPrefix(context: string): string {
  const path = posix.normalize(context).replace(/^(?:\.?\/)+|\/+$/g, "");
  return path === "" || path === "." ? "" : `${path}/`;
}

async function addAll(tar: Pack, root: string, prefix: string, names: readonly string[]): Promise<void> {
  for (const name of names) await add(tar, join(root, name), name.slice(prefix.length));
  tar.finalize();
}

async function add(tar: Pack, file: string, name: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  const header = { name, mtime: new Date(0), uid: 0, gid: 0 };
  // What is tracked and gone is a deletion that is not committed yet; a directory is a submodule.
  if (found === undefined || found.isDirectory()) return;
  if (found.isSymbolicLink()) {
    tar.entry({ ...header, mode: 0o777, type: "symlink", linkname: await readlink(file) });
    return;
  }
  const mode = found.mode & 0o111 ? 0o755 : 0o644;
  await pipeline(createReadStream(file), tar.entry({ ...header, mode, size: found.size }));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
