import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { pipeline as finished } from "node:stream/promises";
import { systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import { digestOf, hexOf, isDigest, verifyingStream } from "../oci/digest.ts";
import type { Manifest, ManifestReference, Store } from "../oci/store.ts";
import { layoutVersionOf, mediaTypeOf, mismatch, missingBlob, namedBy, unknownChild } from "./content.ts";
import { digestOfFile, ioError, isFile, namesIn, readStream, readWhole, versionOf } from "./files.ts";
import {
  EMPTY_INDEX,
  formatLayoutIndex,
  type LayoutEntry,
  type LayoutIndex,
  type LayoutUpdate,
  parseLayoutIndex,
  updateLayoutIndex,
} from "./index-file.ts";
import { withLayoutLock } from "./lock.ts";

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** `index.json` of a hundred thousand images. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_MARKER_BYTES = 64 * 1024;

/**
 * An OCI image layout on disk (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md), made on the
 * first write. Every file appears complete or not at all, and processes that write at the same time lose nothing.
 */
export class LayoutStore implements Store {
  readonly name: string;
  readonly directory: string;
  readonly #clock: Clock;
  /** Blobs that were found whole, by digest, and the version of the file that they were found in. */
  readonly #whole = new Map<Digest, string>();
  #made: Promise<void> | undefined;
  #cached: { readonly version: string; readonly index: LayoutIndex } | undefined;
  #waiting: LayoutUpdate[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(directory: string, clock: Clock = systemClock) {
    this.name = `oci:${directory}`;
    this.directory = directory;
    this.#clock = clock;
  }

  /** What `index.json` lists, in its order; none: there is no layout. */
  async entries(): Promise<readonly LayoutEntry[]> {
    return (await this.#index()).entries;
  }

  async headManifest(reference: ManifestReference): Promise<Descriptor | undefined> {
    return (await this.getManifest(reference))?.descriptor;
  }

  async getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    if (isDigest(reference)) return this.#manifest(reference);
    const entry = (await this.entries()).find(({ tag }) => tag === reference);
    if (entry === undefined) return undefined;
    const found = await this.#manifest(entry.descriptor.digest, entry.descriptor.mediaType);
    if (found !== undefined) return found;
    throw this.#invalid(
      this.#indexFile,
      `expected ${entry.descriptor.digest} in blobs, for tag ${reference}, found nothing`,
    );
  }

  async putManifest(reference: ManifestReference, manifest: Manifest): Promise<void> {
    const { descriptor, bytes } = manifest;
    const file = this.#blobFile(descriptor.digest);
    const actual = digestOf(bytes);
    if (actual !== descriptor.digest) throw mismatch(file, descriptor.digest, actual);
    const named = namedBy(manifest, this);
    for (const child of named) await this.#assertThere(descriptor, child);
    await this.#make();
    if (!(await isFile(file))) await this.#replace(file, (temporary) => writeFile(temporary, bytes));
    const tag = isDigest(reference) ? undefined : reference;
    await this.#update({ descriptor, tag, children: new Set(named.map(({ digest }) => digest)) });
  }

  /** Nobody else checks what is on a disk: a file that is not what its name says is a failure, and no blob. */
  async hasBlob(digest: Digest): Promise<boolean> {
    const file = this.#blobFile(digest);
    const found = await this.#reading(file, async () => {
      const version = await versionOf(file);
      if (this.#whole.get(digest) === version) return true;
      const actual = await digestOfFile(file);
      if (actual !== digest) throw mismatch(file, digest, actual);
      this.#whole.set(digest, version);
      return true;
    });
    return found ?? false;
  }

  async getBlob(descriptor: Descriptor): Promise<Readable> {
    const file = this.#blobFile(descriptor.digest);
    if (!(await this.#hasFile(file))) throw missingBlob(file, descriptor.digest);
    const verified = verifyingStream(descriptor, file);
    // The callback has nothing to do: a failure reaches whoever reads `verified`.
    pipeline(await this.#opened(file), verified, () => {});
    return verified;
  }

  /** A layout has nothing to mount from: each holds its own files. */
  async putBlob(descriptor: Descriptor, open: () => Promise<Readable>): Promise<void> {
    await this.#make();
    const file = this.#blobFile(descriptor.digest);
    if (await this.hasBlob(descriptor.digest)) return;
    await this.#replace(file, async (temporary) =>
      finished(await open(), verifyingStream(descriptor, file), createWriteStream(temporary)),
    );
  }

  async #opened(file: string): Promise<Readable> {
    return readStream(file).catch((error: unknown) => {
      throw ioError("read", file, error);
    });
  }

  async #hasFile(file: string): Promise<boolean> {
    return (await this.#reading(file, () => isFile(file))) ?? false;
  }

  async #assertThere(parent: Descriptor, child: Descriptor): Promise<void> {
    const file = this.#blobFile(child.digest);
    if (!(await this.#hasFile(file))) throw unknownChild(parent, child, file);
  }

  get #indexFile(): string {
    return join(this.directory, "index.json");
  }

  #blobFile(digest: Digest): string {
    return join(this.directory, "blobs", "sha256", hexOf(digest));
  }

  async #manifest(digest: Digest, listedAs?: string): Promise<Manifest | undefined> {
    const file = this.#blobFile(digest);
    const bytes = await this.#reading(file, () => readWhole(file, MAX_MANIFEST_BYTES));
    if (bytes === undefined) return undefined;
    const actual = digestOf(bytes);
    if (actual !== digest) throw mismatch(file, digest, actual);
    const mediaType = mediaTypeOf(bytes) ?? listedAs;
    if (mediaType === undefined) throw this.#invalid(file, "expected a manifest or an index, found another blob");
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  }

  async #index(): Promise<LayoutIndex> {
    const file = this.#indexFile;
    const text = await this.#reading(file, async () => {
      const version = await versionOf(file);
      if (this.#cached?.version !== version) {
        await this.#checkVersion();
        this.#cached = {
          version,
          index: parseLayoutIndex((await readWhole(file, MAX_INDEX_BYTES)).toString("utf8"), file),
        };
      }
      return this.#cached.index;
    });
    return text ?? EMPTY_INDEX;
  }

  async #checkVersion(): Promise<void> {
    const file = join(this.directory, "oci-layout");
    const text = await this.#reading(file, () => readWhole(file, MAX_MARKER_BYTES));
    if (text === undefined) throw this.#invalid(file, "expected an OCI image layout, found no file oci-layout");
    const version = layoutVersionOf(text.toString("utf8"));
    if (version !== "1.0.0")
      throw this.#invalid(file, `expected imageLayoutVersion 1.0.0, found ${JSON.stringify(version)}`);
  }

  /** Makes an empty layout where there is nothing yet. */
  #make(): Promise<void> {
    this.#made ??= this.#writing(this.directory, async () => {
      const marker = join(this.directory, "oci-layout");
      if (!(await isFile(marker))) {
        // The marker, too: another process may have made it since.
        const expected = ["oci-layout", "blobs", "index.json"];
        const names = await namesIn(this.directory);
        if (names.some((name) => !name.startsWith(".fanfold") && !expected.includes(name))) {
          throw this.#invalid(marker, "expected an OCI image layout or an empty directory, found other files");
        }
      }
      await mkdir(join(this.directory, "blobs", "sha256"), { recursive: true });
      if (!(await isFile(marker))) {
        await this.#replace(marker, (file) => writeFile(file, JSON.stringify({ imageLayoutVersion: "1.0.0" })));
      }
    });
    return this.#made;
  }

  /** Updates that come while one is being written go together into the next: with many images that is most of them. */
  #update(update: LayoutUpdate): Promise<void> {
    this.#waiting.push(update);
    if (this.#waiting.length === 1) {
      this.#flushing = this.#flushing.catch(() => {}).then(() => this.#flush());
    }
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const updates = this.#waiting;
    this.#waiting = [];
    await this.#writing(this.#indexFile, () =>
      withLayoutLock(this.directory, this.#clock, async () => {
        const before = await this.#index();
        const index = updateLayoutIndex(before, updates);
        if (index === before) return;
        await this.#replace(this.#indexFile, (file) => writeFile(file, formatLayoutIndex(index)));
        // Under the lock this is still the file just written: no need to read it again.
        this.#cached = { version: await versionOf(this.#indexFile), index };
      }),
    );
  }

  /** Writes beside the place and renames: a reader, or a process that dies, never sees half a file. */
  async #replace(file: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
    const temporary = join(this.directory, `.fanfold-${randomUUID()}.tmp`);
    try {
      await this.#writing(file, async () => {
        await write(temporary);
        await rename(temporary, file);
      });
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #reading<T>(file: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return undefined;
      throw ioError("read", file, error);
    }
  }

  async #writing<T>(file: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      throw ioError("written", file, error);
    }
  }

  #invalid(file: string, message: string): DigestToolsError {
    return new DigestToolsError({
      code: "invalid-layout",
      message,
      at: { file },
      fix: `see that ${dirname(file)} belongs to an OCI image layout directory; a tar file must be unpacked first`,
    });
  }
}
