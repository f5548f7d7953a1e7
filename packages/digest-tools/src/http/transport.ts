import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { DigestToolsError } from "../base/error.ts";
import { safeUrl } from "../base/secrets.ts";
import { isLoopback } from "./registry-host.ts";
import { Transient } from "./retry.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Until the answer begins; large registries take half a minute to accept a manifest. Uploading counts as activity. */
const ANSWER_TIMEOUT_MS = 90_000;
/** Between two pieces of the answer. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * The one place that opens connections: kept alive, through the proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`,
 * `NO_PROXY`), and directly to this machine. Fails with Transient, or with DigestToolsError where trying again is no use.
 */
export class Transport {
  readonly #env: Environment;
  readonly #connections: number;
  #loaded: Promise<Dispatchers> | undefined;

  constructor(env: Environment, connections: number) {
    this.#env = env;
    this.#connections = connections;
  }

  async send({ method, url, headers, body }: Request): Promise<Dispatcher.ResponseData> {
    this.#loaded ??= load(this.#env, this.#connections);
    const { request, direct, proxied } = await this.#loaded;
    try {
      return await request(url, {
        method,
        headers,
        body: body ?? null,
        // undici otherwise ends the connection after each HEAD, for servers that send a body all the same
        // (https://github.com/nodejs/undici/issues/258): with TLS, three round trips for one.
        reset: false,
        dispatcher: proxied !== direct && isLoopback(url.hostname) ? direct : proxied,
      });
    } catch (error) {
      throw failure(error, method, url);
    }
  }

  async close(): Promise<void> {
    const loaded = await this.#loaded;
    await Promise.all([loaded?.direct.close(), loaded?.proxied.close()]);
  }
}

interface Dispatchers {
  readonly request: (
    url: URL,
    options: { dispatcher: Dispatcher } & Omit<Dispatcher.RequestOptions, "origin" | "path">,
  ) => Promise<Dispatcher.ResponseData>;
  readonly direct: Dispatcher;
  readonly proxied: Dispatcher;
}

/** Loaded at the first request: what works on layouts alone needs no HTTP. */
async function load(env: Environment, connections: number): Promise<Dispatchers> {
  // Bundled, a CommonJS module has its default export only; plain Node offers it too.
  const { default: undici } = await import("undici");
  const { Agent, EnvHttpProxyAgent, request } = undici;
  const options = {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: 10_000,
  };
  const direct = new Agent(options);
  const httpProxy = env["http_proxy"] || env["HTTP_PROXY"] || "";
  const httpsProxy = env["https_proxy"] || env["HTTPS_PROXY"] || "";
  if (httpProxy === "" && httpsProxy === "") return { request, direct, proxied: direct };
  const noProxy = env["no_proxy"] || env["NO_PROXY"] || "";
  return { request, direct, proxied: new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy }) };
}

/** An answer's body, with the failures of its connection in this package's terms. */
export async function* readBody(body: Readable, method: string, url: URL): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw failure(error, method, url);
  }
}

const UNTRUSTED =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/;

/** What went wrong between here and the host. What the sending side itself threw (a blob that was damaged) stays as it is. */
function failure(error: unknown, method: string, url: URL): Error {
  if (error instanceof DigestToolsError || error instanceof Transient) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const said = [code, text].filter((part) => part !== undefined && part !== "").join(": ");
  const at = { url: safeUrl(url) };
  if (code !== undefined && UNTRUSTED.test(code)) {
    return new DigestToolsError({
      code: "insecure",
      message: `${method}: expected a trusted HTTPS host, found ${said}`,
      at,
      fix: "for a private certificate authority set NODE_EXTRA_CA_CERTS; a registry without HTTPS must be named as such",
      cause: error,
    });
  }
  return new Transient(
    new DigestToolsError({
      code: "network",
      message: `${method}: no answer from the host: ${said}`,
      at,
      fix: "see that the host's name is right and that it is up and within reach (proxy: HTTPS_PROXY, NO_PROXY); then run again",
      cause: error,
    }),
  );
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error.cause);
}
