import type { ServerResponse } from "node:http";
import type { Failure } from "./failure.ts";
import type { Reply, ReplyBody } from "./reply.ts";

/** Sends a reply, and does to its bytes what the failure says. */
export function send(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  failure: Failure | null,
): void {
  const bytes = bytesOf(reply.body);
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const announced = failure?.kind === "invalid-json" ? half : bytes;
  const type = reply.body.kind === "json" ? "application/json; charset=utf-8" : reply.body.contentType;
  response.writeHead(reply.status, {
    ...headers,
    ...reply.headers,
    "content-type": type,
    "content-length": announced.length,
  });
  if (failure?.kind === "reset-mid-body") response.write(half, () => response.destroy());
  else response.end(announced);
}

function bytesOf(body: ReplyBody): Uint8Array {
  return body.kind === "json" ? Buffer.from(JSON.stringify(body.value)) : body.bytes;
}
