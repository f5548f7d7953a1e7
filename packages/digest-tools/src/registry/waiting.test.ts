import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { type Behaviour, drip, RawServer } from "../testing/raw-server.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, RegistryStandIn } from "../testing/registry-stand-in.ts";
import { type HostWait, RegistryClient, type RegistryOptions } from "./client.ts";
import { RegistryStore } from "./store.ts";

// Real waits in real time, with a time limit that a test can wait for. What is asserted is that they end.
const TIMEOUT_MS = 400;
const ENOUGH_MS = 25_000;
const TEST_MS = 30_000;
const digest = digestOf(Buffer.from("x"));

const behaviours: readonly (readonly [name: string, behaviour: Behaviour])[] = [
  ["accepts and never answers", () => {}],
  [
    "sends its headers byte by byte",
    (socket, _, stopped) => {
      socket.write("HTTP/1.1 200 OK\r\nx-long: ");
      drip(socket, stopped, "a");
    },
  ],
  [
    "sends its body byte by byte",
    (socket, _, stopped) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${OCI_INDEX}\r\ncontent-length: 100000\r\n\r\n`);
      drip(socket, stopped, " ");
    },
  ],
  [
    "sends chunks of a byte without an end",
    (socket, _, stopped) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${OCI_INDEX}\r\ntransfer-encoding: chunked\r\n\r\n`);
      drip(socket, stopped, "1\r\n \r\n");
    },
  ],
  ["floods with 102", (socket, _, stopped) => drip(socket, stopped, "HTTP/1.1 102 Processing\r\n\r\n")],
  ["says 100 and nothing else", (socket) => void socket.write("HTTP/1.1 100 Continue\r\n\r\n")],
  [
    "refuses byte by byte",
    (socket, _, stopped) => {
      socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 60000\r\n\r\n");
      drip(socket, stopped, "x");
    },
  ],
];

describe.each(behaviours)("a registry that %s", { timeout: TEST_MS }, (_, behaviour) => {
  it("costs all requests together a bounded time, and is not asked again", async () => {
    await using server = await RawServer.start(behaviour);
    const waits: HostWait[] = [];
    const { store, client } = open(server.host, { onWait: (wait) => waits.push(wait) });
    const started = performance.now();
    const all = Array.from({ length: 40 }, (_, at) => refusal(store.getManifest(`v${at}`)));
    const errors = await Promise.all(all);
    expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["network"]));
    expect(waits[0]).toMatchObject({ host: server.host, kind: "silent", givenUpAfterMs: TIMEOUT_MS });
    const { length } = server.heads;
    const after = await refusal(store.headManifest("after"));
    expect(after.message).toContain(`${server.host} has left everything unanswered for 400 ms`);
    expect(server.heads.length).toBe(length);
    await client.close();
  });
});

describe("a registry that answers each time just before it would be given up", { timeout: TEST_MS }, () => {
  it("costs a bounded time all the same", async () => {
    await using server = await RawServer.start(async (socket) => {
      await sleep(TIMEOUT_MS / 2 - 50);
      socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    const { store, client } = open(server.host);
    let answers = 0;
    const error = await refusal(async () => {
      for (; ; answers++) await store.headManifest(`v${answers}`);
    });
    expect(error.code).toBe("network");
    expect(error.message).toContain(
      `${server.host} has answered so slowly that its long pauses add up to 1 s, and is not asked again in this run`,
    );
    expect(answers).toBeGreaterThan(3);
    expect(answers).toBeLessThan(20);
    await client.close();
  });
});

describe("a token service that never answers", { timeout: TEST_MS }, () => {
  it("ends all that wait for its token", async () => {
    await using service = await RawServer.start(() => {});
    await using registry = await RegistryStandIn.start({
      fault: () => ({
        status: 401,
        headers: { "www-authenticate": `Bearer realm="http://${service.host}/token",service="x"` },
      }),
    });
    const { store } = open(registry.host);
    const started = performance.now();
    const errors = await Promise.all(Array.from({ length: 20 }, (_, at) => refusal(store.headManifest(`v${at}`))));
    expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
    expect(errors.every(({ code }) => code === "network")).toBe(true);
    expect(errors[0]?.message).toContain(service.host);
  });
});

describe("a blob", { timeout: TEST_MS }, () => {
  it("that comes byte by byte is given up", async () => {
    await using server = await RawServer.start((socket, _, stopped) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      drip(socket, stopped, "x");
    });
    const { store } = open(server.host);
    const started = performance.now();
    const error = await refusal(store.getBlob({ mediaType: "x", digest, size: 1_000_000 }).then(buffer));
    expect(error.code).toBe("network");
    expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
  });

  it("that comes slowly but steadily is read to its end, however long it takes", async () => {
    const bytes = Buffer.alloc(1_500_000, "x");
    await using server = await RawServer.start(async (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`);
      for (let at = 0; at < bytes.length; at += 100_000) {
        socket.write(bytes.subarray(at, at + 100_000));
        await sleep(60);
      }
    });
    const { store } = open(server.host);
    const started = performance.now();
    const descriptor = { mediaType: "x", digest: digestOf(bytes), size: bytes.length };
    expect((await buffer(await store.getBlob(descriptor))).length).toBe(bytes.length);
    expect(performance.now() - started).toBeGreaterThan(TIMEOUT_MS);
  });

  it("that the registry does not take from the line is given up", async () => {
    await using server = await RawServer.start((socket, head) => {
      if (head.startsWith("HEAD")) socket.write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
      else if (head.startsWith("POST"))
        socket.write("HTTP/1.1 202 Accepted\r\nlocation: /v2/a/b/blobs/uploads/1\r\ncontent-length: 0\r\n\r\n");
      else socket.pause();
    });
    const { store } = open(server.host);
    const size = 64 * 1024 * 1024;
    const started = performance.now();
    const zeros = () => Promise.resolve(Readable.from(chunks(size)));
    const error = await refusal(store.putBlob({ mediaType: "x", digest, size }, zeros));
    expect(error.code).toBe("network");
    expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
    expect(server.heads.filter((head) => head.startsWith("PUT")).length).toBeLessThanOrEqual(3);
  });

  it("whose commit takes longer than the gateway waits is uploaded once", async () => {
    const clock = new FastClock();
    const bytes = Buffer.from("slow");
    const descriptor = { mediaType: "x", digest: digestOf(bytes), size: bytes.length };
    let committed = Number.POSITIVE_INFINITY;
    await using registry = await RegistryStandIn.start({
      clock,
      fault: ({ method }) => {
        if (method === "HEAD" && clock.now() < committed) return { status: 404 };
        if (method !== "PUT") return undefined;
        // The gateway gives up after a minute; the registry is done ten seconds later.
        clock.advance(60_000);
        committed = clock.now() + 10_000;
        registry.blobs.set(`a/b/${descriptor.digest}`, bytes);
        return { status: 504 };
      },
    });
    const { store } = open(registry.host, { clock });
    await store.putBlob(descriptor, async () => Readable.from([bytes]));
    expect(registry.log.filter((line) => line.startsWith("PUT")).length).toBe(1);
  });

  it("whose answers are all lost is uploaded three times at most", async () => {
    const clock = new FastClock();
    await using registry = await RegistryStandIn.start({
      fault: ({ method }) => (method === "PUT" ? { cut: "before-answer" } : undefined),
    });
    const { store } = open(registry.host, { clock });
    const bytes = Buffer.from("lost");
    const descriptor = { mediaType: "x", digest: digestOf(bytes), size: bytes.length };
    expect((await refusal(store.putBlob(descriptor, async () => Readable.from([bytes])))).code).toBe("network");
    expect(registry.log.filter((line) => line.startsWith("PUT")).length).toBe(3);
  });
});

describe("a manifest whose push was carried out", () => {
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
  const bytes = Buffer.from(text);
  const manifest: Manifest = {
    bytes,
    descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: text.length },
  };

  it.each([
    ["its answer was lost", undefined, false],
    ["the gateway said 504", 504, false],
    ["its answer was lost, and the registry protects tags", undefined, true],
  ])("is done when %s", async (_, status, immutable) => {
    let puts = 0;
    await using registry = await RegistryStandIn.start({
      fault: ({ method }) => {
        if (method !== "PUT") return undefined;
        puts++;
        if (puts > 1 && immutable) return { status: 400, body: '{"errors":[{"code":"TAG_INVALID"}]}' };
        registry.manifests.set("a/b:v1", { type: OCI_INDEX, bytes });
        return status === undefined ? { cut: "before-answer" } : { status };
      },
    });
    const { store } = open(registry.host, { clock: new FastClock() });
    await store.putManifest("v1", manifest);
    expect(puts).toBe(1);
  });

  it.each([400, 403, 405, 409, 412])("is done when the tag stands for it and is protected by %i", async (status) => {
    await using registry = await RegistryStandIn.start({
      fault: ({ method }) => (method === "PUT" ? { status, body: "immutable" } : undefined),
    });
    registry.manifests.set("a/b:v1", { type: OCI_INDEX, bytes });
    registry.manifests.set("a/b:v2", { type: OCI_INDEX, bytes: Buffer.from(text.replace("[]", "[ ]")) });
    const { store } = open(registry.host, { clock: new FastClock() });
    await store.putManifest("v1", manifest);
    expect((await refusal(store.putManifest("v2", manifest))).code).toMatch(/^(?:tag-protected|denied|rejected)$/);
  });
});

describe("a limit that would never end", () => {
  it.each([
    "toomanyrequests: allowed: 1/hour",
    "allowed: 0000001/hour, retry-after: 1ns",
    "retry-after: 0s, allowed: 1/minute",
  ])("%s is not kept to for ever", async (body) => {
    const clock = new FastClock();
    await using registry = await RegistryStandIn.start({
      clock,
      fault: () => (registry.requests.length === 1 ? { status: 429, body } : undefined),
    });
    const { store } = open(registry.host, { clock });
    const started = clock.now();
    await Promise.all(Array.from({ length: 300 }, (_, at) => store.headManifest(`v${at}`)));
    expect(clock.now() - started).toBeLessThan(180_000);
  });

  it("ends, when each pause is followed by one answer", async () => {
    const clock = new FastClock();
    await using registry = await RegistryStandIn.start({
      clock,
      fault: () =>
        registry.requests.length % 2 === 0 ? { status: 429, headers: { "retry-after": "290" } } : undefined,
    });
    const { store } = open(registry.host, { clock, concurrency: 1 });
    const started = clock.now();
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, at) => store.headManifest(`v${at}`)));
    expect(results.some(({ status }) => status === "rejected")).toBe(true);
    expect(clock.now() - started).toBeLessThan(3_600_000);
  });
});

describe("a credential helper", { timeout: TEST_MS }, () => {
  it("whose child holds its output open is not waited for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fanfold-helper-"));
    try {
      const helper = join(directory, "docker-credential-held");
      await writeFile(helper, '#!/bin/sh\nsleep 60 &\necho \'{"Username":"u","Secret":"secret"}\'\n');
      await chmod(helper, 0o755);
      await writeFile(join(directory, "config.json"), JSON.stringify({ credsStore: "held" }));
      await using registry = await RegistryStandIn.start({
        fault: ({ headers }) =>
          headers.authorization === undefined
            ? { status: 401, headers: { "www-authenticate": "Basic realm=x" } }
            : undefined,
      });
      const path = [directory, process.env["PATH"]].join(delimiter);
      const { store } = open(registry.host, { env: { DOCKER_CONFIG: directory, PATH: path }, timeoutMs: 60_000 });
      const started = performance.now();
      expect(await store.headManifest("v1")).toBeUndefined();
      expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

function* chunks(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
}

function open(host: string, options: RegistryOptions = {}): { store: RegistryStore; client: RegistryClient } {
  const client = new RegistryClient({ env: {}, timeoutMs: TIMEOUT_MS, ...options });
  return { store: new RegistryStore(host, parseRepository(`${host}/a/b`), client), client };
}
