import type { IncomingHttpHeaders } from "node:http";
import { pipeline, type Readable } from "node:stream";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { type Secrets, safeUrl } from "@fanfold-internal/kit/text/secrets";
import type { Clock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { Deadline, type TimeLimits, timeLimits } from "./deadline.ts";
import { HostGate } from "./host-gate.ts";
import { HostHealth, type HostWait } from "./host-health.ts";
import { readRateLimit } from "./rate-limit.ts";
import { mayFollow, misdirected, resolveLocation } from "./redirect.ts";
import { backoffMs, type Outage, Transient } from "./retry.ts";
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
  /** It answers nobody at the moment. */
  readonly outage: Outage | undefined;
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
  /** How long a host may leave everything unanswered, all such times of a run together. */
  readonly timeoutMs: number;
  readonly onWait: ((wait: HostWait) => void) | undefined;
}

interface Host {
  readonly gate: HostGate;
  readonly health: HostHealth;
}

type Answer = Pick<Reply, "status" | "headers" | "bytes" | "body">;

const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Of an error. What is longer explains nothing, and its end could be half a secret. */
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_REDIRECTS = 5;

/** Sends requests, follows redirects, and keeps to what each host allows. Knows nothing of logins and registries. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #limits: TimeLimits;
  readonly #transport: Transport;
  readonly #hosts = new Map<string, Host>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#limits = timeLimits(options.timeoutMs);
    this.#transport = new Transport(options.env, options.concurrency, this.#limits);
  }

  /** Ends the connections that are kept open. */
  close(): Promise<void> {
    for (const { health } of this.#hosts.values()) health.stop();
    return this.#transport.close();
  }

  /**
   * One request and the redirects it leads to. What is written is sent on by 307 and 308 alone, which keep method and
   * body (RFC 9110 section 15.4); no login goes to another host.
   *
   * @param attempt - from 1, for the log
   * @throws Transient, DigestToolsError
   */
  async send(request: Request, attempt: number): Promise<Reply> {
    let { url, headers } = request;
    for (let hops = 0; ; hops++) {
      const host = this.#host(url);
      const reply = await host.gate.run(async () => {
        const answer = await this.#once({ ...request, url, headers }, attempt, host.health);
        // Still inside: the next request would be on its way before anybody else heard of the limit.
        return { ...answer, ...this.#judge(host, answer) };
      });
      const location = reply.headers.location;
      if (location === undefined || !mayFollow(request, reply.status))
        return { ...reply, url, own: url.origin === request.url.origin };
      reply.body?.destroy();
      if (hops === MAX_REDIRECTS) throw misdirected(request, `more than ${MAX_REDIRECTS} redirects`);
      const next = resolveLocation(request, location, url);
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  async #once(request: Request, attempt: number, health: HostHealth): Promise<Answer> {
    const { method, url } = request;
    const started = performance.now();
    const deadline = new Deadline();
    const { sign, end } = health.begin(deadline.controller);
    let status: number | undefined;
    let streamed = false;
    let body: Uint8Array | Readable | undefined;
    const done = () => {
      deadline.stop();
      end();
      // An answer may come before all is sent; nobody reads the rest.
      if (body !== undefined && !(body instanceof Uint8Array)) body.destroy();
    };
    try {
      const { signal } = deadline.controller;
      body = await this.#outgoing(request, deadline, sign);
      const answer = await this.#transport.send({
        method,
        url,
        headers: { "user-agent": "fanfold", ...request.headers },
        body,
        signal,
      });
      status = answer.statusCode ?? 0;
      const { headers } = answer;
      if (request.stream === true && status === 200) {
        streamed = true;
        // The callback has no errors to tell: whoever reads the stream gets them.
        const metered = pipeline(answer, deadline.meter(this.#limits.stall, sign), done);
        sign();
        return { status, headers, bytes: new Uint8Array(), body: metered };
      }
      const bytes = await readAll(answer, request, status);
      sign();
      return { status, headers, bytes, body: undefined };
    } catch (error) {
      throw error instanceof Transient ? lostAnswer(error, health) : error;
    } finally {
      if (!streamed) done();
      this.#observe({ method, url, status, attempt, milliseconds: performance.now() - started });
    }
  }

  /** The body to send; the time for the answer begins at its end. */
  async #outgoing({ body }: Request, deadline: Deadline, sign: () => void): Promise<Uint8Array | Readable | undefined> {
    const { answer, commit, stall } = this.#limits;
    if (typeof body !== "function") {
      deadline.within(answer, "expected a whole answer");
      return body;
    }
    // The callback has no errors to tell: whoever sends the stream gets them.
    const metered = pipeline(await body(), deadline.meter(stall, sign), () => {});
    metered.once("end", () => deadline.within(commit, "expected a whole answer"));
    return metered;
  }

  #observe({ url, ...request }: Omit<ObservedRequest, "url"> & { readonly url: URL }): void {
    const { secrets, debug, onRequest } = this.#options;
    const observed = { ...request, url: secrets.hide(safeUrl(url)) };
    debug?.log(() => requestLine(observed));
    onRequest?.(observed);
  }

  #host(url: URL): Host {
    let host = this.#hosts.get(url.host);
    if (host === undefined) {
      const { concurrency, clock, timeoutMs, onWait } = this.#options;
      host = {
        gate: new HostGate(concurrency, clock),
        health: new HostHealth({ host: url.host, clock, timeoutMs, onWait }),
      };
      this.#hosts.set(url.host, host);
    }
    return host;
  }

  #judge({ gate, health }: Host, { status, headers, bytes }: Answer): Pick<Reply, "limit" | "outage"> {
    const { clock } = this.#options;
    const header = headers["retry-after"];
    if (status === 429 || (status === 503 && header !== undefined)) {
      const { waitMs, perMinute } = readRateLimit(header, Buffer.from(bytes).toString("utf8"), clock.now());
      const ms = waitMs ?? backoffMs(2, clock.random());
      if (perMinute !== undefined) gate.pace(perMinute);
      const worthWaiting = gate.limited(ms);
      if (worthWaiting) health.limited(ms);
      return { limit: { ms, worthWaiting }, outage: undefined };
    }
    gate.answered();
    const outage = isOutage(status) ? health.failed("outage") : isFault(status) ? health.failed("fault") : undefined;
    if (outage === undefined) health.answered();
    return { limit: undefined, outage };
  }
}

/** The server, or what stands in front of it, is not available for a while. */
function isOutage(status: number): boolean {
  return [408, 502, 503, 504].includes(status);
}

/** Its program failed. What it has not implemented, or has no room for, does not pass. */
function isFault(status: number): boolean {
  return status >= 500 && !isOutage(status) && status !== 501 && status !== 507;
}

async function readAll(answer: Readable, { method, url, expect }: Request, status: number): Promise<Uint8Array> {
  const isError = status >= 400 && !expect.includes(status);
  const most = isError ? MAX_ERROR_BYTES : MAX_BODY_BYTES;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readBody(answer, method, url)) {
    size += chunk.length;
    if (size > most) {
      answer.destroy();
      if (isError) return new Uint8Array();
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
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** The request may have been carried out: nobody heard. */
function lostAnswer({ error, retries }: Transient, health: HostHealth): Transient {
  return new Transient(error, { retries, lost: true, outage: health.failed("unreachable") });
}

/** `HEAD https://…: 200, 12 ms`, as the debug log has it. */
function requestLine({ method, url, status, attempt, milliseconds }: ObservedRequest): string {
  const again = attempt === 1 ? "" : `, attempt ${attempt}`;
  return `${method} ${url}: ${status ?? "no answer"}, ${Math.round(milliseconds)} ms${again}`;
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { authorization: _, ...rest } = headers;
  return rest;
}
