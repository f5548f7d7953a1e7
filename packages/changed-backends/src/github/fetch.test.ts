import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { type Answer, fetchThroughProxies } from "./fetch.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return `http://127.0.0.1:${address.port}`;
}

const ask = (url: string, timeout = 2000): Promise<Answer> =>
  fetchThroughProxies({ env: {}, timeout, runTimeout: 60_000 })(url, { headers: { authorization: "token canary" } });

test("a packed answer is unpacked, with its headers", async () => {
  const url = await serve(({ headers }, response) => {
    expect(headers["accept-encoding"]).toBe("gzip");
    response.writeHead(200, { "content-encoding": "gzip", link: ["<a>", "<b>"], "x-ratelimit-remaining": "7" });
    response.end(gzipSync('{"a":1}'));
  });
  const answer = await ask(url);
  expect([...answer.headers.keys()]).not.toContain("content-encoding");
  expect(answer.headers.get("link")).toBe("<a>, <b>");
  expect(answer.headers.get("x-ratelimit-remaining")).toBe("7");
  expect(JSON.parse(await answer.text())).toEqual({ a: 1 });
  expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('{"a":1}');
});

test.each([
  ["packed", { "content-encoding": "gzip" }, gzipSync("x".repeat(1000)).subarray(0, 20)],
  ["plain", { "content-length": "1000" }, Buffer.from("x")],
])("a %s answer that breaks off is a failure", async (_, headers, body) => {
  const url = await serve((_request, response) => {
    response.writeHead(200, headers).write(body);
    setTimeout(() => response.destroy(), 20);
  });
  await expect(ask(url)).rejects.toThrow();
});

test("a redirect is followed, with the token only where it came from", async () => {
  const elsewhere = await serve(({ headers }, response) => response.end(String(headers.authorization)));
  const url = await serve(({ url: path, headers }, response) => {
    if (path === "/own") response.writeHead(301, { location: "/there" }).end("moved");
    else if (path === "/foreign") response.writeHead(307, { location: `${elsewhere}/x` }).end();
    else if (path === "/round") response.writeHead(302, { location: "/round" }).end();
    else response.end(`${path} ${headers.authorization}`);
  });
  expect(await (await ask(`${url}/own`)).text()).toBe("/there token canary");
  expect(await (await ask(`${url}/foreign`)).text()).toBe("undefined");
  await expect(ask(`${url}/round`)).rejects.toThrow("more than 5 redirects");
});

test("an answer without a body, and one that is no success, are answers", async () => {
  const url = await serve(({ url: path }, response) => response.writeHead(path === "/none" ? 204 : 404).end());
  expect((await ask(`${url}/none`)).status).toBe(204);
  expect((await ask(`${url}/x`)).status).toBe(404);
});

test("an answer that trickles is waited for so long in all", async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200);
    const trickle = setInterval(() => response.write("x"), 20);
    response.once("close", () => clearInterval(trickle));
  });
  await expect(ask(url, 150)).rejects.toThrow(/has not answered within/);
});
