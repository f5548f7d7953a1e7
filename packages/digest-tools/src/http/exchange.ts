import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { type Secrets, safeUrl } from "@fanfold-internal/kit/text/secrets";
import type { Clock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { HostGate } from "./host-gate.ts";
import { readRateLimit } from "./rate-limit.ts";
import { backoffMs } from "./retry.ts";
import { readBody, Transport } from "./transport.ts";

export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, or what opens a stream of them, anew each time that they are sent. */
  readonly body?: Uint8Array | (() => Promise<Readable>) | undefined;
  /** Statuses that are an answer: a redirect among them is not followed. */
  readonly expect: readonly number[];
  /** Leaves the body of a 200 unread. */
  readonly stream?: boolean | undefined;
}

/** A server's answer to one request, whatever its status. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
  /** Set with `stream`. */
  readonly body: Readable | undefined;
  /** Where it came from. */
  readonly url: URL;
  /** From the host that was asked, and not from one that it redirected to. */
  readonly own: boolean;
  /** The host limits requests. */
  readonly limit: { readonly ms: number; readonly worthWaiting: boolean } | undefined;
}

/** One request as it went over the wire, for progress, counting and logs. Holds no secret. */
export interface ObservedRequest {
  readonly method: string;
  readonly url: string;
  /** Undefined: no answer. */
  readonly status: number | undefined;
  /** From 1; more than 1 is a retry. */
  readonly attempt: number;
  /** From sending to the end of the answer, waits for the host's leave not counted. */
  readonly milliseconds: number;
}

export interface ExchangeOptions {
  readonly env: Environment;
  /** Requests under way at one time, per host, at most. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly debug: DebugLog | undefined;
  readonly onRequest: ((request: ObservedRequest) => void) | undefined;
}

type Answer = Pick<Reply, "status" | "headers" | "bytes" | "body">;

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Sends requests, follows redirects, and keeps to what each host allows. Knows nothing of logins and registries. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #transport: Transport;
  readonly #gates = new Map<string, HostGate>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#transport = new Transport(options.env, options.concurrency);
  }

  /** Ends the connections that are kept open. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * One request and the redirects it leads to.
   *
   * @param attempt - from 1, for the log
   * @throws Transient, DigestToolsError
   */
  async send(request: Request, attempt: number): Promise<Reply> {
    let { url, headers } = request;
    for (let hops = 0; ; hops++) {
      const gate = this.#gate(url);
      const reply = await gate.run(async () => {
        const answer = await this.#once({ ...request, url, headers }, attempt);
        // Still inside: the next request would be on its way before anybody else heard of the limit.
        return { ...answer, limit: this.#noteLimit(gate, answer) };
      });
      const location = reply.headers.location;
      const mayFollow =
        (request.method === "GET" || request.method === "HEAD") && !request.expect.includes(reply.status);
      if (!mayFollow || !REDIRECTS.includes(reply.status) || location === undefined)
        return { ...reply, url, own: url.origin === request.url.origin };
      reply.body?.destroy();
      if (hops === MAX_REDIRECTS) throw misdirected(request, `more than ${MAX_REDIRECTS} redirects`);
      const next = resolveLocation(request, location, url);
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  async #once(request: Request, attempt: number): Promise<Answer> {
    const { method, url, body } = request;
    const started = performance.now();
    let status: number | undefined;
    try {
      const answer = await this.#transport.send({
        method,
        url,
        headers: { "user-agent": "fanfold", ...request.headers },
        body: typeof body === "function" ? await body() : body,
      });
      status = answer.statusCode ?? 0;
      const { headers } = answer;
      if (request.stream === true && status === 200) return { status, headers, bytes: new Uint8Array(), body: answer };
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of readBody(answer, method, url)) {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) {
          answer.destroy();
          throw new DigestToolsError({
            code: "too-large",
            message: `${method}: expected at most ${MAX_BODY_BYTES} bytes (4 MiB), found more`,
            at: { url: safeUrl(url) },
            fix: "what is there is not an image manifest",
          });
        }
        chunks.push(chunk);
      }
      const [only] = chunks;
      const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      return { status, headers, bytes, body: undefined };
    } finally {
      this.#observe({ method, url, status, attempt, milliseconds: performance.now() - started });
    }
  }

  #observe({ url, ...request }: Omit<ObservedRequest, "url"> & { readonly url: URL }): void {
    const { secrets, debug, onRequest } = this.#options;
    const observed = { ...request, url: secrets.hide(safeUrl(url)) };
    debug?.log(() => requestLine(observed));
    onRequest?.(observed);
  }

  #gate(url: URL): HostGate {
    let gate = this.#gates.get(url.host);
    if (gate === undefined) {
      gate = new HostGate(this.#options.concurrency, this.#options.clock);
      this.#gates.set(url.host, gate);
    }
    return gate;
  }

  #noteLimit(gate: HostGate, { status, headers, bytes }: Answer): Reply["limit"] {
    const { clock } = this.#options;
    const header = headers["retry-after"];
    if (status !== 429 && (status !== 503 || header === undefined)) {
      gate.answered();
      return undefined;
    }
    const { waitMs, perMinute } = readRateLimit(header, Buffer.from(bytes).toString("utf8"), clock.now());
    const ms = waitMs ?? backoffMs(2, clock.random());
    if (perMinute !== undefined) gate.pace(perMinute);
    return { ms, worthWaiting: gate.limited(ms) };
  }
}

/** `HEAD https://…: 200, 12 ms`, as the debug log has it. */
function requestLine({ method, url, status, attempt, milliseconds }: ObservedRequest): string {
  const again = attempt === 1 ? "" : `, attempt ${attempt}`;
  return `${method} ${url}: ${status ?? "no answer"}, ${Math.round(milliseconds)} ms${again}`;
}

/**
 * The address in a `Location`, which may be relative.
 *
 * @throws DigestToolsError `insecure` where it leads from HTTPS to plain HTTP, `bad-response` where it is not an address
 */
export function resolveLocation(
  request: Pick<Request, "method" | "url">,
  location: string | undefined,
  base: URL = request.url,
): URL {
  if (location === undefined || !URL.canParse(location, base.href))
    throw misdirected(request, "no address in Location");
  const url = new URL(location, base);
  if (url.protocol === "https:" || (url.protocol === "http:" && base.protocol === "http:")) return url;
  throw new DigestToolsError({
    code: "insecure",
    message: `${request.method}: expected a Location with https, found ${safeUrl(url)}`,
    at: { url: safeUrl(request.url) },
    fix: "the registry does not know that it is reached over HTTPS; behind a proxy it needs X-Forwarded-Proto or its outer address in its configuration",
  });
}

function misdirected({ method, url }: Pick<Request, "method" | "url">, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "bad-response",
    message: `${method}: the registry answered with ${found}`,
    at: { url: safeUrl(url) },
    fix: "see that the host is a registry and not a web page; if it is one, report this",
  });
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { authorization: _, ...rest } = headers;
  return rest;
}
