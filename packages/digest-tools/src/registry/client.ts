import { isLoopback } from "@fanfold-internal/kit/http/loopback";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { Secrets } from "@fanfold-internal/kit/text/secrets";
import { type Access, Authenticator } from "../auth/authenticator.ts";
import { type CredentialSource, dockerCredentials } from "../auth/credentials.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { apiHost } from "../hosts/quirks.ts";
import { Exchange, type ObservedRequest, type Reply, type Request } from "../http/exchange.ts";
import type { HostWait } from "../http/host-health.ts";
import { retrying, Transient } from "../http/retry.ts";
import type { Digest } from "../oci/descriptor.ts";
import type { Repository } from "../oci/reference.ts";
import { type Asked, checkStatus, isUnexplained } from "./response.ts";

export type { ObservedRequest } from "../http/exchange.ts";
export type { HostWait } from "../http/host-health.ts";

/** How registries are asked. */
export interface RegistryOptions {
  /** Where proxies, Docker's config file and credential helpers are found. Default: this process's. */
  readonly env?: Environment;
  /** Default: as the docker command finds them. */
  readonly credentials?: CredentialSource;
  /** Requests under way at one time, per host, at most: it begins with 16, and a `429` halves it. Default 64. */
  readonly concurrency?: number;
  /** Registries (`host[:port]`) that are asked without TLS. Those on this machine always are. */
  readonly plainHttp?: readonly string[];
  /** Gets each request when it is answered or has failed. */
  readonly onRequest?: (request: ObservedRequest) => void;
  /** Gets a line for each request and each credential helper that is run. */
  readonly debug?: DebugLog | undefined;
  /** Every repository is written to sooner or later: one token for both is asked for, and not one to read with first. */
  readonly writes?: boolean | undefined;
  /** How long a registry may leave everything unanswered, all such times of a run together. Default: 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Told every half minute about each host that is waited for. */
  readonly onWait?: ((wait: HostWait) => void) | undefined;
  readonly clock?: Clock;
}

/** A request to a registry, in the registry's own terms. */
export interface Call extends Omit<Request, "headers">, Omit<Asked, "registry"> {
  readonly repository: Repository;
  readonly use: Access["use"];
  readonly headers?: Readonly<Record<string, string>>;
  readonly mountFrom?: Repository | undefined;
  /** Of the caller's own `retrying`, to which what may pass is thrown as Transient. Missing: it is tried again here. */
  readonly attempt?: number | undefined;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_TIMEOUT_MS = 600_000;

/**
 * The registry side of one process: connections, tokens and each host's rate limit are shared by all its stores.
 * Requests go out as the distribution specification has them, without a ping before.
 */
export class RegistryClient {
  readonly clock: Clock;
  readonly #plainHttp: ReadonlySet<string>;
  readonly #writes: boolean;
  readonly #secrets: Secrets;
  readonly #exchange: Exchange;
  readonly #auth: Authenticator;
  readonly #sizes = new Map<Digest, number>();

  constructor(options: RegistryOptions = {}) {
    const { env = process.env, concurrency = DEFAULT_CONCURRENCY, plainHttp = [], clock = systemClock } = options;
    const { debug, onRequest, onWait, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.clock = clock;
    this.#plainHttp = new Set(plainHttp);
    this.#writes = options.writes === true;
    // The log's own, so that a login that is found later is not in it either.
    this.#secrets = debug?.secrets ?? new Secrets();
    const secrets = this.#secrets;
    this.#exchange = new Exchange({ env, concurrency, clock, secrets, debug, onRequest, timeoutMs, onWait });
    this.#auth = new Authenticator({
      credentials: options.credentials ?? dockerCredentials(env, debug),
      exchange: (request) =>
        retrying(clock, async (attempt) =>
          checkStatus(await this.#exchange.send(request, attempt), request, {
            credentials: async () => request.credentials,
            secrets: this.#secrets,
          }),
        ),
      secrets: this.#secrets,
      clock,
    });
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
    const { attempt } = call;
    return this.guarded(
      attempt === undefined ? retrying(this.clock, (nth) => this.#once(call, nth)) : this.#once(call, attempt),
    );
  }

  /** The same work, whose errors name no secret: an address that a server sends to may repeat a login in its path. */
  async guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      const error = thrown instanceof Transient ? thrown.error : thrown;
      if (!(error instanceof DigestToolsError) || this.hide(error.message) === error.message) throw thrown;
      const [{ message, at, fix } = { message: error.message, at: undefined, fix: undefined }] = error.diagnostics;
      const place = at !== undefined && "url" in at ? { url: this.hide(at.url) } : at;
      const safe = new DigestToolsError({ code: error.code, message: this.hide(message), at: place, fix });
      throw thrown instanceof Transient ? new Transient(safe, thrown) : safe;
    }
  }

  /** What a server wrote, without the secrets that it may repeat. */
  hide(text: string): string {
    return this.#secrets.hide(text);
  }

  /** The size of content whose bytes have been seen. A digest has one size, in every repository. */
  sizeOf(digest: Digest): number | undefined {
    return this.#sizes.get(digest);
  }

  learnSize(digest: Digest, bytes: number): void {
    this.#sizes.set(digest, bytes);
  }

  /** Ends the connections that are kept open. */
  close(): Promise<void> {
    return this.#exchange.close();
  }

  async #once(call: Call, attempt: number): Promise<Reply> {
    const registry = this.baseUrl(call.repository);
    const use = this.#writes ? "push" : call.use;
    const access: Access = { registry, repository: call.repository, use, mountFrom: call.mountFrom };
    let headers = call.headers ?? {};
    const send = (authorization?: string) => {
      headers = { ...call.headers, ...(authorization === undefined ? {} : { authorization }) };
      return this.#exchange.send({ ...call, headers }, attempt);
    };
    // An upload may be sent to another host (a storage service): it gets the content and nothing else.
    const foreign = call.url.origin !== registry.origin;
    const reply = await (foreign ? send() : this.#auth.send(access, send));
    const asked: Asked = { ...call, registry: call.repository.registry };
    const login = { credentials: () => this.#auth.credentials(access), secrets: this.#secrets };
    if (isUnexplained(reply, call)) {
      const explained = { ...call, method: "GET", headers, body: undefined, stream: true } as const;
      const said = await this.#exchange.send(explained, attempt).catch(() => undefined);
      // Not refused after all: nobody reads the blob that came, and its end is no failure of anybody's.
      said?.body?.on("error", () => {}).destroy();
      if (said?.status === reply.status) return checkStatus(said, { ...asked, method: "GET" }, login);
    }
    return checkStatus({ ...reply, own: reply.own && !foreign }, asked, login);
  }
}
