import type { AgentOptions, ClientRequest, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import { hostName } from "./loopback.ts";
import { HttpAgent, requestHttp } from "./node-http.ts";
import { type Environment, type HttpProxy, proxyFor } from "./proxy.ts";
import { TunnelAgent, timedOut } from "./tunnel-agent.ts";

/** Milliseconds. */
export interface Timeouts {
  /** Until there is a connection, TLS included. */
  readonly connect: number;
  /** Until the answer begins, counted from the last byte that was sent. */
  readonly answer: number;
  /** Between two pieces of the answer. */
  readonly idle: number;
}

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
  /** Ends the exchange, the answer's body included. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection that nobody used for so long is closed: fewer milliseconds than any server or balancer waits. */
const KEEP_ALIVE_MS = 10_000;

/**
 * Node's HTTP client with connections that are kept alive, the proxies of the environment, and a limit to each wait.
 * Follows no redirect and decodes no body.
 */
export class HttpClient {
  readonly #env: Environment;
  readonly #timeouts: Timeouts;
  readonly #options: AgentOptions;
  readonly #http: InstanceType<typeof HttpAgent>;
  readonly #https: HttpsAgent;
  readonly #tunnels = new Map<string, TunnelAgent>();

  /** @param connections to one host at one time, at most */
  constructor(env: Environment, connections: number, timeouts: Timeouts) {
    this.#env = env;
    this.#timeouts = timeouts;
    this.#options = { keepAlive: true, maxSockets: connections, timeout: KEEP_ALIVE_MS };
    this.#http = new HttpAgent(this.#options);
    this.#https = new HttpsAgent(this.#options);
  }

  /**
   * The answer, when its headers are there. Its body must be read or destroyed.
   *
   * @throws BadProxyError, TunnelError, the error of the body that is sent, or Node's error of the connection
   */
  async send({ method, url, headers, body, signal }: Outgoing): Promise<IncomingMessage> {
    const proxy = proxyFor(url, this.#env);
    const secure = url.protocol === "https:";
    // Only what is not encrypted is given to a proxy to read and pass on.
    const plainProxy = secure ? undefined : proxy;
    const first = plainProxy?.url ?? url;
    const viaTls = first.protocol === "https:";
    const request = (viaTls ? requestHttps : requestHttp)({
      agent: secure && proxy !== undefined ? this.#tunnel(proxy) : viaTls ? this.#https : this.#http,
      method,
      hostname: hostName(first.hostname),
      port: first.port,
      path: `${plainProxy === undefined ? "" : url.origin}${url.pathname}${url.search}`,
      ...(signal === undefined ? {} : { signal }),
    });
    // Not among the options, which NODE_DEBUG=http prints.
    request.setHeader("host", url.host);
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
    if (plainProxy?.authorization !== undefined) request.setHeader("proxy-authorization", plainProxy.authorization);

    const { connect, answer, idle } = this.#timeouts;
    return new Promise((resolve, reject) => {
      let response: IncomingMessage | undefined;
      // What happens to the sending side once there is an answer is told by the answer's body, if it matters.
      request.on("error", reject);
      limitConnecting(request, connect);
      request.setTimeout(answer);
      request.on("timeout", () => {
        if (response === undefined) request.destroy(timedOut(answer));
        else if (response.complete || response.readableLength >= response.readableHighWaterMark)
          // A body that nobody takes is not late.
          request.setTimeout(idle);
        else response.destroy(timedOut(idle));
      });
      request.once("response", (message: IncomingMessage) => {
        response = message;
        request.setTimeout(idle);
        resolve(message);
      });
      if (body === undefined || body instanceof Uint8Array) request.end(body);
      else {
        // Before the connection that this ends says that it was ended.
        body.once("error", reject);
        pipeline(body, request, () => {});
      }
    });
  }

  /** Ends all connections. */
  close(): void {
    for (const agent of [this.#http, this.#https, ...this.#tunnels.values()]) agent.destroy();
  }

  #tunnel(proxy: HttpProxy): TunnelAgent {
    const key = `${proxy.url.href} ${proxy.authorization}`;
    let agent = this.#tunnels.get(key);
    if (agent === undefined) {
      agent = new TunnelAgent(proxy, this.#timeouts.connect, this.#options);
      this.#tunnels.set(key, agent);
    }
    return agent;
  }
}

function limitConnecting(request: ClientRequest, ms: number): void {
  request.once("socket", (socket) => {
    if (request.reusedSocket) return;
    const timer = setTimeout(() => request.destroy(timedOut(ms)), ms);
    const stop = (): void => clearTimeout(timer);
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", stop);
    socket.once("close", stop);
  });
}
