import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { type Descriptor, DOCKER_LIST, OCI_INDEX, OCI_MANIFEST } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, type Fault, RegistryStandIn, type Seen } from "../testing/registry-stand-in.ts";
import { RegistryClient } from "./client.ts";
import { RegistryStore } from "./store.ts";

describe("manifests", () => {
  it("are put, looked up and read in one request each", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    expect(await store.headManifest("v1")).toEqual(manifest.descriptor);
    expect(await store.getManifest(manifest.descriptor.digest)).toEqual({
      ...manifest,
      bytes: Buffer.from(manifest.bytes),
    });
    expect(registry.log).toEqual([
      "PUT manifests/v1",
      "HEAD manifests/v1",
      `GET manifests/${manifest.descriptor.digest}`,
    ]);
    expect(registry.requests[0]?.headers["content-type"]).toBe(OCI_INDEX);
    expect(registry.requests[1]?.headers.accept).toContain(DOCKER_LIST);
  });

  it("that are not there are undefined", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    expect(await store.headManifest("v1")).toBeUndefined();
    expect(await store.getManifest("v1")).toBeUndefined();
    expect(registry.log).toEqual(["HEAD manifests/v1", "GET manifests/v1"]);
  });

  it.each<[string, Fault]>([
    ["405", { status: 405 }],
    ["no digest", { with: { "docker-content-digest": "" } }],
    ["no length", { with: { "content-length": "" } }],
    ["the length of no body", { with: { "content-length": "0" } }],
    ["the length of something packed", { with: { "content-length": "9", "content-encoding": "gzip" } }],
    ["the type of a web page", { with: { "content-type": "text/html" } }],
  ])("a HEAD that answers with %s is made up for by a GET", async (_, fault) => {
    await using registry = await RegistryStandIn.start({ fault: on("HEAD", fault) });
    const manifest = index("one");
    await open(registry).store.putManifest("v1", manifest);
    // Whoever put it knows its size.
    expect(await open(registry).store.headManifest("v1")).toEqual(manifest.descriptor);
    expect(registry.log.slice(1)).toEqual(["HEAD manifests/v1", "GET manifests/v1"]);
  });

  it.each<[string, string, Fault]>([
    ["PUT", "another digest", { with: { "docker-content-digest": digestOf(Buffer.from("x")) } }],
    ["HEAD", "another digest", { with: { "docker-content-digest": digestOf(Buffer.from("x")) } }],
    ["GET", "other bytes", { with: {}, body: '{"mediaType":"x"}' }],
  ])("%s answered with %s is a digest-mismatch", async (method, _, fault) => {
    await using registry = await RegistryStandIn.start({ fault: on(method, fault) });
    const { store } = open(registry);
    const manifest = index("one");
    const work = store
      .putManifest("v1", manifest)
      .then(() => store.headManifest(manifest.descriptor.digest))
      .then(() => store.getManifest(manifest.descriptor.digest));
    const error = await refusal(work);
    expect(error.code).toBe("digest-mismatch");
    expect(error.message).toContain(manifest.descriptor.digest);
    expect(error.message).toContain(`http://${registry.host}/v2/a/b/manifests/`);
  });

  it("put by digest are looked up where the answer does not name it", async () => {
    await using registry = await RegistryStandIn.start({ fault: on("PUT", { with: { "docker-content-digest": "" } }) });
    const { store } = open(registry);
    const manifest = index("one");
    const { digest } = manifest.descriptor;
    await store.putManifest(digest, manifest);
    await store.putManifest("v1", manifest);
    expect(registry.log).toEqual([`PUT manifests/${digest}`, `HEAD manifests/${digest}`, "PUT manifests/v1"]);
    registry.fault = ({ method }) =>
      method === "PUT" ? { with: { "docker-content-digest": "" } } : method === "HEAD" ? { status: 404 } : undefined;
    const error = await refusal(store.putManifest(digest, manifest));
    expect([error.code, error.message]).toEqual(["digest-mismatch", expect.stringContaining("found nothing")]);
  });

  it("damaged on the way are fetched anew", async () => {
    await using registry = await RegistryStandIn.start({ fault: first(on("GET", { with: {}, body: "{" })) });
    const { store } = open(registry);
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    expect((await store.getManifest(manifest.descriptor.digest))?.descriptor).toEqual(manifest.descriptor);
  });

  it("whose bytes are not what their descriptor says are not sent", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const { descriptor } = index("one");
    const error = await refusal(store.putManifest("v1", { descriptor, bytes: Buffer.from("{}") }));
    expect(error.code).toBe("digest-mismatch");
    expect(registry.requests).toEqual([]);
  });

  it("have one media type: header and body agree", async () => {
    await using registry = await RegistryStandIn.start({ fault: on("GET", { with: { "content-type": DOCKER_LIST } }) });
    const { store } = open(registry);
    await store.putManifest("v1", index("one"));
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe("invalid-manifest");
    expect(error.message).toContain(OCI_INDEX);
    expect(error.message).toContain(DOCKER_LIST);
  });

  it("over 4 MiB are not read to their end", async () => {
    await using registry = await RegistryStandIn.start();
    registry.manifests.set("a/b:v1", { type: OCI_INDEX, bytes: Buffer.alloc(4 * 1024 * 1024 + 1, " ") });
    const { store } = open(registry);
    expect((await refusal(store.getManifest("v1"))).code).toBe("too-large");
  });

  it("that a web server answers are refused by name", async () => {
    await using registry = await RegistryStandIn.start({
      fault: () => ({
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html><title>Hello</title></html>",
      }),
    });
    const { store } = open(registry);
    const error = await refusal(store.headManifest("v1"));
    expect(error.code).toBe("bad-response");
    expect(error.message).toContain("the registry answered with a web page (text/html)");
    const digest = digestOf(Buffer.from("x"));
    expect((await refusal(store.getManifest(digest))).code).toBe("bad-response");
    expect(registry.log).toEqual(["HEAD manifests/v1", "GET manifests/v1", `GET manifests/${digest}`]);
  });

  it.each([400, 403, 405, 409, 412])("whose tag alone is refused with %i: the tag is protected", async (status) => {
    const body = JSON.stringify({ errors: [{ code: "DENIED", message: "no" }] });
    await using registry = await RegistryStandIn.start({
      fault: ({ method, target }) => (method === "PUT" && target.endsWith("/v1") ? { status, body } : undefined),
    });
    const { store } = open(registry);
    const manifest = index("one");
    await store.putManifest(manifest.descriptor.digest, manifest);
    const pushed = await refusal(store.putManifest("v1", manifest));
    expect(pushed.message).toContain("see whether the registry protects it (immutable tags");
    expect(pushed.message).not.toContain("docker login");
    // Somebody else has pushed it.
    const { store: other } = open(registry);
    await other.headManifest(manifest.descriptor.digest);
    expect((await refusal(other.putManifest("v1", manifest))).message).toMatch(
      status === 403 ? /ask for write access; or the registry protects this tag/ : /the registry protects it/,
    );
    // Nothing is known: it may be the image.
    const { store: first } = open(registry);
    expect((await refusal(first.putManifest("v1", manifest))).message).not.toContain("protects");
  });

  it("that are refused to a HEAD are asked for by GET, which says why", async () => {
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
    const headers = { "www-authenticate": 'Basic realm="x"', "content-type": "application/json" };
    await using registry = await RegistryStandIn.start({
      fault: ({ method }) => ({ status: 401, headers, ...(method === "HEAD" ? {} : { body }) }),
    });
    const error = await refusal(open(registry).store.headManifest("v1"));
    expect(error.code).toBe("unauthorized");
    expect(error.message).toContain("GET: the registry answered 401 (UNAUTHORIZED: authentication required)");
    expect(registry.log).toEqual(["HEAD manifests/v1", "HEAD manifests/v1", "GET manifests/v1"]);
  });

  it("that are refused to a HEAD alone stay refused", async () => {
    await using registry = await RegistryStandIn.start({ fault: on("HEAD", { status: 403 }) });
    const { bytes, descriptor } = blob(100);
    registry.blobs.set(`a/b/${descriptor.digest}`, bytes);
    expect((await refusal(open(registry).store.hasBlob(descriptor.digest))).message).toContain(
      "HEAD: the registry answered 403",
    );
  });
});

describe("an address that a registry names", () => {
  const login = Buffer.from("u:hunter2-secret").toString("base64url");
  const challenge: Fault = { status: 401, headers: { "www-authenticate": "Basic realm=x" } };

  it.each([
    ["a redirect", { status: 307, headers: { location: `http://169.254.169.254/${login}` } }],
    ["an upload", { status: 202, headers: { location: `http://[::ffff:169.254.169.254]/${login}` } }],
    ["another upload", { status: 202, headers: { location: `http://2852039166/${login}` } }],
    ["a redirect of a registry", { status: 308, headers: { location: `ftp://x/${login}` } }],
  ] as const)("for %s leads nowhere inside, and what it repeats of a login is not shown", async (_, fault) => {
    await using registry = await RegistryStandIn.start({
      fault: ({ headers, method }) =>
        headers.authorization === undefined ? challenge : method === "POST" ? fault : undefined,
    });
    const { bytes, descriptor } = blob(100);
    const error = await refusal(open(registry).store.putBlob(descriptor, async () => Readable.from([bytes])));
    expect(error.code).toBe("insecure");
    expect(error.message).not.toContain(login.slice(4, 16));
    expect(error.message).toMatch(/inside the network|expected a Location with https/);
  });
});

describe("a registry that lags behind", () => {
  it.each(["HEAD", "GET"])("%s of what was just pushed is tried again", async (method) => {
    let misses = 2;
    await using registry = await RegistryStandIn.start({
      fault: (seen) => (seen.method === method && misses-- > 0 ? { status: 404 } : undefined),
    });
    const { store, clock } = open(registry);
    const manifest = index("one");
    await store.putManifest("v1", manifest);
    const found = method === "HEAD" ? await store.headManifest("v1") : (await store.getManifest("v1"))?.descriptor;
    expect(found).toEqual(manifest.descriptor);
    expect(clock.slept.length).toBe(2);
  });

  it("shows the old image behind a tag for a moment", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const [before, after] = [index("before"), index("after")];
    await store.putManifest("latest", before);
    let stale = 1;
    registry.fault = (seen) =>
      seen.method === "HEAD" && stale-- > 0
        ? {
            with: {
              "docker-content-digest": before.descriptor.digest,
              "content-length": String(before.descriptor.size),
            },
          }
        : undefined;
    await store.putManifest("latest", after);
    expect(await store.headManifest("latest")).toEqual(after.descriptor);
  });

  it("is believed in the end, and at once about what was not pushed from here", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    await store.putManifest("v1", index("ours"));
    const theirs = index("theirs");
    registry.manifests.set("a/b:v1", { type: OCI_INDEX, bytes: Buffer.from(theirs.bytes) });
    registry.manifests.set("a/b:v2", { type: OCI_INDEX, bytes: Buffer.from(theirs.bytes) });
    expect(await store.headManifest("v1")).toEqual(theirs.descriptor);
    expect(registry.log.length).toBe(6);
    expect(await store.headManifest("v2")).toEqual(theirs.descriptor);
    expect(registry.log.length).toBe(7);
  });

  it.each([
    ["MANIFEST_BLOB_UNKNOWN", 404, 4],
    ["MANIFEST_UNKNOWN", 404, 4],
    // Quay, for two tags of one manifest at a time.
    ["MANIFEST_INVALID", 400, 1],
  ])("%s on a push passes", async (code, status, times) => {
    let left = times;
    const body = JSON.stringify({ errors: [{ code, message: "not yet" }] });
    await using registry = await RegistryStandIn.start({
      fault: (seen) => (seen.method === "PUT" && left-- > 0 ? { status, body } : undefined),
    });
    const { store } = open(registry);
    await store.putManifest("v1", index("one"));
    expect(registry.requests.length).toBe(times + 1);
    left = times + 1;
    const error = await refusal(store.putManifest("v1", index("two")));
    expect(error.message).toContain(`${code}: not yet`);
    expect(registry.requests.length).toBe(2 * times + 2);
  });
});

describe("blobs", () => {
  it("are uploaded in two requests, to the location given, its query kept", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const { bytes, descriptor } = blob(300_000);
    expect(await store.hasBlob(descriptor.digest)).toBe(false);
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    expect(await store.hasBlob(descriptor.digest)).toBe(true);
    expect(await buffer(await store.getBlob(descriptor))).toEqual(bytes);
    expect(registry.log[1]).toBe("POST blobs/uploads/");
    const target = registry.log[2] ?? "";
    expect(target).toMatch(/^PUT blobs\/uploads\/[0-9a-f-]+\?_state=a%2Fb==&digest=sha256%3A[0-9a-f]{64}$/);
    expect(registry.requests[2]?.headers["content-length"]).toBe("300000");
    expect(registry.requests.length).toBe(5);
  });

  it("of no bytes are blobs too", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const { bytes, descriptor } = blob(0);
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    expect(await buffer(await store.getBlob(descriptor))).toEqual(bytes);
  });

  it("are mounted from another repository of the registry in one request", async () => {
    await using registry = await RegistryStandIn.start();
    const { store, client } = open(registry);
    const { bytes, descriptor } = blob(100);
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    const other = new RegistryStore("other", parseRepository(`${registry.host}/c/d`), client);
    await other.putBlob(descriptor, () => Promise.reject(new Error("not to be read")), store);
    expect(registry.log.at(-1)).toBe(`POST blobs/uploads/?mount=${descriptor.digest}&from=a/b`);
    expect(await other.hasBlob(descriptor.digest)).toBe(true);
  });

  it.each([202, 400, 404, 405])("are uploaded where a mount is answered %i", async (status) => {
    await using registry = await RegistryStandIn.start({
      fault: ({ target }) => (status !== 202 && target.includes("mount=") ? { status } : undefined),
    });
    const { store, client } = open(registry);
    const { bytes, descriptor } = blob(100);
    const other = new RegistryStore("other", parseRepository(`${registry.host}/c/d`), client);
    await store.putBlob(descriptor, async () => Readable.from([bytes]), other);
    expect(await store.hasBlob(descriptor.digest)).toBe(true);
    expect(registry.log.slice(0, -1).map((line) => line.slice(0, 4))).toEqual(
      status === 202 ? ["POST", "PUT "] : ["POST", "POST", "PUT "],
    );
  });

  it.each<[string, Fault]>([
    ["500", { status: 500 }],
    ["a reset", { cut: "before-answer" }],
  ])("whose upload ends in %s are uploaded anew, from their start", async (_, fault) => {
    await using registry = await RegistryStandIn.start({ fault: first(on("PUT", fault)) });
    const { store } = open(registry);
    const { bytes, descriptor } = blob(300_000);
    let opened = 0;
    await store.putBlob(descriptor, async () => {
      opened++;
      return Readable.from([bytes]);
    });
    expect(opened).toBe(2);
    expect(registry.log.map((line) => line.slice(0, 4))).toEqual(["POST", "PUT ", "HEAD", "POST", "PUT "]);
    expect(await buffer(await store.getBlob(descriptor))).toEqual(bytes);
  });

  it("whose source is damaged are not there afterwards", async () => {
    await using registry = await RegistryStandIn.start();
    const { store } = open(registry);
    const { descriptor } = blob(100);
    const source = new DigestToolsError({ code: "digest-mismatch", message: "damaged" });
    const error = await refusal(
      store.putBlob(descriptor, async () =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(50);
            throw source;
          })(),
        ),
      ),
    );
    expect(error).toBe(source);
    expect(await store.hasBlob(descriptor.digest)).toBe(false);
  });

  it("lie where a redirect leads, and nothing secret goes there", async () => {
    await using storage = await RegistryStandIn.start();
    const { bytes, descriptor } = blob(1000);
    storage.blobs.set(`bucket/${descriptor.digest}`, bytes);
    const location = `http://${storage.host}/v2/bucket/blobs/${descriptor.digest}?signature=abc`;
    await using registry = await RegistryStandIn.start({
      fault: ({ headers, method }) => {
        if (headers.authorization === undefined) return { status: 401, headers: { "www-authenticate": "Basic" } };
        return method === "GET" || method === "HEAD" ? { status: 307, headers: { location } } : undefined;
      },
    });
    const { store } = open(registry);
    expect(await store.hasBlob(descriptor.digest)).toBe(true);
    expect(await buffer(await store.getBlob(descriptor))).toEqual(bytes);
    // It may be a registry, by its path, and may not have the blob.
    expect(storage.requests.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
    expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  it("that a storage service refuses are not the registry's refusal", async () => {
    const body = "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>";
    await using storage = await RegistryStandIn.start({ fault: () => ({ status: 403, body }) });
    await using registry = await RegistryStandIn.start({
      fault: ({ target }) => ({
        status: 307,
        headers: { location: `http://${storage.host}${target}?X-Signature=abc` },
      }),
    });
    const { descriptor } = blob(10);
    const error = await refusal(open(registry).store.getBlob(descriptor));
    expect(error.code).toBe("rejected");
    expect(error.message).toContain(`http://${storage.host}/v2/a/b/blobs/${descriptor.digest}: GET: the host that the`);
    expect(error.message).toContain("403 (<?xml");
    expect(error.message).toContain("tell whoever runs the registry");
    expect(error.message).not.toMatch(/docker login|credentials|X-Signature/);
  });

  it.each<[string, Fault, string]>([
    ["end early", { cut: "mid-body" }, "network"],
    ["are other bytes", { with: {}, body: "y".repeat(1000) }, "digest-mismatch"],
    ["are longer", { with: {}, body: "y".repeat(1001) }, "digest-mismatch"],
    ["are shorter", { with: {}, body: "y".repeat(10) }, "digest-mismatch"],
  ])("that %s fail at whoever reads them", async (_, fault, code) => {
    await using registry = await RegistryStandIn.start({ fault: on("GET", fault) });
    const { store } = open(registry);
    const { bytes, descriptor } = blob(1000);
    registry.blobs.set(`a/b/${descriptor.digest}`, bytes);
    const error = await refusal(store.getBlob(descriptor).then(buffer));
    expect(error.code).toBe(code);
  });
});

function open(registry: RegistryStandIn): { store: RegistryStore; client: RegistryClient; clock: FastClock } {
  const clock = new FastClock();
  const credentials = async () =>
    ({ kind: "password", username: "u", password: "hunter2-secret", origin: "test" }) as const;
  const client = new RegistryClient({ env: {}, clock, credentials });
  const name = `${registry.host}/a/b`;
  return { store: new RegistryStore(name, parseRepository(name), client), client, clock };
}

function index(name: string): Manifest {
  const child = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from(name)), size: name.length };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] }));
  return { descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function blob(size: number): { bytes: Buffer; descriptor: Descriptor } {
  const bytes = randomBytes(size);
  return { bytes, descriptor: { mediaType: "application/octet-stream", digest: digestOf(bytes), size } };
}

function on(method: string, fault: Fault): (seen: Seen) => Fault | undefined {
  return (seen) => (seen.method === method ? fault : undefined);
}

function first(fault: (seen: Seen) => Fault | undefined): (seen: Seen) => Fault | undefined {
  let done = false;
  return (seen) => {
    const found = done ? undefined : fault(seen);
    done ||= found !== undefined;
    return found;
  };
}
