import { Agent, type AgentOptions, request as requestHttps } from "node:https";
import { isIP, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { hostName } from "./loopback.ts";
import { requestHttp } from "./node-http.ts";
import { type HttpProxy, TunnelError } from "./proxy.ts";

/** The error of a wait that took too long. */
export function timedOut(ms: number): Error {
  return Object.assign(new Error(`nothing came for ${ms / 1000} s`), { code: "ETIMEDOUT" });
}

type Connected = (error: Error | null, stream: Duplex) => void;

/** Connections to HTTPS hosts through a proxy, kept alive like direct ones. Node has this from 22.21 and 24.5 on. */
export class TunnelAgent extends Agent {
  readonly #proxy: HttpProxy;
  readonly #timeout: number;

  /** @param timeout milliseconds until there is a connection */
  constructor(proxy: HttpProxy, timeout: number, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#timeout = timeout;
  }

  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    callback?: Connected,
  ): undefined {
    const target = hostName(host ?? "");
    const authority = `${isIP(target) === 6 ? `[${target}]` : target}:${port ?? 443}`;
    const { url, authorization } = this.#proxy;
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)({
      hostname: hostName(url.hostname),
      port: url.port,
      method: "CONNECT",
      path: authority,
      agent: false,
    });
    // Not among the options, which NODE_DEBUG=http prints.
    request.setHeader("host", authority);
    if (authorization !== undefined) request.setHeader("proxy-authorization", authorization);

    const fail = (error: Error): void => {
      clearTimeout(timer);
      request.destroy();
      callback?.(error, new Socket());
    };
    const timer = setTimeout(() => request.destroy(timedOut(this.#timeout)), this.#timeout);
    request.once("error", fail);
    request.once("connect", ({ statusCode = 0 }, connection: Duplex, head: Buffer) => {
      request.off("error", fail);
      clearTimeout(timer);
      if (statusCode < 200 || statusCode > 299) {
        connection.destroy();
        return fail(new TunnelError(this.#proxy, statusCode));
      }
      if (head.length > 0) connection.unshift(head);
      // What follows is a connection that is being made, like a direct one.
      const servername = isIP(target) === 0 ? target : "";
      callback?.(null, connectTls({ socket: connection, host: target, servername, ALPNProtocols: ["http/1.1"] }));
    });
    request.end();
    return undefined;
  }
}
