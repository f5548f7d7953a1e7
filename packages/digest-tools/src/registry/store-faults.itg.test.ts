import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  expiredToken,
  type Fault,
  FaultProxy,
  manifestUnknown,
  type RunningRegistry,
  serverError,
  startRegistry,
  testbed,
  tooManyRequests,
} from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { LayoutStore } from "../layout/store.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { copyImage } from "../stores/copy.ts";
import { FastClock } from "../testing/registry-stand-in.ts";
import { RegistryClient } from "./client.ts";
import { RegistryStore } from "./store.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`stores are not tested behind a failing registry: ${bed.unavailable}`);

/**
 * `passes`: one such failure must not be noticed. The others may end the run, but with an error, and nothing half done.
 * At every request of a run, or at every so many where another fault takes the same way.
 */
const faults: readonly (readonly [name: string, fault: Fault, verdict: "passes" | "may end the run", every: number])[] =
  [
    ["429", tooManyRequests(null), "passes", 5],
    ["429 and seconds", tooManyRequests({ seconds: 2 }), "passes", 1],
    ["429 and a date", tooManyRequests({ date: new Date(Date.now() + 60_000) }), "passes", 5],
    ["429 and a duration in the body", tooManyRequests({ body: "12.5ms" }), "passes", 5],
    ["500", serverError(500), "passes", 5],
    ["502", serverError(502), "passes", 1],
    ["503", serverError(503), "passes", 5],
    ["a reset before the answer", { kind: "reset-response", afterBytes: 0 }, "passes", 1],
    ["a reset in mid-request", { kind: "reset-request", afterBytes: 10 }, "passes", 1],
    ["an answer cut short", { kind: "truncate", afterBytes: 5, contentLength: "kept" }, "passes", 1],
    [
      "an answer shorter than the truth",
      { kind: "truncate", afterBytes: 5, contentLength: "fitted" },
      "may end the run",
      3,
    ],
    ["a wrong digest header", { kind: "digest-header", value: digestOf(Buffer.from("wrong")) }, "may end the run", 1],
    ["no digest header", { kind: "digest-header", value: null }, "passes", 3],
    ["a slow first byte", { kind: "slow-first-byte", milliseconds: 30 }, "passes", 5],
    ["MANIFEST_UNKNOWN", manifestUnknown(), "may end the run", 1],
  ];

describe.skipIf("unavailable" in bed)("behind a registry that fails once", () => {
  let directory: string;
  let registry: RunningRegistry;
  let proxy: FaultProxy;
  let layout: LayoutStore;
  let root: Manifest;
  let number = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fanfold-faults-"));
    registry = await startRegistry({ auth: "token", storageDir: join(directory, "registry") });
    proxy = await FaultProxy.start({ target: registry.host });
    layout = new LayoutStore(join(directory, "layout"));
    root = await sample(layout);
  });
  afterAll(async () => {
    await proxy?.close();
    await registry?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const open = (host: string, path: string) => {
    const { username = "", password = "" } = registry;
    const credentials = async () => ({ kind: "password", username, password, origin: "the test" }) as const;
    const client = new RegistryClient({ env: {}, clock: new FastClock(), credentials });
    const name = `${host}/${path}`;
    return new RegistryStore(name, parseRepository(name), client);
  };

  const publish = async (store: RegistryStore) => {
    await copyImage(layout, root.descriptor, [store], { concurrency: 2 });
    for (const tag of ["v1", "latest"]) {
      await store.putManifest(tag, root);
      const read = await store.getManifest(tag);
      if (read?.descriptor.digest !== root.descriptor.digest)
        throw new Error(`expected ${tag} to be what was just put`);
    }
  };

  const isComplete = async (path: string) => {
    const store = open(registry.host, path);
    expect(await store.headManifest("latest")).toEqual(root.descriptor);
    const copy = new LayoutStore(join(directory, `copy-${path.replace("/", "-")}`));
    await copyImage(store, root.descriptor, [copy]);
  };

  const requestsOfOneRun = async () => {
    proxy.setRules([]);
    proxy.requests.length = 0;
    await publish(open(proxy.host, `team/tool${number++}`));
    return proxy.requests.length;
  };

  it.each(faults)(
    "%s, at each request of a run",
    async (_, fault, verdict) => {
      const count = await requestsOfOneRun();
      expect(count).toBeGreaterThan(12);
      let ended = 0;
      for (let nth = 1; nth <= count; nth++) {
        const path = `team/tool${number++}`;
        proxy.setRules([{ which: { nth }, fault }]);
        const outcome = await publish(open(proxy.host, path)).then(
          () => undefined,
          (error: unknown) => error,
        );
        proxy.setRules([]);
        if (outcome !== undefined) {
          expect(verdict, `request ${nth}: ${outcome}`).toBe("may end the run");
          expect(outcome).toBeInstanceOf(DigestToolsError);
          ended++;
          await publish(open(proxy.host, path));
        }
        await isComplete(path);
      }
      expect(ended).toBeLessThan(count);
    },
    120_000,
  );

  it("a token that expires in mid-run, at each request", async () => {
    const count = await requestsOfOneRun();
    const challenge = (await fetch(`http://${registry.host}/v2/`)).headers.get("www-authenticate") ?? "";
    expect(challenge).toMatch(/^Bearer /);
    for (let nth = 2; nth <= count; nth++) {
      const path = `team/tool${number++}`;
      proxy.setRules([{ which: { nth }, fault: expiredToken(challenge) }]);
      await publish(open(proxy.host, path));
      await isComplete(path);
    }
  }, 120_000);

  it("a blob that is cut off fails at whoever reads it, and is whole when it is read again", async () => {
    proxy.setRules([]);
    const path = `team/tool${number++}`;
    const store = open(proxy.host, path);
    await publish(store);
    const blob = (await blobs(layout, root))[0];
    if (blob === undefined) throw new Error("the sample has blobs");
    for (const contentLength of ["kept", "fitted"] as const) {
      proxy.setRules([
        { path: /blobs/, which: { nth: 1 }, fault: { kind: "truncate", afterBytes: 1000, contentLength } },
      ]);
      await expect(store.getBlob(blob).then(buffer)).rejects.toThrow(DigestToolsError);
      expect((await buffer(await store.getBlob(blob))).length).toBe(blob.size);
      // A copy opens it again by itself.
      proxy.setRules([
        {
          method: "GET",
          path: /blobs/,
          which: { nth: 1 },
          fault: { kind: "truncate", afterBytes: 1000, contentLength },
        },
      ]);
      const target = open(registry.host, `${path}-${contentLength}`);
      await copyImage(store, root.descriptor, [target]);
      expect(await target.headManifest(root.descriptor.digest)).toEqual(root.descriptor);
    }
  });

  it("a registry that dies is reported, and a second run finishes", async () => {
    const path = `team/tool${number++}`;
    proxy.setRules([{ which: { from: 8 }, fault: { kind: "die" } }]);
    const error = await publish(open(proxy.host, path)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DigestToolsError);
    expect(error).toMatchObject({ code: "network" });
    proxy.setRules([]);
    await proxy.revive();
    await publish(open(proxy.host, path));
    await isComplete(path);
  });
});

/** An index of one image: the fewest requests that have a parent, a child and blobs among them. */
async function sample(layout: LayoutStore): Promise<Manifest> {
  const blob = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await layout.putBlob(descriptor, async () => Readable.from([bytes]));
    return descriptor;
  };
  const layer = await blob("application/vnd.oci.image.layer.v1.tar", randomBytes(200_000));
  const text = JSON.stringify({ os: "linux", architecture: "amd64" });
  const config = await blob("application/vnd.oci.image.config.v1+json", Buffer.from(text));
  const image = manifest(OCI_MANIFEST, { config, layers: [layer] });
  await layout.putManifest(image.descriptor.digest, image);
  const manifests = [{ ...image.descriptor, platform: { os: "linux", architecture: "amd64" } }];
  const index = manifest(OCI_INDEX, { manifests });
  await layout.putManifest(index.descriptor.digest, index);
  return index;
}

async function blobs(layout: LayoutStore, root: Manifest): Promise<readonly Descriptor[]> {
  const index = JSON.parse(Buffer.from(root.bytes).toString());
  const image = await layout.getManifest(index.manifests[0].digest);
  return JSON.parse(Buffer.from(image?.bytes ?? []).toString()).layers;
}

function manifest(mediaType: string, content: object): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
