import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { resolveLocation } from "../http/redirect.ts";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, type Fault, RegistryStandIn } from "../testing/registry-stand-in.ts";
import { type ObservedRequest, RegistryClient, type RegistryOptions } from "./client.ts";
import { RegistryStore } from "./store.ts";

describe("failures that may pass", () => {
  it.each<[string, Fault]>([
    ["408", { status: 408 }],
    ["500", { status: 500 }],
    [
      "502 with a page",
      { status: 502, headers: { "content-type": "text/html" }, body: "<html><title>Bad Gateway</title>" },
    ],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["a reset connection", { cut: "before-answer" }],
    ["an answer cut off", { cut: "mid-body" }],
    ["429", { status: 429 }],
  ])("%s, four times: the fifth succeeds", async (_, fault) => {
    let left = 4;
    await using registry = await RegistryStandIn.start({ fault: () => (left-- > 0 ? fault : undefined) });
    registry.manifests.set("a/b:v1", stored);
    const { store, clock } = open(registry);
    expect((await store.getManifest("v1"))?.descriptor).toEqual(manifest.descriptor);
    expect(registry.requests.length).toBe(5);
    expect(clock.slept.length).toBeGreaterThanOrEqual(4);
  });

  it.each<[string, Fault, string, string, number]>([
    [
      "500",
      { status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"disk full"}]}' },
      "server-error",
      "500 (UNKNOWN: disk full)",
      20_000,
    ],
    [
      "502",
      { status: 502, body: "<html><title>Bad Gateway</title>" },
      "server-error",
      '502 (a page titled "Bad Gateway")',
      60_000,
    ],
  ])("%s for ever is waited for by its kind, then an error that names it", async (_, fault, code, text, patience) => {
    await using registry = await RegistryStandIn.start({ fault: () => fault });
    const { store, clock } = open(registry);
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.message).toContain(`http://${registry.host}/v2/a/b/manifests/v1: GET`);
    const slept = clock.slept.reduce((sum, ms) => sum + ms);
    expect(slept).toBeGreaterThan(patience - 10_000);
    expect(slept).toBeLessThanOrEqual(patience);
    // Everybody gives up together, and each request after it is one try.
    clock.advance(10_000);
    const { length } = registry.requests;
    expect((await refusal(store.getManifest("v2"))).code).toBe(code);
    expect(registry.requests.length).toBe(length + 1);
  });

  it("a reset connection for ever: five tries of a host that has never answered", async () => {
    await using registry = await RegistryStandIn.start({ fault: () => ({ cut: "before-answer" }) });
    const { store, clock } = open(registry);
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe("network");
    expect(error.message).toContain("no answer from the host");
    expect(registry.requests.length).toBe(5);
    expect(clock.slept).toEqual([150, 300, 600, 1200]);
  });

  it("of one request alone, while others are answered, are five tries", async () => {
    await using registry = await RegistryStandIn.start({
      fault: ({ target }) => (target.endsWith("/broken") ? { status: 503 } : undefined),
    });
    registry.manifests.set("a/b:v1", stored);
    const clock = new FastClock();
    const { store } = open(registry, { clock });
    // Between any two tries another request is answered.
    const sleep = clock.sleep;
    clock.sleep = async (ms) => {
      await store.getManifest("v1");
      await sleep(ms);
    };
    expect((await refusal(store.getManifest("broken"))).code).toBe("server-error");
    expect(registry.log.filter((line) => line.endsWith("/broken")).length).toBe(5);
  });

  it("for ten seconds refuse nobody", async () => {
    const clock = new FastClock();
    let started: number | undefined;
    await using registry = await RegistryStandIn.start({
      fault: () => {
        started ??= clock.now();
        return clock.now() - started < 10_000 ? { status: 503 } : undefined;
      },
    });
    registry.manifests.set("a/b:v1", stored);
    const { store } = open(registry, { clock });
    await Promise.all(Array.from({ length: 20 }, () => store.getManifest("v1")));
  });

  it("a host that is not there", async () => {
    const registry = await RegistryStandIn.start();
    const { store } = open(registry);
    await registry[Symbol.asyncDispose]();
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe("network");
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe("failures that do not pass", () => {
  it.each([
    [400, "TAG_INVALID", "rejected"],
    [401, "UNAUTHORIZED", "unauthorized"],
    [403, "DENIED", "denied"],
    [404, "NAME_UNKNOWN", "not-found"],
    [413, "SIZE_INVALID", "too-large"],
    [302, "NONE", "bad-response"],
  ])("%i %s: one push, and the registry's own words", async (status, name, code) => {
    const body = JSON.stringify({ errors: [{ code: name, message: "so it is", detail: { name: "a/b" } }] });
    await using registry = await RegistryStandIn.start({ fault: () => ({ status, body }) });
    const { store, clock } = open(registry);
    const error = await refusal(store.putManifest("v1", manifest));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`PUT: the registry answered ${status} (${name}: so it is ({"name":"a/b"}))`);
    expect(error.message).toMatch(/; \w.{20,}$/);
    // Besides the look whether it stands there already.
    expect(registry.requests.filter(({ method }) => method === "PUT").length).toBe(1);
    expect(clock.slept).toEqual([]);
  });

  it("a redirect in a circle", async () => {
    await using registry = await RegistryStandIn.start({
      fault: ({ target }) => ({ status: 307, headers: { location: target } }),
    });
    const error = await refusal(open(registry).store.getManifest("v1"));
    expect(error.code).toBe("bad-response");
    expect(registry.requests.length).toBe(6);
  });
});

describe("a host that limits requests", () => {
  const now = Date.now();
  it.each<[string, Fault, number, number]>([
    ["seconds", { status: 429, headers: { "retry-after": "7" } }, 7000, 7001],
    ["a date", { status: 429, headers: { "retry-after": new Date(now + 20_000).toUTCString() } }, 10_000, 20_001],
    ["a duration in the body", { status: 429, body: "retry-after: 1m2.5s, allowed: 60000/minute" }, 62_500, 62_501],
    ["503 and seconds", { status: 503, headers: { "retry-after": "3" } }, 3000, 3001],
  ])("in %s is obeyed by all requests to it", async (_, fault, atLeast, atMost) => {
    const clock = new FastClock();
    let limited = 0;
    await using registry = await RegistryStandIn.start({
      clock,
      fault: () => {
        if (registry.requests.length !== 5) return undefined;
        limited = clock.now();
        return fault;
      },
    });
    registry.manifests.set("a/b:v1", stored);
    const { store } = open(registry, { clock, concurrency: 1 });
    await Promise.all(Array.from({ length: 20 }, () => store.getManifest("v1")));
    expect(registry.requests.length).toBe(21);
    const after = registry.requests.slice(5).map(({ at }) => at - limited);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(atLeast - 5);
    expect(clock.slept.some((slept) => slept <= atMost && slept >= atLeast - 50)).toBe(true);
  });

  it("with milliseconds and a rate in the body gets no more than the rate", async () => {
    const clock = new FastClock();
    await using registry = await RegistryStandIn.start({
      clock,
      fault: () =>
        registry.requests.length === 1
          ? { status: 429, body: "too many, retry-after: 12.5ms, allowed: 600/minute" }
          : undefined,
    });
    registry.manifests.set("a/b:v1", stored);
    const { store } = open(registry, { clock });
    await Promise.all(Array.from({ length: 20 }, () => store.getManifest("v1")));
    const starts = registry.requests.slice(1).map(({ at }) => at);
    const spread = Math.max(...starts) - Math.min(...starts);
    expect(spread).toBeGreaterThanOrEqual(18 * 100);
  });

  it("for longer than five minutes is reported, by all requests, and not waited for", async () => {
    await using registry = await RegistryStandIn.start({
      fault: () => ({
        status: 429,
        headers: { "retry-after": "21600" },
        body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate"}]}',
      }),
    });
    const { store, clock } = open(registry);
    const errors = await Promise.all(Array.from({ length: 20 }, () => refusal(store.headManifest("v1"))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["rate-limited"]));
    // A HEAD has no body to say why.
    expect(errors[0]?.message).toContain("429 (wait 21600 s)");
    expect((await refusal(store.getManifest("v1"))).message).toContain(
      "429 (TOOMANYREQUESTS: pull rate; wait 21600 s)",
    );
    expect(clock.slept).toEqual([]);
  });

  it("and answers nothing else is given up for all requests together, not one after the other", async () => {
    const clock = new FastClock();
    await using registry = await RegistryStandIn.start({
      clock,
      fault: () => ({ status: 429, headers: { "retry-after": "60" } }),
    });
    const { store } = open(registry, { clock, concurrency: 4 });
    const started = clock.now();
    const errors = await Promise.all(Array.from({ length: 40 }, () => refusal(store.headManifest("v1"))));
    expect(errors.every(({ code }) => code === "rate-limited")).toBe(true);
    expect(clock.now() - started).toBeLessThan(400_000);
  });

  it("holds back no other host", async () => {
    const clock = new FastClock();
    await using limited = await RegistryStandIn.start({
      fault: () => ({ status: 429, headers: { "retry-after": "290" } }),
    });
    await using free = await RegistryStandIn.start({ clock });
    free.manifests.set("a/b:v1", stored);
    const client = new RegistryClient({ env: {}, clock: { ...clock, sleep: () => new Promise(() => {}) } });
    const store = (registry: RegistryStandIn) =>
      new RegistryStore("x", parseRepository(`${registry.host}/a/b`), client);
    void store(limited).headManifest("v1");
    expect(await store(free).headManifest("v1")).toEqual(manifest.descriptor);
  });
});

describe("requests", () => {
  it.each([1, 3, 16])("are at most %i at a time", async (concurrency) => {
    const { promise: after, resolve } = Promise.withResolvers<void>();
    await using registry = await RegistryStandIn.start({
      fault: () => {
        // The first goes alone, to learn whether the host wants credentials.
        if (registry.requests.length === 1) return undefined;
        // As many as there will be have come; what is too much comes within this time.
        if (registry.requests.length === concurrency + 1) void setTimeout(30).then(() => resolve());
        return { after };
      },
    });
    registry.manifests.set("a/b:v1", stored);
    const { store } = open(registry, { concurrency });
    await Promise.all(Array.from({ length: 50 }, () => store.headManifest("v1")));
    expect(Math.max(...registry.requests.map(({ concurrent }) => concurrent))).toBe(concurrency);
  });

  it("are all observed, retries and failures too, without what is secret in them", async () => {
    const seen: ObservedRequest[] = [];
    let left = 1;
    await using registry = await RegistryStandIn.start({
      fault: ({ method }) => (method === "PUT" && left-- > 0 ? { status: 503 } : undefined),
    });
    const { store } = open(registry, { onRequest: (request) => seen.push(request) });
    await store.putManifest("v1", manifest);
    const url = `http://${registry.host}/v2/a/b/manifests/v1`;
    expect(seen).toMatchObject([
      { method: "PUT", url, status: 503, attempt: 1 },
      { method: "PUT", url, status: 201, attempt: 2 },
    ]);
    expect(seen.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
  });

  it("need no ping and no credentials where the registry wants none", async () => {
    await using registry = await RegistryStandIn.start();
    const credentials = () => Promise.reject(new Error("not to be asked"));
    const { store } = open(registry, { credentials });
    await store.putManifest("v1", manifest);
    expect(registry.log).toEqual(["PUT manifests/v1"]);
  });

  it("wait for a slow first byte", async () => {
    await using registry = await RegistryStandIn.start({ fault: () => ({ after: setTimeout(1500) }) });
    registry.manifests.set("a/b:v1", stored);
    expect(await open(registry).store.headManifest("v1")).toEqual(manifest.descriptor);
    expect(registry.requests.length).toBe(1);
  });
});

describe("addresses", () => {
  const client = new RegistryClient({ env: {}, plainHttp: ["registry.lan:5000"] });
  it.each([
    ["quay.io/a/b", "https://quay.io/v2/a/b/"],
    ["busybox", "https://registry-1.docker.io/v2/library/busybox/"],
    ["localhost:5000/x", "http://localhost:5000/v2/x/"],
    ["127.0.0.1:5000/x", "http://127.0.0.1:5000/v2/x/"],
    ["[::1]:5000/x", "http://[::1]:5000/v2/x/"],
    ["registry.lan:5000/x", "http://registry.lan:5000/v2/x/"],
    ["registry.lan/x", "https://registry.lan/v2/x/"],
    ["10.0.0.1:5000/x", "https://10.0.0.1:5000/v2/x/"],
  ])("%s is at %s", (name, url) => {
    expect(client.baseUrl(parseRepository(name)).href).toBe(url);
  });

  it("never lead from HTTPS to plain HTTP", () => {
    const request = { method: "POST", url: new URL("https://quay.io/v2/a/blobs/uploads/") } as const;
    expect(resolveLocation(request, "/v2/x?y=%2F").href).toBe("https://quay.io/v2/x?y=%2F");
    expect(resolveLocation(request, "https://store.example/z").href).toBe("https://store.example/z");
    expect(() => resolveLocation(request, "http://quay.io/v2/x")).toThrow(
      /expected a Location with https.*X-Forwarded-Proto/,
    );
    expect(() => resolveLocation(request, "ftp://quay.io/v2/x")).toThrow(DigestToolsError);
    expect(() => resolveLocation(request, undefined)).toThrow(/no address in Location/);
  });
});

describe("proxies", () => {
  it("of the environment are used, but not for this machine, nor for NO_PROXY", async () => {
    await using proxy = await RegistryStandIn.start();
    await using registry = await RegistryStandIn.start();
    const client = new RegistryClient({
      env: { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: "direct.invalid" },
      plainHttp: ["registry.invalid", "direct.invalid"],
      clock: new FastClock(),
    });
    const store = (name: string) => new RegistryStore(name, parseRepository(name), client);
    expect(await store("registry.invalid/a").headManifest("v1")).toBeUndefined();
    expect(await store(`${registry.host}/a`).headManifest("v1")).toBeUndefined();
    expect((await refusal(store("direct.invalid/a").headManifest("v1"))).code).toBe("network");
    expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "HEAD http://registry.invalid/v2/a/manifests/v1",
    ]);
    await client.close();
  });
});

const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
const manifest: Manifest = { descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes };
const stored = { type: OCI_INDEX, bytes };

function open(registry: RegistryStandIn, options: RegistryOptions = {}): { store: RegistryStore; clock: FastClock } {
  const clock = new FastClock();
  const name = `${registry.host}/a/b`;
  return {
    store: new RegistryStore(name, parseRepository(name), new RegistryClient({ env: {}, clock, ...options })),
    clock,
  };
}

describe("a repository that is written to", () => {
  it.each([
    [{ writes: true }, ["pull,push"]],
    [{}, ["pull", "pull,push"]],
  ])("%j: tokens for %j", async (options, scopes) => {
    const asked: string[] = [];
    await using registry = await RegistryStandIn.start({
      fault: ({ target, headers }) => {
        if (target.startsWith("/token")) {
          asked.push(new URL(target, "http://x").searchParams.get("scope")?.split(":")[2] ?? "");
          return { status: 200, body: '{"token":"t"}' };
        }
        const challenge = `Bearer realm="http://${headers.host}/token",service="x"`;
        if (headers.authorization === undefined) return { status: 401, headers: { "www-authenticate": challenge } };
        return undefined;
      },
    });
    const { store } = open(registry, options);
    expect(await store.headManifest("v1")).toBeUndefined();
    await store.putManifest("v1", manifest);
    await store.headManifest("v1");
    expect(asked).toEqual(scopes);
  });
});
