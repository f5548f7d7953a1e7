import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { debugLogOf } from "@fanfold-internal/kit/process/host";
import type { Alteration, Disturbance, Refusal } from "@fanfold-rigs/github-stand-in";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answerOf, GitHubWorld, TOKEN } from "../testing/github-world.ts";

type Failure = Refusal | Disturbance | Alteration;

let world: GitHubWorld;
let base: string;
let head: string;

beforeAll(async () => {
  world = await GitHubWorld.start({ anonymous: "refused" });
  base = await world.repository.commit({ files: { "a.txt": "a\n", "b.txt": "b\n" } });
  head = await world.repository.commit({ files: { "b.txt": "B\n" } });
});
afterEach(() => world.standIn.failNoMore());
afterAll(() => world[Symbol.asyncDispose]());

const push = () => ({ kind: "commits", base, head }) as const;
const exact = { precision: "exact", source: "compare", reason: null, files: 1 };

describe("is waited for, and then answered exactly", () => {
  // A second takes 5 ms here.
  test.each<[string, Failure, number, number]>([
    ["403 with retry-after", { kind: "retry-after", status: 403, seconds: 20 }, 2, 200],
    ["429 with retry-after", { kind: "retry-after", status: 429, seconds: 20 }, 2, 200],
    ["403, nothing remaining until the reset", { kind: "primary-limit", status: 403, resetsInSeconds: 10 }, 1, 50],
    ["429, nothing remaining until the reset", { kind: "primary-limit", status: 429, resetsInSeconds: 10 }, 1, 50],
    ["a secondary limit that does not say how long: a minute", { kind: "secondary-limit" }, 1, 300],
    ["500", { kind: "status", status: 500 }, 2, 25],
    ["502", { kind: "status", status: 502 }, 1, 5],
    ["503", { kind: "status", status: 503 }, 2, 25],
    ["a reset connection", { kind: "reset" }, 2, 25],
    ["a body that breaks off", { kind: "reset-mid-body" }, 2, 25],
  ])("%s", async (_, failure, times, milliseconds) => {
    world.standIn.fail({ route: "any-api", times, with: failure });
    const started = performance.now();
    expect(answerOf(await world.find(push()))).toEqual({ ...exact, base, calls: times + 1 });
    // Timers may fire a little early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(milliseconds * 0.9);
  });

  test.each([403, 429])("%d with a bare retry-after, as a proxy sends it", async (status) => {
    await using proxy = await refusingProxy(world.standIn.apiUrl, 2, status, { "retry-after": "20" });
    const started = performance.now();
    const changes = await world.find(push(), { github: world.github({ apiUrl: proxy.url }) });
    expect(answerOf(changes)).toEqual({ ...exact, base, calls: 3 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(180);
  });
});

describe("is not waited for beyond a minute in sum, and no other call is made", () => {
  test.each<[string, Failure, number]>([
    ["403, retry-after 61", { kind: "retry-after", status: 403, seconds: 61 }, 1],
    ["429, retry-after 61", { kind: "retry-after", status: 429, seconds: 61 }, 1],
    ["429, retry-after 25, three times", { kind: "retry-after", status: 429, seconds: 25 }, 3],
    ["a limit that resets in an hour", { kind: "primary-limit", status: 403, resetsInSeconds: 3_600 }, 1],
    ["a secondary limit, twice", { kind: "secondary-limit" }, 2],
    ["a limit that has been reset long ago", { kind: "primary-limit", status: 403, resetsInSeconds: -3_600 }, 6],
  ])("%s", async (_, failure, calls) => {
    world.standIn.fail({ route: "any-api", times: "always", with: failure });
    const changes = await world.find(push());
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", source: "none", reason: "rate-limited", calls });
  });

  test.each([
    ["61", 1],
    ["25", 3],
    ["0", 6],
    ["Wed, 21 Oct 2065 07:28:00 GMT", 1],
  ])("a bare retry-after of %s", async (retryAfter, calls) => {
    await using proxy = await refusingProxy(world.standIn.apiUrl, 100, 403, { "retry-after": retryAfter });
    const changes = await world.find(push(), { github: world.github({ apiUrl: proxy.url }) });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "rate-limited", calls });
  });

  test("the next step is git", async () => {
    world.standIn.fail({
      route: "any-api",
      times: "always",
      with: { kind: "retry-after", status: 403, seconds: 3_600 },
    });
    const changes = await world.find(push(), { checkout: world.repository.path });
    expect(answerOf(changes)).toEqual({
      precision: "exact",
      source: "git",
      reason: "rate-limited",
      calls: 1,
      files: 1,
      base,
    });
    await changes.close();
  });
});

describe("of Compare alone: the trees answer", () => {
  test.each<[string, Failure, string, number]>([
    ["404", { kind: "not-found" }, "not-found", 3],
    ["422, the diff is too large", { kind: "status", status: 422 }, "unprocessable", 3],
    ["500", { kind: "status", status: 500 }, "server-error", 5],
    ["503", { kind: "status", status: 503 }, "server-error", 5],
    ["no list of files", { kind: "without-files" }, "missing-fields", 3],
    ["invalid JSON", { kind: "invalid-json" }, "missing-fields", 3],
    ["not accessible", { kind: "not-accessible" }, "forbidden", 3],
  ])("%s", async (_, failure, reason, calls) => {
    world.standIn.fail({ route: "compare", times: "always", with: failure });
    expect(answerOf(await world.find(push()))).toEqual({
      precision: "exact",
      source: "trees",
      reason,
      calls,
      files: 1,
      base,
    });
  });

  test("404, no common ancestor", async () => {
    const other = await world.repository.commit({ branch: "other", parent: null, files: { "c.txt": "c\n" } });
    const changes = await world.find({ kind: "commits", base, head: other });
    expect(answerOf(changes)).toMatchObject({ source: "trees", reason: "not-found", calls: 3, files: 3 });
    expect(changes.attempts[0]).toContain("No common ancestor");
  });
});

describe("of everything: anything may have changed", () => {
  test.each<[string, Failure, string, number]>([
    ["404", { kind: "not-found" }, "not-found", 2],
    ["422", { kind: "status", status: 422 }, "unprocessable", 2],
    ["500", { kind: "status", status: 500 }, "server-error", 6],
    ["a reset connection", { kind: "reset" }, "network", 3],
    ["a body that breaks off", { kind: "reset-mid-body" }, "network", 3],
    ["invalid JSON", { kind: "invalid-json" }, "missing-fields", 2],
    ["a token without the permission", { kind: "not-accessible" }, "forbidden", 2],
  ])("%s", async (_, failure, reason, calls) => {
    world.standIn.fail({ route: "any-api", times: "always", with: failure });
    const changes = await world.find(push());
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", source: "none", reason, calls });
    expect(changes.attempts.join()).not.toBe("");
  });

  test("a commit that is gone", async () => {
    const changes = await world.find({ kind: "commits", base: "1".repeat(40), head });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "not-found", calls: 2 });
  });

  test("slow beyond the time a request may take", async () => {
    world.standIn.fail({ route: "any-api", times: "always", with: { kind: "slow", milliseconds: 60_000 } });
    const changes = await world.find(push(), { github: world.github({ timeout: 100 }) });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "network", calls: 3 });
  });

  test("slow, and in time", async () => {
    world.standIn.fail({ route: "any-api", times: 1, with: { kind: "slow", milliseconds: 300 } });
    expect(answerOf(await world.find(push()))).toEqual({ ...exact, base, calls: 1 });
  });

  test("nobody listens", async () => {
    const changes = await world.find(push(), { github: world.github({ apiUrl: "http://127.0.0.1:1" }) });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "network", calls: 3 });
  });

  test.each([["wrong"], [""], [undefined]])("the token %j, where one is needed", async (token) => {
    const changes = await world.find(push(), { github: world.github({ token }) });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason: "forbidden", calls: 1 });
  });
});

describe("reaching the API", () => {
  test.each(["", "/api/v3", "/api/v3/"])("at %j", async (path) => {
    const changes = await world.find(push(), { github: world.github({ apiUrl: `${world.standIn.url}${path}` }) });
    expect(answerOf(changes)).toEqual({ ...exact, base, calls: 1 });
    expect(world.standIn.requests.at(-1)?.url).toContain(`${path.replace(/\/$/, "")}/repos/octo/images/compare/`);
    expect(world.standIn.requests.at(-1)?.credentials).toBe("accepted");
  });

  test("an empty token is no token, which a public repository takes", async () => {
    await using open = await GitHubWorld.start();
    const first = await open.repository.commit({ files: { a: "a" } });
    const second = await open.repository.commit({ files: { a: "b" } });
    const changes = await open.find(
      { kind: "commits", base: first, head: second },
      { github: open.github({ token: "" }) },
    );
    expect(answerOf(changes)).toMatchObject({ ...exact, calls: 1 });
    expect(open.standIn.requests.map(({ credentials }) => credentials)).toEqual(["none"]);
  });
});

describe("a server that does as it pleases", () => {
  /** Answers with what it is told to; without it, never. */
  async function server(answer?: (request: IncomingMessage, response: ServerResponse) => void) {
    const made = createServer((request, response) => answer?.(request, response));
    await once(made.listen(0, "127.0.0.1"), "listening");
    const address = made.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return {
      url: `http://127.0.0.1:${address.port}`,
      async [Symbol.asyncDispose]() {
        made.closeAllConnections();
        made.close();
        await once(made, "close");
      },
    };
  }
  const json = { "content-type": "application/json" };

  test("never answers: each request and the run have an end, and the next step is git", async () => {
    await using silent = await server();
    const lines: string[] = [];
    const debug = debugLogOf({ RUNNER_DEBUG: "1" }, (line) => lines.push(line));
    const github = world.github({ apiUrl: silent.url, timeout: 100, runTimeout: 250, debug });
    const changes = await world.find(push(), { github, checkout: world.repository.path });
    expect(answerOf(changes)).toMatchObject({ source: "git", reason: "network", files: 1 });
    expect(changes.attempts.join()).toMatch(/^compare: 127\.0\.0\.1:\d+ has not answered/);
    // Who does not answer is asked no more.
    const asked = github.calls();
    expect(await github.fileAt("a.txt", base)).toMatchObject({ kind: "failed", reason: "network" });
    expect(github.calls()).toBe(asked);
    expect(lines.join("")).toMatch(
      /^debug: GET http:\/\/127\.0\.0\.1:\d+\/repos\/octo\/images\/compare\/.*: .*has not answered/,
    );
    changes.close();
  });

  test("answers fast at first, and then never: the run has an end", async () => {
    let left = 1;
    await using tired = await server((request, response) => {
      left -= 1;
      if (left < 0) return;
      fetch(`${world.standIn.apiUrl}${request.url}`, { headers: { authorization: `token ${TOKEN}` } })
        .then(async (answer) => response.writeHead(answer.status, json).end(await answer.text()))
        .catch(() => response.destroy());
    });
    // The first answer comes in time on a busy machine, too; that of a request never ends this.
    const github = world.github({ apiUrl: tired.url, timeout: 50_000, runTimeout: 5_000 });
    const changes = await world.find(push(), { github });
    expect(answerOf(changes)).toMatchObject({ source: "compare", files: 1 });
    expect(await changes.readBase("a.txt")).toMatchObject({ kind: "unreadable" });
  });

  test.each([
    ["nested 5,000 levels deep", 200, `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`, "missing-fields"],
    [
      "a refusal nested 5,000 levels deep",
      422,
      `${'{"errors":['.repeat(5_000)}1${"]}".repeat(5_000)}`,
      "missing-fields",
    ],
    ["of another shape", 200, '{"status":{},"merge_base_commit":7}', "missing-fields"],
    ["a list", 200, "[]", "missing-fields"],
  ])("an answer that is %s", async (_, status, body, reason) => {
    await using odd = await server((_request, response) => void response.writeHead(status, json).end(body));
    const changes = await world.find(push(), { github: world.github({ apiUrl: odd.url }) });
    expect(answerOf(changes)).toMatchObject({ precision: "unknown", reason });
  });

  test("echoes the token, in any spelling: it stands in no message", async () => {
    const spellings = [TOKEN, encodeURIComponent(TOKEN), Buffer.from(`x-access-token:${TOKEN}`).toString("base64")];
    const echo = JSON.stringify({ message: `bad: ${spellings.join(" ")}` });
    await using echoing = await server((_request, response) => void response.writeHead(403, json).end(echo));
    const changes = await world.find(push(), { github: world.github({ apiUrl: echoing.url }) });
    const said = changes.attempts.join();
    expect(said).toContain("bad: ***");
    for (const spelling of spellings) expect(said).not.toContain(spelling);
  });
});

/** Refuses so many requests, in words of its own, before it lets them through. */
async function refusingProxy(target: string, times: number, status: number, headers: Record<string, string>) {
  let left = times;
  const server = createServer((request, response) => {
    left -= 1;
    if (left >= 0) {
      response.writeHead(status, { ...headers, "content-type": "application/json" }).end('{"message":"Slow down"}');
      return;
    }
    const authorization = request.headers.authorization ?? "";
    fetch(`${target}${request.url}`, { headers: { authorization } })
      .then(async (answer) => {
        const type = answer.headers.get("content-type") ?? "";
        response.writeHead(answer.status, { "content-type": type }).end(await answer.text());
      })
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
