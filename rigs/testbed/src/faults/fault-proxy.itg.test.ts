import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../machine/program.ts";
import { testbed } from "../machine/testbed-file.ts";
import { type RunningRegistry, startRegistry } from "../registry/start-registry.ts";
import { expiredToken, type FaultRule, manifestUnknown, serverError, tooManyRequests } from "./fault.ts";
import { FaultProxy } from "./fault-proxy.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`the fault proxy is not tested: ${bed.unavailable}`);

const indexType = "application/vnd.oci.image.index.v1+json";
const content = JSON.stringify({
  schemaVersion: 2,
  mediaType: indexType,
  manifests: [],
  annotations: { a: "x".repeat(300) },
});
const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe.skipIf("unavailable" in bed)("a proxy in front of a real registry", () => {
  let folder: string;
  let registry: RunningRegistry;
  let proxy: FaultProxy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fault-proxy-"));
    registry = await startRegistry({ auth: "none", storageDir: join(folder, "registry") });
    proxy = await FaultProxy.start({ target: registry.host });
    expect((await put("v1")).status).toBe(201);
    proxy.requests.length = 0;
  });
  afterAll(async () => {
    await proxy?.close();
    await registry?.stop();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    proxy.setRules([]);
    proxy.requests.length = 0;
    proxy.latencyMs = 0;
    await proxy.revive();
  });

  const url = (path: string) => `http://${proxy.host}/v2/${path}`;
  const put = (tag: string) =>
    fetch(url(`team/tool/manifests/${tag}`), { method: "PUT", headers: { "content-type": indexType }, body: content });
  const get = (tag = "v1") => fetch(url(`team/tool/manifests/${tag}`), { headers: { accept: indexType } });
  const once = (rule: Omit<FaultRule, "which">) => proxy.setRules([{ ...rule, which: { nth: 1 } }]);

  test("passes bytes, headers and status, and records the request", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get("docker-content-digest")).toBe(digest);
    expect(response.headers.get("content-type")).toBe(indexType);
    expect(await response.text()).toBe(content);
    expect(proxy.requests).toEqual([
      expect.objectContaining({ method: "GET", path: "/v2/team/tool/manifests/v1", status: 200, fault: null }),
    ]);
    expect(proxy.requests[0]?.headers["accept"]).toBe(indexType);
  });

  test("keeps an upload with itself", async () => {
    const start = await fetch(url("team/tool/blobs/uploads/"), { method: "POST" });
    expect(start.status).toBe(202);
    const location = new URL(start.headers.get("location") ?? "");
    expect(location.host).toBe(proxy.host);
    location.searchParams.set("digest", digest);
    const end = await fetch(location, { method: "PUT", body: content });
    expect(end.status).toBe(201);
    expect(new URL(end.headers.get("location") ?? "").host).toBe(proxy.host);
    expect(await (await fetch(url(`team/tool/blobs/${digest}`))).text()).toBe(content);
    expect(proxy.requests).toHaveLength(3);
  });

  test("is a registry to other programs", async () => {
    if ("unavailable" in bed) return expect.unreachable();
    const crane = (...args: string[]) => runProgram(bed.tools.crane, args);
    await crane("copy", `${proxy.host}/team/tool:v1`, `${proxy.host}/team/copy:v2`);
    expect((await crane("digest", `${registry.host}/team/copy:v2`)).trim()).toBe(digest);
    expect(proxy.requests.every(({ status }) => status !== null && status < 500)).toBe(true);
  });

  test("tells each form of Retry-After", async () => {
    const date = new Date("2030-01-02T03:04:05Z");
    proxy.setRules([
      { which: { nth: 1 }, fault: tooManyRequests({ seconds: 7 }) },
      { which: { nth: 2 }, fault: tooManyRequests({ date }) },
      { which: { nth: 3 }, fault: tooManyRequests({ body: "12.5ms" }) },
      { which: { nth: 4 }, fault: tooManyRequests(null) },
    ]);
    const answers = [await get(), await get(), await get(), await get(), await get()];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429, 200]);
    expect(answers.map(({ headers }) => headers.get("retry-after"))).toEqual([
      "7",
      "Wed, 02 Jan 2030 03:04:05 GMT",
      null,
      null,
      null,
    ]);
    const bodies = await Promise.all(answers.slice(0, 4).map((answer) => answer.json()));
    const body = (message: string) => ({ errors: [{ code: "TOOMANYREQUESTS", message }] });
    const plain = body("too many requests");
    expect(bodies).toEqual([plain, plain, body("retry-after: 12.5ms, allowed: 2000/minute"), plain]);
  });

  test.each([500, 502, 503] as const)("answers %i without asking the registry", async (status) => {
    once({ method: "PUT", fault: serverError(status) });
    const answer = await put(`not-there-${status}`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain("<html>");
    expect((await get(`not-there-${status}`)).status).toBe(404);
  });

  test("answers that a token expired, or that a manifest is unknown, once", async () => {
    once({ path: /manifests/, fault: manifestUnknown() });
    expect(await (await get()).json()).toEqual({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] });
    expect((await get()).status).toBe(200);
    once({ fault: expiredToken('Bearer realm="http://127.0.0.1:1/token"') });
    const answer = await get();
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer realm="http://127.0.0.1:1/token",error="invalid_token"',
    );
  });

  test("resets before the registry has the whole request", async () => {
    once({ fault: { kind: "reset-request", afterBytes: 10 } });
    await expect(put("half")).rejects.toThrow();
    expect((await get("half")).status).toBe(404);
    expect(proxy.requests[0]).toMatchObject({ fault: "reset-request", status: null });
  });

  test("resets after the registry did its work", async () => {
    once({ fault: { kind: "reset-response", afterBytes: 0 } });
    await expect(put("done")).rejects.toThrow();
    expect((await get("done")).status).toBe(200);
  });

  test("resets in the middle of an answer's body", async () => {
    once({ fault: { kind: "reset-response", afterBytes: 100 } });
    await expect(get().then((answer) => answer.text())).rejects.toThrow();
  });

  test("truncates so that the client sees it, or so that only the digest tells", async () => {
    once({ fault: { kind: "truncate", afterBytes: 100, contentLength: "kept" } });
    await expect(get().then((answer) => answer.text())).rejects.toThrow();
    once({ fault: { kind: "truncate", afterBytes: 100, contentLength: "fitted" } });
    const short = await get();
    expect(short.headers.get("docker-content-digest")).toBe(digest);
    expect(await short.text()).toBe(content.slice(0, 100));
  });

  test("tells a wrong digest, or none", async () => {
    const value = `sha256:${"0".repeat(64)}`;
    once({ fault: { kind: "digest-header", value } });
    expect((await get()).headers.get("docker-content-digest")).toBe(value);
    once({ fault: { kind: "digest-header", value: null } });
    expect((await get()).headers.get("docker-content-digest")).toBeNull();
  });

  test("is slow with one answer, or with all", async () => {
    const timed = async () => {
      const start = performance.now();
      expect((await get()).status).toBe(200);
      return performance.now() - start;
    };
    once({ fault: { kind: "slow-first-byte", milliseconds: 150 } });
    expect(await timed()).toBeGreaterThan(145);
    proxy.latencyMs = 100;
    expect(await timed()).toBeGreaterThan(95);
  });

  test("counts by method, path and number of the request", async () => {
    proxy.setRules([
      { method: "GET", path: /\/v1$/g, which: { from: 3 }, fault: serverError(500) },
      { which: { first: 1 }, fault: serverError(502) },
    ]);
    const head = await fetch(url("team/tool/manifests/v1"), { method: "HEAD" });
    const answers = [head, await get(), await get(), await get(), await get()];
    expect(answers.map(({ status }) => status)).toEqual([502, 200, 200, 500, 500]);
  });

  test("knows how many requests were under way at once", async () => {
    proxy.latencyMs = 50;
    await Promise.all(Array.from({ length: 12 }, () => get().then((answer) => answer.text())));
    expect(proxy.peakInFlight).toBe(12);
  });

  test("dies at a request, and comes back on the same port", async () => {
    proxy.setRules([{ method: "PUT", which: { nth: 2 }, fault: { kind: "die" } }]);
    expect((await put("first")).status).toBe(201);
    await expect(put("second")).rejects.toThrow();
    await expect(get()).rejects.toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "ECONNREFUSED" }) }),
    );
    await proxy.revive();
    expect((await get("first")).status).toBe(200);
    expect((await get("second")).status).toBe(404);
  });

  test("breaks connections when the registry behind it is killed, and serves it again once restarted", async () => {
    await registry.kill();
    await expect(get()).rejects.toThrow();
    await registry.restart();
    expect(await (await get()).text()).toBe(content);
  });
});
