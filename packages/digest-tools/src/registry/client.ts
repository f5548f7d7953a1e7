import { isLoopback } from "@fanfold-internal/kit/http/loopback";
import { type Access, Authenticator } from "../auth/authenticator.ts";
import { type CredentialSource, type Credentials, dockerCredentials } from "../auth/credentials.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { Secrets, safeUrl } from "../base/secrets.ts";
import { HostGate } from "../http/host-gate.ts";
import { readRateAdvice } from "../http/rate-advice.ts";
import { apiHost } from "../http/registry-host.ts";
import type { Reply } from "../http/reply.ts";
import { backoffMs, retrying } from "../http/retry.ts";
import { type Request, readBody, Transport } from "../http/transport.ts";
import type { Repository } from "../oci/reference.ts";
import type { Call } from "./call.ts";
import { badResponse } from "./refusal.ts";
import { expected, isUnexplained } from "./verdict.ts";

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

export interface RegistryOptions {
  /** Where proxies, Docker's config file and credential helpers are found. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: as the docker command finds them. */
  readonly credentials?: CredentialSource;
  /** Requests under way at one time, per host, at most: it begins with 16, and a `429` halves it. Default 64. */
  readonly concurrency?: number;
  /** Registries (`host[:port]`) that are asked without TLS. Those on this machine always are. */
  readonly plainHttp?: readonly string[];
  readonly onRequest?: (request: ObservedRequest) => void;
  readonly clock?: Clock;
}

type Answer = Pick<Reply, "status" | "headers" | "bytes" | "body">;

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const DEFAULT_CONCURRENCY = 64;

/**
 * The registry side of one process: connections, tokens and each host's rate limit are shared by all its stores.
 * Requests go out as the distribution specification has them, without a ping before.
 */
export class RegistryClient {
  readonly clock: Clock;
  readonly #plainHttp: ReadonlySet<string>;
  readonly #concurrency: number;
  readonly #onRequest: ((request: ObservedRequest) => void) | undefined;
  readonly #transport: Transport;
  readonly #auth: Authenticator;
  readonly #secrets = new Secrets();
  readonly #gates = new Map<string, HostGate>();

  constructor(options: RegistryOptions = {}) {
    const { env = process.env, concurrency = DEFAULT_CONCURRENCY, plainHttp = [], clock = systemClock } = options;
    this.clock = clock;
    this.#plainHttp = new Set(plainHttp);
    this.#concurrency = concurrency;
    this.#onRequest = options.onRequest;
    this.#transport = new Transport(env, concurrency);
    const credentials = options.credentials ?? dockerCredentials(env);
    this.#auth = new Authenticator(credentials, (request) => this.#exchange(request), this.#secrets, clock);
  }

  /** Where a repository's API is, ending in `/`: `https://quay.io/v2/example/backends/`. */
  baseUrl({ registry, path }: Repository): URL {
    const scheme = isLoopback(registry) || this.#plainHttp.has(registry) ? "http" : "https";
    return new URL(`${scheme}://${apiHost(registry)}/v2/${path}/`);
  }

  /**
   * Sends until there is an answer that the call expects.
   *
   * @throws DigestToolsError
   */
  request(call: Call): Promise<Reply> {
    const registry = this.baseUrl(call.repository);
    const access: Access = { registry, repository: call.repository, use: call.use, mountFrom: call.mountFrom };
    const once = async (attempt: number) => {
      let headers = call.headers ?? {};
      const send = async (authorization?: string) => {
        const body = typeof call.body === "function" ? await call.body() : call.body;
        headers = { ...call.headers, ...(authorization === undefined ? {} : { authorization }) };
        return this.#attempt({ ...call, headers, body }, attempt, call.stream === true);
      };
      // An upload may be sent to another host (a storage service): it gets the content and nothing else.
      const foreign = call.url.origin !== registry.origin;
      const reply = await (foreign ? send() : this.#auth.send(access, send));
      const credentials = () => this.#auth.credentials(access);
      if (isUnexplained(reply, call)) {
        const explained = { ...call, method: "GET", headers, body: undefined } as const;
        const said = await this.#attempt(explained, attempt, true).catch(() => undefined);
        // Not refused after all: nobody reads the blob that came, and its end is no failure of anybody's.
        said?.body?.on("error", () => {}).destroy();
        if (said?.status === reply.status) return expected(said, explained, credentials, this.#secrets);
      }
      return expected({ ...reply, own: reply.own && !foreign }, call, credentials, this.#secrets);
    };
    return call.once === true ? once(1) : retrying(this.clock, once);
  }

  /** Ends the connections that are kept open. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #exchange(
    request: Request & { readonly expect: readonly number[]; readonly credentials: Credentials },
  ): Promise<Reply> {
    return retrying(this.clock, async (attempt) =>
      expected(await this.#attempt(request, attempt, false), request, async () => request.credentials, this.#secrets),
    );
  }

  /** One request and the redirects it leads to. */
  async #attempt(request: Request & Pick<Call, "expect">, attempt: number, stream: boolean): Promise<Reply> {
    let { url, headers } = request;
    for (let hops = 0; ; hops++) {
      const gate = this.#gate(url);
      const reply = await gate.run(async () => {
        const answer = await this.#exchangeOnce({ ...request, url, headers }, attempt, stream);
        // Still inside: the next request would be on its way before anybody else heard of the limit.
        return { ...answer, limit: this.#noteLimit(gate, answer) };
      });
      const location = reply.headers.location;
      const mayFollow =
        (request.method === "GET" || request.method === "HEAD") && !request.expect.includes(reply.status);
      if (!mayFollow || !REDIRECTS.includes(reply.status) || location === undefined)
        return { ...reply, url, own: url.origin === request.url.origin };
      reply.body?.destroy();
      if (hops === MAX_REDIRECTS) throw badResponse(request, `more than ${MAX_REDIRECTS} redirects`);
      const next = this.resolveLocation(request, location, url);
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  /**
   * The address in a `Location`, which may be relative.
   *
   * @throws DigestToolsError `insecure` where it leads from HTTPS to plain HTTP, `bad-response` where it is none.
   */
  resolveLocation(
    request: Pick<Request, "method" | "url">,
    location: string | undefined,
    base: URL = request.url,
  ): URL {
    if (location === undefined || !URL.canParse(location, base.href))
      throw badResponse(request, "no address in Location");
    const url = new URL(location, base);
    if (url.protocol === "https:" || (url.protocol === "http:" && base.protocol === "http:")) return url;
    throw new DigestToolsError({
      code: "insecure",
      message: `${request.method}: expected a Location with https, found ${safeUrl(url)}`,
      at: { url: safeUrl(request.url) },
      fix: "the registry does not know that it is reached over HTTPS; behind a proxy it needs X-Forwarded-Proto or its outer address in its configuration",
    });
  }

  async #exchangeOnce(request: Request, attempt: number, stream: boolean): Promise<Answer> {
    const { method, url } = request;
    const started = performance.now();
    let status: number | undefined;
    try {
      const answer = await this.#transport.send({
        ...request,
        headers: { "user-agent": "fanfold", ...request.headers },
      });
      status = answer.statusCode ?? 0;
      const { headers } = answer;
      if (stream && status === 200) return { status, headers, bytes: new Uint8Array(), body: answer };
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
            fix: "what stands there is no image manifest",
          });
        }
        chunks.push(chunk);
      }
      return {
        status,
        headers,
        bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
        body: undefined,
      };
    } finally {
      const milliseconds = performance.now() - started;
      this.#onRequest?.({ method, url: this.#secrets.hide(safeUrl(url)), status, attempt, milliseconds });
    }
  }

  #gate(url: URL): HostGate {
    let gate = this.#gates.get(url.host);
    if (gate === undefined) {
      gate = new HostGate(this.#concurrency, this.clock);
      this.#gates.set(url.host, gate);
    }
    return gate;
  }

  #noteLimit(gate: HostGate, { status, headers, bytes }: Answer): Reply["limit"] {
    const header = headers["retry-after"];
    if (status !== 429 && (status !== 503 || header === undefined)) {
      gate.answered();
      return undefined;
    }
    const { waitMs, perMinute } = readRateAdvice(header, Buffer.from(bytes).toString("utf8"), this.clock.now());
    const ms = waitMs ?? backoffMs(2, this.clock.random());
    if (perMinute !== undefined) gate.pace(perMinute);
    return { ms, worthWaiting: gate.limited(ms) };
  }
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { authorization: _, ...rest } = headers;
  return rest;
}
