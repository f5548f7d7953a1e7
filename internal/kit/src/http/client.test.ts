import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { HttpClient, type Timeouts } from "./client.ts";

const TIMEOUTS: Timeouts = { connect: 2000, answer: 2000, idle: 2000 };
const clients: HttpClient[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener, host = "127.0.0.1"): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, host), "listening");
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` };
}

function client(env: Readonly<Record<string, string>> = {}, timeouts: Partial<Timeouts> = {}): HttpClient {
  const made = new HttpClient(env, 4, { ...TIMEOUTS, ...timeouts });
  clients.push(made);
  return made;
}

const get = (from: HttpClient, url: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> =>
  from.send({ method: "GET", url: new URL(url), headers });

describe("a direct connection", () => {
  it("is kept alive, after HEAD and after a body", async () => {
    // Node ends the connection after a HEAD whose answer has neither a length nor an encoding; registries send one.
    const { server, url } = await listen((_, response) => response.writeHead(200, { "content-length": 4 }).end("body"));
    let connections = 0;
    server.on("connection", () => connections++);
    const http = client();
    for (const method of ["GET", "HEAD", "GET"])
      await text(await http.send({ method, url: new URL(url), headers: {} }));
    expect(connections).toBe(1);
  });

  it("reaches IPv6, sends what it is told, and follows no redirect", async () => {
    const listener: RequestListener = async (request, response) => {
      const { method, url, headers } = request;
      const seen = { method, url, host: headers.host, length: headers["content-length"], body: await text(request) };
      response.writeHead(302, { location: "/elsewhere" }).end(JSON.stringify(seen));
    };
    const { url } = await listen(listener, "::1");
    const sent = { method: "PUT", url: new URL(`${url}/a?b=c`), headers: {} };
    const answer = await client().send({ ...sent, body: Buffer.from("bytes") });
    expect(answer.statusCode).toBe(302);
    const host = new URL(url).host;
    expect(JSON.parse(await text(answer))).toEqual({ method: "PUT", url: "/a?b=c", host, length: "5", body: "bytes" });
    const streamed = await client().send({
      ...sent,
      headers: { "content-length": "6" },
      body: Readable.from(["stream"]),
    });
    expect(JSON.parse(await text(streamed))).toMatchObject({ length: "6", body: "stream" });
    expect(JSON.parse(await text(await client().send({ ...sent, method: "POST" })))).toMatchObject({ length: "0" });
  });

  it("fails with the error of the body that it sends", async () => {
    const { url } = await listen((request, response) => request.resume().on("end", () => response.end()));
    const damaged = new Error("damaged");
    const body = Readable.from(
      (async function* () {
        yield "some";
        throw damaged;
      })(),
    );
    await expect(client().send({ method: "PUT", url: new URL(url), headers: {}, body })).rejects.toBe(damaged);
  });
});

describe("a wait that is too long", () => {
  it("for the answer's beginning", async () => {
    const { url } = await listen(() => {});
    await expect(get(client({}, { answer: 50 }), url)).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  it("for the next piece of an answer", async () => {
    const { url } = await listen((_, response) => response.write("piece"));
    await expect(text(await get(client({}, { idle: 50 }), url))).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  it("is none where the reader is slow", async () => {
    const size = 8 * 1024 * 1024;
    const { url } = await listen((_, response) => response.end(Buffer.alloc(size)));
    const answer = await get(client({}, { idle: 50 }), url);
    await sleep(300);
    expect((await text(answer)).length).toBe(size);
  });

  it("ends by a signal, the body included", async () => {
    const { url } = await listen((_, response) => response.write("piece"));
    const signal = AbortSignal.timeout(100);
    const answer = await client().send({ method: "GET", url: new URL(url), headers: {}, signal });
    await expect(text(answer)).rejects.toThrow();
    expect(signal.aborted).toBe(true);
  });
});

describe("a proxy", () => {
  it("is asked for the whole address of what is not encrypted", async () => {
    const { url } = await listen(({ url: target, headers }, response) =>
      response.end(JSON.stringify({ target, host: headers.host, login: headers["proxy-authorization"] })),
    );
    const { host } = new URL(url);
    const http = client({ HTTP_PROXY: `user:p%40ss@${host}` });
    expect(JSON.parse(await text(await get(http, "http://registry.invalid:5000/v2/?a=b")))).toEqual({
      target: "http://registry.invalid:5000/v2/?a=b",
      host: "registry.invalid:5000",
      login: `Basic ${Buffer.from("user:p@ss").toString("base64")}`,
    });
  });

  it("that refuses to connect is named, and its password is not", async () => {
    const { server, url } = await listen(() => {});
    server.on("connect", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const { host } = new URL(url);
    const refused = get(client({ HTTPS_PROXY: `http://user:canary@${host}` }), "https://registry.invalid/");
    await expect(refused).rejects.toMatchObject({ status: 407 });
    await expect(refused).rejects.toThrow(`the proxy ${host} of HTTPS_PROXY answered 407`);
  });

  it("that does not answer is waited for as long as for a connection", async () => {
    const { server, url } = await listen(() => {});
    server.on("connect", () => {});
    const late = get(client({ HTTPS_PROXY: url }, { connect: 50 }), "https://registry.invalid/");
    await expect(late).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  it("that leads to silence is waited for no longer", async () => {
    const { server, url } = await listen(() => {});
    server.on("connect", (_, socket) => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
    const late = get(client({ HTTPS_PROXY: url }, { connect: 50 }), "https://registry.invalid/");
    await expect(late).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });
});
