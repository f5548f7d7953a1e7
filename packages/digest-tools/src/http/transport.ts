import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { HttpClient, Outgoing, Timeouts } from "@fanfold-internal/kit/http/client";
import { BadProxyError, type Environment, TunnelError } from "@fanfold-internal/kit/http/proxy";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import type { TimeLimits } from "./deadline.ts";
import { Transient } from "./retry.ts";

/**
 * The one place that opens connections: kept alive, through the proxies of the environment, and directly to this machine.
 * Fails with Transient, or with DigestToolsError where trying again is no use.
 */
export class Transport {
  readonly #env: Environment;
  readonly #connections: number;
  readonly #timeouts: Timeouts;
  #client: Promise<HttpClient> | undefined;

  constructor(env: Environment, connections: number, { connect, commit, stall }: TimeLimits) {
    this.#env = env;
    this.#connections = connections;
    // The longest that any exchange has: each sets a shorter one by its own signal.
    this.#timeouts = { connect, answer: commit, idle: stall };
  }

  async send(request: Outgoing): Promise<IncomingMessage> {
    // Loaded at the first request: what works on layouts alone needs no HTTP.
    this.#client ??= import("@fanfold-internal/kit/http/client").then(
      ({ HttpClient }) => new HttpClient(this.#env, this.#connections, this.#timeouts),
    );
    const client = await this.#client;
    try {
      return await client.send(request);
    } catch (error) {
      throw failure(error, request.method, request.url);
    }
  }

  async close(): Promise<void> {
    (await this.#client)?.close();
  }
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
function failure(thrown: unknown, method: string, url: URL): Error {
  // What a signal ended says why it did.
  const error = codeOf(thrown) === "ABORT_ERR" && thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (error instanceof DigestToolsError || error instanceof Transient) return error;
  if (error instanceof BadProxyError)
    return new DigestToolsError({ code: "invalid-options", message: error.message, fix: error.fix, cause: error });
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
  const network = new DigestToolsError({
    code: "network",
    message: `${method}: no answer from the host: ${said}`,
    at,
    fix: "see that the host's name is right and that it is up and within reach (proxy: HTTPS_PROXY, NO_PROXY); then run again",
    cause: error,
  });
  // A proxy that asks for a password, or allows some hosts only, will not think better of it.
  return error instanceof TunnelError && error.status < 500 ? network : new Transient(network);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error.cause);
}
