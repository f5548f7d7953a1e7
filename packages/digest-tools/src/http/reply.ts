import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

/** A server's answer to one request, whatever its status. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
  /** Set with `stream`. */
  readonly body: Readable | undefined;
  /** Where it came from. */
  readonly url: URL;
  /** From the registry itself, and not from a host that it redirected to. */
  readonly own: boolean;
  /** The host limits requests. */
  readonly limit: { readonly ms: number; readonly worthWaiting: boolean } | undefined;
}
