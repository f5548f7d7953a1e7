import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ScratchStandIn } from "../scratch-stand-in.ts";
import type { Alteration, Disturbance, Refusal } from "./failure.ts";

let world: ScratchStandIn;
const path = "compare/base...main";

beforeAll(async () => {
  world = await ScratchStandIn.start();
  const base = await world.repository.commit({ files: { a: "1" } });
  await world.repository.branch("base", base);
  const head = await world.repository.commit({ files: { a: "2", b: "1" } });
  const pull = { number: 1, base: { ref: "base", sha: base }, head: { ref: "main", sha: head } };
  world.standIn.setPullRequest(pull);
});

afterEach(() => world.standIn.failNoMore());

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function failedBy(failure: Refusal | Disturbance | Alteration): Promise<Response> {
  world.standIn.fail({ route: "compare", times: 1, with: failure });
  return await world.fetch(path);
}

describe("a refusal", () => {
  it.each([403, 429] as const)("%i says how long to wait", async (status) => {
    const response = await failedBy({ kind: "retry-after", status, seconds: 3 });
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, "3"]);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining("secondary rate limit") });
  });

  it("is the primary limit, with nothing remaining until the reset", async () => {
    const soon = Math.floor(Date.now() / 1000) + 20;
    const response = await failedBy({ kind: "primary-limit", status: 403, resetsInSeconds: 20 });
    expect([response.status, response.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
    const reset = Number(response.headers.get("x-ratelimit-reset"));
    expect(reset).toBeGreaterThanOrEqual(soon);
    expect(reset).toBeLessThan(soon + 10);
    expect(response.headers.has("retry-after")).toBe(false);
  });

  it("is the secondary limit without a hint", async () => {
    const response = await failedBy({ kind: "secondary-limit" });
    expect([response.status, response.headers.has("retry-after")]).toEqual([403, false]);
    expect(response.headers.get("x-ratelimit-remaining")).not.toBe("0");
    expect(await response.json()).toMatchObject({ message: expect.stringContaining("secondary rate limit") });
  });

  it.each([
    [{ kind: "not-accessible" }, 403, "Resource not accessible by integration"],
    [{ kind: "not-found" }, 404, "Not Found"],
    [{ kind: "no-common-ancestor" }, 404, "No common ancestor between base and main."],
    [{ kind: "status", status: 422 }, 422, "diff is taking too long"],
    [{ kind: "status", status: 500 }, 500, "Server Error"],
    [{ kind: "status", status: 502 }, 502, "Server Error"],
    [{ kind: "status", status: 503 }, 503, "Server Error"],
  ] as const)("%j", async (failure, status, message) => {
    const response = await failedBy(failure);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(message) });
    expect(world.standIn.requests.at(-1)).toMatchObject({ route: "compare", status });
  });
});

describe("a disturbance", () => {
  it("closes the connection before an answer", async () => {
    await expect(failedBy({ kind: "reset" })).rejects.toThrow("fetch failed");
    expect(world.standIn.requests.at(-1)).toMatchObject({ status: null });
  });

  it("lets the answer wait", async () => {
    const start = performance.now();
    const response = await failedBy({ kind: "slow", milliseconds: 150 });
    expect(performance.now() - start).toBeGreaterThan(140);
    expect(await response.json()).toMatchObject({ status: "ahead" });
  });
});

describe("an alteration", () => {
  it("closes the connection in the middle of the body", async () => {
    const response = await failedBy({ kind: "reset-mid-body" });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it("sends JSON that is none", async () => {
    const text = await (await failedBy({ kind: "invalid-json" })).text();
    expect(text).toMatch(/^\{"url"/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it("leaves the files out", async () => {
    const body = await (await failedBy({ kind: "without-files" })).json();
    expect(body).toMatchObject({ status: "ahead", total_commits: 1 });
    expect(body).not.toHaveProperty("files");
  });

  it("gives the files a status of its own, in a comparison and a pull request", async () => {
    const rows = [
      { filename: "a", status: "mystery" },
      { filename: "b", status: "mystery" },
    ];
    const compared = await failedBy({ kind: "file-status", status: "mystery" });
    expect(await compared.json()).toMatchObject({ status: "ahead", files: rows });
    world.standIn.fail({ route: "pull-files", times: 1, with: { kind: "file-status", status: "mystery" } });
    expect(await world.json("pulls/1/files")).toMatchObject(rows);
  });
});

describe("the queue", () => {
  const status = async (asked: string): Promise<number> => (await world.fetch(asked)).status;

  it("takes rules in order, each as often as it says, and only for its route", async () => {
    world.standIn.fail({ route: "compare", times: 2, with: { kind: "status", status: 500 } });
    world.standIn.fail({ route: "compare", times: 1, with: { kind: "status", status: 503 } });
    expect(await status("pulls/1")).toBe(200);
    expect([await status(path), await status(path), await status(path), await status(path)]).toEqual([
      500, 500, 503, 200,
    ]);
  });

  it("takes rules for every route, for always, and for some addresses alone", async () => {
    const second = (url: URL): boolean => url.searchParams.get("page") === "2";
    world.standIn.fail({ route: "any-api", times: "always", when: second, with: { kind: "status", status: 502 } });
    expect(await status("pulls/1/files?page=1")).toBe(200);
    for (const asked of ["pulls/1/files?page=2", "pulls/1?page=2", "nowhere?page=2"])
      expect(await status(asked)).toBe(502);
    world.standIn.failNoMore();
    expect(await status("pulls/1/files?page=2")).toBe(200);
  });
});
