import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LayoutStore } from "../layout/store.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST, type Platform } from "../oci/descriptor.ts";
import { digestOf, hexOf } from "../oci/digest.ts";
import { parseIndex } from "../oci/image-content.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { RegistryClient } from "../registry/client.ts";
import { RegistryStore } from "../registry/store.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, RegistryStandIn } from "../testing/registry-stand-in.ts";
import { type CopyStep, copyImage, layoutRoot } from "./copy.ts";

let directory: string;
let layout: LayoutStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-copy-"));
  layout = new LayoutStore(join(directory, "source"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("copyImage", () => {
  it("puts the same bytes everywhere, children before parents, and sends a registry each blob once", async () => {
    await using one = await RegistryStandIn.start();
    await using two = await RegistryStandIn.start();
    const root = await multiArch();
    const targets = [
      ...registryStores(one, "a/x", "b/y"),
      ...registryStores(two, "a/x"),
      new LayoutStore(join(directory, "target")),
    ];
    const steps: CopyStep[] = [];
    await copyImage(layout, root, targets, { onProgress: (step) => steps.push(step) });
    for (const target of targets) {
      expect(await target.getManifest(root.digest)).toEqual(await layout.getManifest(root.digest));
    }
    const manifests = one.log.filter((line) => line.startsWith("PUT manifests"));
    expect(manifests.length).toBe(6);
    expect(manifests.slice(4)).toEqual([`PUT manifests/${root.digest}`, `PUT manifests/${root.digest}`]);
    // Five blobs: two configurations, two layers, and one layer that both share.
    const lastBlob = one.log.findLastIndex((line) => line.includes("blobs/"));
    expect(lastBlob).toBeLessThan(one.log.indexOf(manifests[0] ?? ""));
    expect(one.log.filter((line) => line.startsWith("PUT blobs")).length).toBe(5);
    expect(one.log.filter((line) => line.includes("?mount=")).length).toBe(5);
    expect(steps.filter(({ kind, outcome }) => kind === "blob" && outcome === "written").length).toBe(20);
    expect(steps.map(({ total }) => total)).toEqual(Array.from({ length: 4 * 8 }, () => 8));
  });

  it("asks for everything by itself, and sends nothing, where all is there", async () => {
    await using registry = await RegistryStandIn.start();
    const root = await multiArch();
    const stores = registryStores(registry, "a/x");
    await copyImage(layout, root, stores);
    registry.requests.length = 0;
    const steps: CopyStep[] = [];
    await copyImage(layout, root, stores, { onProgress: (step) => steps.push(step) });
    expect(registry.log.filter((request) => !request.startsWith("HEAD "))).toEqual([]);
    expect(steps.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 8 }, () => "present"));
  });

  it("heals whatever is gone below what a target has", async () => {
    await using registry = await RegistryStandIn.start();
    const root = await multiArch();
    const stores = registryStores(registry, "a/x");
    await copyImage(layout, root, stores);
    const whole = new Set([...registry.manifests.keys(), ...registry.blobs.keys()]);
    for (const key of whole) {
      registry.manifests.delete(key);
      registry.blobs.delete(key);
      await copyImage(layout, root, registryStores(registry, "a/x"));
      expect(new Set([...registry.manifests.keys(), ...registry.blobs.keys()])).toEqual(whole);
    }
  });

  it("sends only what is missing", async () => {
    await using registry = await RegistryStandIn.start();
    const root = await multiArch();
    const stores = registryStores(registry, "a/x");
    await copyImage(layout, root, stores);
    const [blob] = registry.blobs.keys();
    registry.blobs.delete(blob ?? "");
    registry.manifests.delete(`a/x@${root.digest}`);
    registry.requests.length = 0;
    await copyImage(layout, root, stores);
    expect(
      registry.log.filter((line) => line.startsWith("PUT")).map((line) => line.replace(/(uploads)\/.*/, "$1")),
    ).toEqual(["PUT blobs/uploads", `PUT manifests/${root.digest}`]);
  });

  it("puts no manifest while a blob is missing", async () => {
    let uploads = 0;
    await using registry = await RegistryStandIn.start({
      fault: ({ method, target }) =>
        method === "PUT" && target.includes("/blobs/") && ++uploads === 3 ? { status: 403 } : undefined,
    });
    const root = await multiArch();
    const error = await refusal(copyImage(layout, root, registryStores(registry, "a/x")));
    expect(error.code).toBe("denied");
    expect(registry.blobs.size).toBe(4);
    expect(registry.manifests.size).toBe(0);
  });

  it("reads from a registry as well", async () => {
    await using from = await RegistryStandIn.start();
    const root = await multiArch();
    const [source] = registryStores(from, "a/x");
    await copyImage(layout, root, [present(source)]);
    const target = new LayoutStore(join(directory, "target"));
    await copyImage(present(source), root, [target]);
    expect(await target.getManifest(root.digest)).toEqual(await layout.getManifest(root.digest));
  });

  it("says what a layout lacks", async () => {
    const root = await multiArch();
    const [child] = parseIndex(present(await layout.getManifest(root.digest)), layout).children;
    const { digest } = present(child);
    await rm(join(directory, "source", "blobs", "sha256", hexOf(digest)));
    const error = await refusal(copyImage(layout, root, [new LayoutStore(join(directory, "target"))]));
    expect(error.code).toBe("not-found");
    expect(error.message).toContain(
      `expected the manifest ${digest} in oci:${join(directory, "source")}, named by ${root.digest}`,
    );
  });
});

describe("layoutRoot", () => {
  it("is what the layout lists, once or under several tags", async () => {
    const manifest = await image("one");
    await layout.putManifest(manifest.descriptor.digest, manifest);
    expect(await layoutRoot(layout)).toMatchObject(manifest.descriptor);
    await layout.putManifest("v1", manifest);
    await layout.putManifest("v2", manifest);
    expect(await layoutRoot(layout)).toMatchObject(manifest.descriptor);
  });

  it("is chosen by tag or platform among several", async () => {
    const [amd64, arm64] = [await image("amd64"), await image("arm64")];
    await layout.putManifest("amd", amd64);
    await layout.putManifest("arm", arm64);
    const file = join(directory, "source", "index.json");
    const index = JSON.parse(await readFile(file, "utf8"));
    index.manifests[0].platform = linux("amd64");
    index.manifests[1].platform = { ...linux("arm64"), variant: "v8" };
    await writeFile(file, JSON.stringify(index));
    expect(await layoutRoot(layout, { tag: "amd" })).toMatchObject(amd64.descriptor);
    expect(await layoutRoot(layout, { platform: linux("arm64") })).toMatchObject(arm64.descriptor);
    const several = await refusal(layoutRoot(layout));
    expect(several.code).toBe("ambiguous-root");
    expect(several.message).toContain(
      "expected one image in index.json, found amd (linux/amd64), arm (linux/arm64/v8)",
    );
    const none = await refusal(layoutRoot(layout, { tag: "arm", platform: linux("s390x") }));
    expect(none.code).toBe("invalid-layout");
    expect(none.message).toContain("expected one image tagged arm for linux/s390x in index.json, found amd");
  });

  it("is not in a directory that is not there", async () => {
    const error = await refusal(layoutRoot(new LayoutStore(join(directory, "nothing"))));
    expect(error.code).toBe("invalid-layout");
    expect(error.message).toContain(`${join(directory, "nothing")}: expected an OCI image layout, found no index.json`);
    await writeFile(join(directory, "source.tar"), "");
    const tar = await refusal(layoutRoot(new LayoutStore(join(directory, "source.tar"))));
    expect([tar.code, tar.message]).toEqual(["invalid-layout", expect.stringContaining("must be unpacked first")]);
  });
});

/** Two images with a layer of their own and one in common, and the index of both, as a build leaves it. */
async function multiArch(): Promise<Descriptor> {
  const common = await blob(randomBytes(1000));
  const images = [await image("amd64", [common]), await image("arm64", [common])];
  for (const each of images) await layout.putManifest(each.descriptor.digest, each);
  const manifests = images.map(({ descriptor }, at) => ({
    ...descriptor,
    platform: linux(at === 0 ? "amd64" : "arm64"),
  }));
  const index = manifest(OCI_INDEX, { manifests });
  await layout.putManifest("v1", index);
  return index.descriptor;
}

async function image(name: string, layers: readonly Descriptor[] = []): Promise<Manifest> {
  const config = await blob(Buffer.from(JSON.stringify({ os: "linux", architecture: name })));
  return manifest(OCI_MANIFEST, { config, layers: [await blob(randomBytes(300_000)), ...layers] });
}

async function blob(bytes: Buffer): Promise<Descriptor> {
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
  await layout.putBlob(descriptor, async () => Readable.from([bytes]));
  return descriptor;
}

function manifest(mediaType: string, content: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function linux(architecture: string): Platform {
  return { os: "linux", architecture };
}

function registryStores(registry: RegistryStandIn, ...paths: readonly string[]): readonly RegistryStore[] {
  const client = new RegistryClient({ env: {}, clock: new FastClock() });
  return paths.map((path) => new RegistryStore(path, parseRepository(`${registry.host}/${path}`), client));
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}
