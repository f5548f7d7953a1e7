import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf, hexOf } from "../oci/digest.ts";
import type { Manifest } from "../oci/store.ts";
import { refusal } from "../testing/refusal.ts";
import { LayoutStore } from "./store.ts";

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fanfold-layout-"));
  directory = join(root, "layout");
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32")("special files, which have no end", () => {
  const fifo = async (file: string) => void (await promisify(execFile)("mkfifo", [file]));
  const places = ["index.json", "oci-layout", "a manifest", "a blob", ".fanfold.lock"] as const;
  const kinds: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
    "a pipe": fifo,
    "a link to a device": (file) => symlink("/dev/zero", file),
    "a link to a pipe": async (file) => {
      await fifo(`${file}.pipe`);
      await symlink(`${file}.pipe`, file);
    },
    "a directory": (file) => mkdir(file),
  };

  it.each(places.flatMap((place) => Object.keys(kinds).map((kind) => [place, kind] as const)))(
    "%s is %s",
    async (place, kind) => {
      const made = new LayoutStore(directory);
      const bytes = Buffer.from("a blob");
      const blob = { mediaType: "m", digest: digestOf(bytes), size: bytes.length };
      await made.putBlob(blob, async () => Readable.from([bytes]));
      const manifest = index("one");
      await made.putManifest("v1", manifest);
      const blobs = new Map([
        ["a manifest", blobFile(manifest.descriptor)],
        ["a blob", blobFile(blob)],
      ]);
      const file = blobs.get(place) ?? join(directory, place);
      await rm(file, { force: true });
      await kinds[kind]?.(file);
      const store = new LayoutStore(directory);
      const read = async () => {
        await store.getManifest("v1");
        await store.hasBlob(blob.digest);
        await buffer(await store.getBlob(blob));
        await store.putManifest("v2", index("two"));
      };
      expect(["invalid-layout", "io", "not-found"]).toContain((await refusal(read())).code);
    },
  );

  it.each(["index.json", "oci-layout"])("%s is larger than any description", async (place) => {
    await new LayoutStore(directory).putManifest("v1", index("one"));
    await truncate(join(directory, place), 200 * 1024 ** 2);
    const error = await refusal(new LayoutStore(directory).getManifest("v1"));
    expect([error.code, error.message]).toEqual([
      "invalid-layout",
      expect.stringContaining("expected a file of at most"),
    ]);
  });
});

describe("a new layout", () => {
  it("is made on the first write, as the specification has it", async () => {
    const store = new LayoutStore(directory);
    expect(await store.headManifest("v1")).toBeUndefined();
    expect(await store.entries()).toEqual([]);
    await expect(stat(directory)).rejects.toThrow("ENOENT");
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    expect(JSON.parse(await readFile(join(directory, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(await indexJson()).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ ...manifest.descriptor, annotations: { "org.opencontainers.image.ref.name": "v1" } }],
    });
    expect(await readFile(blobFile(manifest.descriptor))).toEqual(Buffer.from(manifest.bytes));
    expect((await readdir(directory)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  });

  it("is not made among other files", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "thesis.txt"), "mine");
    const error = await refusal(new LayoutStore(directory).putManifest("v1", index("one")));
    expect(error.code).toBe("invalid-layout");
    expect(await readdir(directory)).toEqual(["thesis.txt"]);
  });
});

describe("manifests", () => {
  it("are found by tag and by digest, with another store on the same directory too", async () => {
    const manifest = index("one");
    await new LayoutStore(directory).putManifest("v1", manifest);
    const store = new LayoutStore(directory);
    expect(await store.headManifest("v1")).toEqual(manifest.descriptor);
    expect(await store.headManifest(manifest.descriptor.digest)).toEqual(manifest.descriptor);
    expect((await store.getManifest("v1"))?.bytes).toEqual(Buffer.from(manifest.bytes));
    expect(await store.headManifest("v2")).toBeUndefined();
    expect(await store.headManifest(digestOf(Buffer.from("x")))).toBeUndefined();
  });

  it("put by digest are listed until a tag or an index leads to them", async () => {
    const store = new LayoutStore(directory);
    const [one, two] = [image("one"), image("two")];
    for (const leg of [one, two]) await putImage(store, leg);
    expect(await listed()).toEqual([`${one.descriptor.digest} -`, `${two.descriptor.digest} -`]);
    const both = index("both", [one.descriptor, two.descriptor]);
    await store.putManifest(both.descriptor.digest, both);
    expect(await listed()).toEqual([`${both.descriptor.digest} -`]);
    await store.putManifest("v1", both);
    await store.putManifest("latest", both);
    expect(await listed()).toEqual([`${both.descriptor.digest} v1`, `${both.descriptor.digest} latest`]);
    // Pushed again by a second run: nothing changes.
    const before = await stat(join(directory, "index.json"));
    await store.putManifest(both.descriptor.digest, both);
    await store.putManifest("v1", both);
    expect((await stat(join(directory, "index.json"))).ino).toBe(before.ino);
    expect(await store.headManifest(one.descriptor.digest)).toEqual(one.descriptor);
  });

  it("give up a tag to a new one", async () => {
    const store = new LayoutStore(directory);
    const [before, after] = [index("before"), index("after")];
    await store.putManifest("latest", before);
    await store.putManifest("v1", before);
    await store.putManifest("latest", after);
    expect(await listed()).toEqual([`${before.descriptor.digest} v1`, `${after.descriptor.digest} latest`]);
    expect(await store.headManifest("latest")).toEqual(after.descriptor);
  });

  it("of other tools keep what is written about them", async () => {
    const store = new LayoutStore(directory);
    const theirs = image("theirs");
    await putImage(store, theirs);
    const entry = {
      ...theirs.descriptor,
      annotations: { "io.containerd.image.name": "docker.io/library/x:1", "org.opencontainers.image.ref.name": "1" },
      platform: { os: "linux", architecture: "arm64" },
      "x-unknown": [1],
    };
    await writeFile(
      join(directory, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: [entry], annotations: { a: "b" } }),
    );
    expect(await store.entries()).toMatchObject([{ tag: "1", descriptor: { platform: { architecture: "arm64" } } }]);
    await store.putManifest("v1", index("ours"));
    const written = await indexJson();
    expect(written["annotations"]).toEqual({ a: "b" });
    expect(written["manifests"]).toMatchObject([entry, {}]);
  });

  it("without a mediaType of their own have that of their shape", async () => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }));
    await new LayoutStore(directory).putManifest("v1", index("one"));
    const descriptor = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
    await writeFile(blobFile(descriptor), bytes);
    expect(await new LayoutStore(directory).headManifest(descriptor.digest)).toEqual(descriptor);
  });

  it("are not taken before all that they name is there, as registries do", async () => {
    const store = new LayoutStore(directory);
    const one = image("one");
    const both = index("both", [one.descriptor]);
    for (const manifest of [both, one]) {
      const error = await refusal(store.putManifest("v1", manifest));
      expect([error.code, error.message]).toEqual(["rejected", expect.stringContaining("push it again")]);
    }
    expect((await refusal(store.putManifest("v1", both))).message).toContain(
      `expected ${one.descriptor.digest}, which ${both.descriptor.digest} names, found no such file`,
    );
    await expect(stat(directory)).rejects.toThrow("ENOENT");
    await putImage(store, one);
    await store.putManifest("v1", both);
    expect(await store.headManifest("v1")).toEqual(both.descriptor);
  });

  it("may name layers that are not to be distributed", async () => {
    const store = new LayoutStore(directory);
    const base = { mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", size: 9 };
    const windows = image("windows", [{ ...base, digest: digestOf(Buffer.from("elsewhere")) }]);
    await putImage(store, windows);
    expect(await store.headManifest(windows.descriptor.digest)).toEqual(windows.descriptor);
  });

  it("whose bytes are not what their descriptor says are not written", async () => {
    const { descriptor } = index("one");
    const error = await refusal(new LayoutStore(directory).putManifest("v1", { descriptor, bytes: Buffer.from("{}") }));
    expect(error.code).toBe("digest-mismatch");
    await expect(stat(directory)).rejects.toThrow("ENOENT");
  });

  it("that are damaged are named", async () => {
    const store = new LayoutStore(directory);
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    await writeFile(blobFile(manifest.descriptor), "{}");
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe("digest-mismatch");
    expect(error.message).toContain(blobFile(manifest.descriptor));
  });

  it("that a tag leads to must be there", async () => {
    const store = new LayoutStore(directory);
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    await rm(blobFile(manifest.descriptor));
    expect((await refusal(store.headManifest("v1"))).code).toBe("invalid-layout");
  });
});

describe("blobs", () => {
  const bytes = Buffer.alloc(200_000, "fanfold");
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };

  it("are written once and read back", async () => {
    const store = new LayoutStore(directory);
    expect(await store.hasBlob(descriptor.digest)).toBe(false);
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    expect(await store.hasBlob(descriptor.digest)).toBe(true);
    expect(await buffer(await store.getBlob(descriptor))).toEqual(bytes);
    await store.putBlob(descriptor, () => Promise.reject(new Error("not to be read")));
  });

  it.each([
    ["other bytes", Buffer.alloc(200_000)],
    ["too few", bytes.subarray(1)],
    ["too many", Buffer.concat([bytes, bytes])],
  ])("of %s leave nothing behind", async (_, wrong) => {
    const store = new LayoutStore(directory);
    const error = await refusal(store.putBlob(descriptor, async () => Readable.from([wrong])));
    expect(error.code).toBe("digest-mismatch");
    expect(await store.hasBlob(descriptor.digest)).toBe(false);
    expect((await readdir(directory)).sort()).toEqual(["blobs", "oci-layout"]);
  });

  it("that are damaged or missing fail at whoever reads them", async () => {
    const store = new LayoutStore(directory);
    expect((await refusal(store.getBlob(descriptor).then(buffer))).code).toBe("not-found");
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    await writeFile(blobFile(descriptor), Buffer.alloc(200_000));
    expect((await refusal(store.getBlob(descriptor).then(buffer))).code).toBe("digest-mismatch");
  });

  it.each([
    ["as many other bytes", Buffer.alloc(200_000)],
    ["more behind them", Buffer.concat([bytes, Buffer.from("x")])],
  ])("that became %s are not there", async (_, damaged) => {
    const store = new LayoutStore(directory);
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    expect(await store.hasBlob(descriptor.digest)).toBe(true);
    await writeFile(blobFile(descriptor), damaged);
    for (const work of [
      () => store.hasBlob(descriptor.digest),
      () => store.putBlob(descriptor, async () => Readable.from([bytes])),
    ]) {
      const error = await refusal(work);
      expect([error.code, error.message]).toEqual(["digest-mismatch", expect.stringContaining(blobFile(descriptor))]);
    }
  });
});

describe("what is no layout", () => {
  it.each([
    ["oci-layout", "{}", "expected imageLayoutVersion 1.0.0, found undefined"],
    ["oci-layout", '{"imageLayoutVersion":"2.0.0"}', 'found "2.0.0"'],
    ["oci-layout", "no JSON", "imageLayoutVersion"],
    ["index.json", "{", "is not JSON"],
    ["index.json", "{}", "manifests: expected a list, found nothing"],
    [
      "index.json",
      '{"manifests":[{"mediaType":"x","size":1,"digest":"sha256:0"}]}',
      'manifests[0].digest: expected "sha256:"',
    ],
    ["index.json", '{"manifests":[{"mediaType":"x","size":-1}]}', "manifests[0]"],
  ])("%s with %s is named", async (file, text, message) => {
    await new LayoutStore(directory).putManifest("v1", index("one"));
    await writeFile(join(directory, file), text);
    const error = await refusal(new LayoutStore(directory).headManifest("v1"));
    expect(error.code).toBe("invalid-layout");
    expect(error.message).toContain(join(directory, file));
    expect(error.message).toContain(message);
  });

  it("is told apart from a directory that is not there", async () => {
    await new LayoutStore(directory).putManifest("v1", index("one"));
    await rm(join(directory, "oci-layout"));
    expect((await refusal(new LayoutStore(directory).headManifest("v1"))).message).toContain(
      "found no file oci-layout",
    );
  });

  it("may be a tar file, which is to be unpacked", async () => {
    await writeFile(directory, "a tar, perhaps");
    const store = new LayoutStore(directory);
    for (const work of [
      () => store.headManifest("v1"),
      () => store.entries(),
      () => store.putManifest("v1", index("one")),
    ]) {
      const error = await refusal(work);
      expect(error.code).toBe("invalid-layout");
      expect(error.message).toContain(directory);
      expect(error.message).toContain("a tar file must be unpacked first");
    }
  });
});

describe("writing at the same time", () => {
  it("loses no tag, from one store or several", async () => {
    const stores = [new LayoutStore(directory), new LayoutStore(directory), new LayoutStore(directory)];
    const names = Array.from({ length: 60 }, (_, number) => `t${number}`);
    await Promise.all(names.map((name, number) => stores[number % 3]?.putManifest(name, index(name))));
    const tags = (await new LayoutStore(directory).entries()).map(({ tag }) => tag);
    expect(tags.toSorted()).toEqual(names.toSorted());
    expect((await readdir(directory)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  });

  // While one makes the layout, others have looked for it in vain and now look at what is in its directory.
  it("is made by several at once", async () => {
    for (let round = 0; round < 30; round++) {
      const shared = join(root, `shared-${round}`);
      const start = async (turns: number) => {
        for (let turn = 0; turn < turns; turn++) await setImmediate();
        await new LayoutStore(shared).putManifest(`t${turns}`, index(`t${turns}`));
      };
      await Promise.all(Array.from({ length: 30 }, (_, turns) => start(turns)));
      expect(await new LayoutStore(shared).entries()).toHaveLength(30);
    }
  });

  it.each([
    ["a process that is gone", JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 }), 0],
    ["another machine, long ago", JSON.stringify({ host: "elsewhere", pid: 1 }), 61_000],
    ["nobody knows whom, long ago", "", 61_000],
  ])("takes over the lock of %s", async (_, owner, age) => {
    const store = new LayoutStore(directory);
    await store.putManifest("v1", index("one"));
    await lock(owner, age);
    await store.putManifest("v2", index("two"));
    expect(await store.headManifest("v2")).toBeDefined();
    expect((await readdir(directory)).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
  });

  it("waits for the lock of a living process, and in the end names it", async () => {
    await new LayoutStore(directory).putManifest("v1", index("one"));
    await lock(JSON.stringify({ host: hostname(), pid: process.pid }), 0);
    let waited = 0;
    // The lock stays young while this clock runs ahead.
    const clock = {
      now: () => Date.now() + waited,
      random: () => 0.5,
      sleep: async (milliseconds: number) => {
        waited += milliseconds * 100;
        await lock(JSON.stringify({ host: hostname(), pid: process.pid }), -waited);
      },
    };
    const error = await refusal(new LayoutStore(directory, clock).putManifest("v2", index("two")));
    expect(error.code).toBe("layout-locked");
    expect(error.message).toContain(join(directory, ".fanfold.lock"));
  });

  it("goes on after a failure", async () => {
    const store = new LayoutStore(directory);
    await store.putManifest("v1", index("one"));
    const whole = await readFile(join(directory, "index.json"));
    await writeFile(join(directory, "index.json"), "{");
    expect((await refusal(store.putManifest("v2", index("two")))).code).toBe("invalid-layout");
    await writeFile(join(directory, "index.json"), whole);
    await store.putManifest("v3", index("three"));
    expect(await store.headManifest("v3")).toBeDefined();
  });
});

async function lock(owner: string, ageMs: number): Promise<void> {
  const file = join(directory, ".fanfold.lock");
  await writeFile(file, owner);
  const then = new Date(Date.now() - ageMs);
  await utimes(file, then, then);
}

async function indexJson(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(directory, "index.json"), "utf8"));
}

async function listed(): Promise<readonly string[]> {
  const entries = await new LayoutStore(directory).entries();
  return entries.map(({ descriptor, tag }) => `${descriptor.digest} ${tag ?? "-"}`);
}

function blobFile({ digest }: Pick<Descriptor, "digest">): string {
  return join(directory, "blobs", "sha256", hexOf(digest));
}

function index(name: string, manifests: readonly Descriptor[] = []): Manifest {
  return manifest(OCI_INDEX, { manifests, annotations: { name } });
}

function image(name: string, layers: readonly Descriptor[] = []): Manifest {
  return manifest(OCI_MANIFEST, { config: configOf(name), layers, annotations: { name } });
}

async function putImage(store: LayoutStore, one: Manifest): Promise<void> {
  const name = JSON.parse(Buffer.from(one.bytes).toString("utf8")).annotations.name;
  await store.putBlob(configOf(name), async () => Readable.from([Buffer.from(name)]));
  await store.putManifest(one.descriptor.digest, one);
}

function configOf(name: string): Descriptor {
  const bytes = Buffer.from(name);
  return { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(bytes), size: bytes.length };
}

function manifest(mediaType: string, content: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
