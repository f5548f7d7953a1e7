import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startRegistry, type Testbed, testbed } from "@fanfold-rigs/testbed";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LayoutStore } from "../layout/store.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Manifest } from "../oci/store.ts";
import type { ObservedRequest, RegistryOptions } from "../registry/client.ts";
import { refusal } from "../testing/refusal.ts";
import { copyImage, layoutRoot } from "./copy.ts";
import { Stores } from "./stores.ts";

const found = testbed();
if ("unavailable" in found) console.warn(`stores are not tested against real registries: ${found.unavailable}`);
else if (found.docker === null) console.warn("layouts of a real builder are not tested: no engine");

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-stores-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.skipIf("unavailable" in found)("registries", () => {
  it("without credentials, with a password and with tokens: the same digest, and other programs find it sound", async () => {
    const { layout, root } = await sample("registries");
    await using stores = open();
    const names = bed().registries.map(({ host }) => `${host}/${unique("stores")}`);
    const targets = [...names, `${names[0]}/second`].map((name) => stores.open(name));
    await copyImage(layout, root, targets);
    for (const store of targets) {
      await store.putManifest("v1", await manifestOf(layout, root));
      expect(await store.headManifest("v1")).toEqual(root);
      expect(await buffer(await store.getBlob(await firstLayer(layout, root)))).toHaveLength(1_000_000);
      const image = `${store.name}:v1`;
      expect((await tool("crane", "digest", "--insecure", image)).stdout).toBe(`${root.digest}\n`);
      await tool("crane", "validate", "--insecure", "--fast", "--remote", image);
      const fetched = await tool("oras", "manifest", "fetch", "--plain-http", "--descriptor", image);
      expect(JSON.parse(fetched.stdout)).toMatchObject(root);
      const inspected = await tool("skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${image}`);
      expect(digestOf(Buffer.from(inspected.stdout))).toBe(root.digest);
    }
  });

  it("ask the token service twice, for twenty images and forty tags of one repository", async () => {
    await using registry = await startRegistry({ auth: "token", storageDir: join(directory, "tokens") });
    const { username, password } = registry;
    const seen: ObservedRequest[] = [];
    await using stores = open({
      env: {},
      onRequest: (request) => seen.push(request),
      credentials: async () => ({
        kind: "password",
        username: username ?? "",
        password: password ?? "",
        origin: "test",
      }),
    });
    const { layout, root } = await sample("tokens");
    const store = stores.open(`${registry.host}/team/tool`);
    await copyImage(layout, root, [store]);
    const manifest = await manifestOf(layout, root);
    await Promise.all(Array.from({ length: 40 }, (_, tag) => store.putManifest(`t${tag}`, manifest)));
    await Promise.all(Array.from({ length: 40 }, (_, tag) => store.headManifest(`t${tag}`)));
    expect(registry.tokenRequests.length).toBe(2);
    expect(seen.filter(({ status }) => status === 401).length).toBe(1);
    expect(JSON.stringify(seen)).not.toContain(password);
  });

  it("mount a blob from a repository that has it, without sending it", async () => {
    const { layout, root } = await sample("mount");
    const { host } = registryWith("token");
    const seen: ObservedRequest[] = [];
    await using stores = open({
      env: { DOCKER_CONFIG: bed().docker?.config },
      onRequest: (request) => seen.push(request),
    });
    const [first, second] = [stores.open(`${host}/${unique("from")}`), stores.open(`${host}/${unique("to")}`)];
    await copyImage(layout, root, [first, second]);
    const uploads = seen.filter(({ method, url }) => method === "PUT" && url.includes("/blobs/"));
    expect(uploads.length).toBe(3);
    expect(uploads.every(({ url }) => url.includes("/from"))).toBe(true);
    expect(await second.headManifest(root.digest)).toEqual(root);
  });

  it("say in their own words what they refuse, and a layout refuses the same", async () => {
    await using stores = open();
    const absent = { mediaType: OCI_MANIFEST, digest: digestOf(randomBytes(9)), size: 9 };
    const config = { ...absent, mediaType: "application/vnd.oci.image.config.v1+json" };
    const { host } = registryWith("none");
    const registry = stores.open(`${host}/${unique("refused")}`);
    const layout = stores.open(`oci:${join(directory, "refused")}`);
    for (const incomplete of [
      manifest(OCI_INDEX, { manifests: [absent] }),
      manifest(OCI_MANIFEST, { config, layers: [] }),
    ]) {
      const error = await refusal(registry.putManifest("v1", incomplete));
      expect(error.message).toMatch(/40[04] \((?:MANIFEST_BLOB_UNKNOWN|MANIFEST_UNKNOWN): /);
      for (const each of [error, await refusal(layout.putManifest("v1", incomplete))]) {
        expect([each.code, each.message]).toEqual(["rejected", expect.stringContaining("push it again")]);
      }
    }
  });

  it.each(["basic", "token"] as const)("with wrong credentials, %s, refuse once", async (auth) => {
    const { host, username } = registryWith(auth);
    await using stores = open({
      env: {},
      credentials: async () => ({
        kind: "password",
        username: username ?? "",
        password: "canary-wrong",
        origin: "the test",
      }),
    });
    const error = await refusal(stores.open(`${host}/team/tool`).headManifest("v1"));
    expect(error.code).toBe("unauthorized");
    expect(error.message).toContain("the credentials from the test were not accepted");
    expect(error.message).toMatch(/GET: \S.* answered 401 \(\S+/);
    expect(error.message).not.toContain("canary");
  });
});

describe.skipIf("unavailable" in found)("layouts", () => {
  it("are read by other programs", async () => {
    const { layout, root } = await sample("read");
    await layout.putManifest("v1", await manifestOf(layout, root));
    const fetched = await tool("oras", "manifest", "fetch", "--oci-layout", `${layout.directory}:v1`);
    expect(digestOf(Buffer.from(fetched.stdout))).toBe(root.digest);
    const inspected = await tool("skopeo", "inspect", "--raw", `oci:${layout.directory}:v1`);
    expect(digestOf(Buffer.from(inspected.stdout))).toBe(root.digest);
  });

  it("of other programs are read and kept", async () => {
    const { layout, root } = await sample("other-source");
    await layout.putManifest("v1", await manifestOf(layout, root));
    const copy = join(directory, "skopeo");
    await tool(
      "skopeo",
      "copy",
      "--all",
      "--preserve-digests",
      `oci:${layout.directory}:v1`,
      `oci:${copy}:from-skopeo`,
    );
    await tool("oras", "cp", "--from-oci-layout", "--to-oci-layout", `${layout.directory}:v1`, `${copy}:from-oras`);
    const store = new LayoutStore(copy);
    expect(await store.headManifest("from-skopeo")).toEqual(root);
    await store.putManifest("ours", await manifestOf(layout, root));
    // oras writes its entries in no order.
    expect((await store.entries()).map(({ tag }) => tag).toSorted()).toEqual(["from-oras", "from-skopeo", "ours"]);
    expect(await layoutRoot(store)).toMatchObject(root);
  });

  it.skipIf(!("unavailable" in found) && found.docker === null)(
    "of a build, with provenance, go to every registry with one digest",
    async () => {
      const engine = bed().docker;
      if (engine === null) throw new Error("skipped without one");
      const context = join(directory, "context");
      await writeFile(
        join(directory, "Dockerfile"),
        "FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /$TARGETARCH\nLABEL a=b\n",
      );
      await execa(
        bed().tools.docker,
        [
          "buildx",
          "build",
          "--platform",
          "linux/amd64,linux/arm64",
          "--provenance",
          "mode=max",
          "-o",
          `type=oci,tar=false,dest=${context}`,
          "--file",
          join(directory, "Dockerfile"),
          directory,
        ],
        {
          env: { DOCKER_HOST: engine.host, DOCKER_CONFIG: engine.config, BUILDX_BUILDER: engine.builder },
        },
      );
      const layout = new LayoutStore(context);
      const root = await layoutRoot(layout);
      await using stores = open();
      const targets = bed().registries.map(({ host }) => stores.open(`${host}/${unique("built")}`));
      await copyImage(layout, root, targets);
      const bytes = (await layout.getManifest(root.digest))?.bytes;
      for (const store of targets) {
        expect((await store.getManifest(root.digest))?.bytes).toEqual(bytes);
        const platforms = await tool("crane", "manifest", "--insecure", `${store.name}@${root.digest}`);
        expect(JSON.parse(platforms.stdout).manifests).toHaveLength(4);
        await tool("crane", "validate", "--insecure", "--fast", "--remote", `${store.name}@${root.digest}`);
      }
    },
  );
});

describe("a layout that several processes write", () => {
  it("holds in the end what each of them put, though one was killed", async () => {
    const target = join(directory, "shared");
    const module = fileURLToPath(new URL("../layout/store.ts", import.meta.url));
    const writer = (name: string, count: number) => {
      const code = `
        import { createHash } from "node:crypto";
        import { LayoutStore } from ${JSON.stringify(module)};
        const store = new LayoutStore(${JSON.stringify(target)});
        for (let n = 0; n < ${count}; n++) {
          const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ${JSON.stringify(OCI_INDEX)}, manifests: [], annotations: { n: ${JSON.stringify(name)} + n } }));
          const digest = "sha256:" + createHash("sha256").update(bytes).digest("hex");
          await store.putManifest(${JSON.stringify(name)} + n, { bytes, descriptor: { mediaType: ${JSON.stringify(OCI_INDEX)}, digest, size: bytes.length } });
        }`;
      return execa(process.execPath, ["--input-type=module", "--eval", code], { reject: false });
    };
    const doomed = writer("doomed", 100_000);
    const others = ["a", "b", "c"].map((name) => writer(name, 40));
    await waitFor(
      async () => (await new LayoutStore(target).headManifest("doomed5").catch(() => undefined)) !== undefined,
    );
    doomed.kill("SIGKILL");
    for (const other of await Promise.all(others)) expect(other).toMatchObject({ exitCode: 0, stderr: "" });
    await doomed;
    const store = new LayoutStore(target);
    const tags = (await store.entries()).map(({ tag }) => tag ?? "");
    for (const name of ["a", "b", "c"]) expect(tags.filter((tag) => tag.startsWith(name))).toHaveLength(40);
    for (const tag of tags) expect(await store.headManifest(tag)).toBeDefined();
    expect(new Set(tags).size).toBe(tags.length);
    expect((await readdir(target)).filter((name) => name === ".fanfold.lock")).toEqual([]);
    expect(JSON.parse(await readFile(join(target, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
  });
});

function bed(): Testbed {
  if ("unavailable" in found) throw new Error("skipped without one");
  return found;
}

function registryWith(auth: "none" | "basic" | "token") {
  const registry = bed().registries.find((candidate) => candidate.auth === auth);
  if (registry === undefined) throw new Error(`the test bed has a registry with ${auth}`);
  return registry;
}

/** Without other options: with the credentials where the docker command finds them. */
function open(options: RegistryOptions = { env: { DOCKER_CONFIG: bed().docker?.config } }): Stores & AsyncDisposable {
  const stores = new Stores(options);
  return Object.assign(stores, { [Symbol.asyncDispose]: () => stores.close() });
}

function tool(name: "crane" | "oras" | "skopeo", ...args: readonly string[]) {
  const config = bed().docker?.config ?? "";
  const before = name === "skopeo" ? ["--insecure-policy"] : [];
  const env = { DOCKER_CONFIG: config, REGISTRY_AUTH_FILE: join(config, "config.json") };
  // To the byte: a manifest's digest is that of its bytes.
  return execa(bed().tools[name], [...before, ...args], { env, stripFinalNewline: false });
}

function unique(name: string): string {
  return `fanfold-stores/${name}-${randomBytes(4).toString("hex")}`;
}

/** Two images of one layer each, in a layout. */
async function sample(name: string): Promise<{ layout: LayoutStore; root: Descriptor }> {
  const layout = new LayoutStore(join(directory, `layout-${name}`));
  const blob = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await layout.putBlob(descriptor, async () => Readable.from([bytes]));
    return descriptor;
  };
  const layer = await blob("application/vnd.oci.image.layer.v1.tar", randomBytes(1_000_000));
  const manifests: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const text = JSON.stringify({ os: "linux", architecture, rootfs: { type: "layers", diff_ids: [layer.digest] } });
    const config = await blob("application/vnd.oci.image.config.v1+json", Buffer.from(text));
    const image = manifest(OCI_MANIFEST, { config, layers: [layer] });
    await layout.putManifest(image.descriptor.digest, image);
    manifests.push({ ...image.descriptor, platform: { os: "linux", architecture } });
  }
  const index = manifest(OCI_INDEX, { manifests });
  await layout.putManifest(index.descriptor.digest, index);
  return { layout, root: index.descriptor };
}

function manifest(mediaType: string, content: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

async function manifestOf(layout: LayoutStore, { digest }: Descriptor): Promise<Manifest> {
  const manifest = await layout.getManifest(digest);
  if (manifest === undefined) throw new Error(`expected ${digest} in the layout`);
  return manifest;
}

async function firstLayer(layout: LayoutStore, root: Descriptor): Promise<Descriptor> {
  const index = JSON.parse(Buffer.from((await manifestOf(layout, root)).bytes).toString());
  const image = JSON.parse(Buffer.from((await manifestOf(layout, index.manifests[0])).bytes).toString());
  return image.layers[0];
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
