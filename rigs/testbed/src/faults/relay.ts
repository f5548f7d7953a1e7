import { once } from "node:events";
import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: Agent;
  /** `127.0.0.1:PORT` of the registry, and of the proxy in front of it. */
  readonly target: string;
  readonly host: string;
}

export type RelayFault = Exclude<Fault, { kind: "die" }>;

/** Passes a request on and its answer back, with the fault on the way. Gives the status that the client was sent; null: none. */
export async function relay(exchange: Exchange, fault: RelayFault | undefined): Promise<number | null> {
  if (fault?.kind === "answer") return answer(exchange, fault);
  const { response } = exchange;
  const forward = openForward(exchange);
  // Who gives up here also gives up there.
  response.once("close", () => response.writableFinished || forward.destroy());
  if (fault?.kind === "reset-request") return resetRequest(exchange, forward, fault.afterBytes);
  const arrival: Promise<IncomingMessage[]> = once(forward, "response");
  exchange.request.pipe(forward);
  try {
    const [reply] = await arrival;
    return reply === undefined ? null : await passBack(exchange, reply, fault);
  } catch {
    return cut(exchange);
  }
}

function openForward({ request: { url, method, headers }, agent, target }: Exchange): ClientRequest {
  const [hostname, port] = target.split(":");
  const { connection: _, ...others } = headers;
  const forward = request({ agent, hostname, port, path: url, method, headers: { ...others, host: target } });
  forward.on("error", () => {}); // Told by the missing response.
  return forward;
}

function answer({ request, response }: Exchange, fault: Extract<Fault, { kind: "answer" }>): number {
  request.resume();
  const body = request.method === "HEAD" ? "" : (fault.body ?? "");
  const length = Buffer.byteLength(fault.body ?? "");
  response.writeHead(fault.status, { "content-type": "application/json", "content-length": length, ...fault.headers });
  response.end(body);
  return fault.status;
}

/** Ends the client's connection with a reset, so that it cannot be taken for the end of an answer. */
function cut({ response }: Exchange): null {
  response.socket?.resetAndDestroy();
  return null;
}

async function resetRequest(exchange: Exchange, forward: ClientRequest, afterBytes: number): Promise<null> {
  let left = afterBytes;
  try {
    for await (const chunk of exchange.request) {
      if (!Buffer.isBuffer(chunk)) continue;
      forward.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {} // The client was faster.
  forward.destroy();
  return cut(exchange);
}

async function passBack(
  exchange: Exchange,
  reply: IncomingMessage,
  fault: RelayFault | undefined,
): Promise<number | null> {
  const { response, request } = exchange;
  const status = reply.statusCode ?? 502;
  const headers = rewriteHeaders(exchange, reply, fault);
  if (fault?.kind === "slow-first-byte") await sleep(fault.milliseconds);
  if (fault?.kind === "reset-response") {
    const body = await readAll(reply);
    if (fault.afterBytes === 0) return cut(exchange);
    response.writeHead(status, headers);
    response.write(body.subarray(0, fault.afterBytes), () => cut(exchange));
    return status;
  }
  if (fault?.kind === "truncate" && request.method !== "HEAD") {
    const body = (await readAll(reply)).subarray(0, fault.afterBytes);
    const fitted = fault.contentLength === "fitted";
    response.writeHead(status, fitted ? { ...headers, "content-length": body.length } : headers);
    if (fitted) response.end(body);
    else response.write(body, () => response.socket?.end());
    return status;
  }
  response.writeHead(status, headers);
  reply.on("error", () => cut(exchange)).pipe(response);
  return status;
}

async function readAll(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The registry's headers, with its addresses turned into the proxy's. */
function rewriteHeaders(
  { target, host }: Exchange,
  reply: IncomingMessage,
  fault: RelayFault | undefined,
): OutgoingHttpHeaders {
  const { connection: _, "keep-alive": __, ...headers }: OutgoingHttpHeaders = reply.headers;
  const location = reply.headers.location;
  if (location !== undefined) headers["location"] = location.replace(`//${target}/`, `//${host}/`);
  if (fault?.kind === "digest-header") {
    delete headers["docker-content-digest"];
    if (fault.value !== null) headers["docker-content-digest"] = fault.value;
  }
  return headers;
}
