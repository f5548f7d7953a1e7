import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultRule } from "./fault.ts";
import { relay } from "./relay.ts";

export interface FaultProxyOptions {
  /** The registry behind it: `127.0.0.1:PORT`. */
  readonly target: string;
  readonly rules?: readonly FaultRule[];
  /** Milliseconds added to each request. */
  readonly latencyMs?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly fault: Fault["kind"] | null;
  /** What the client was answered; null: not yet, or its connection was cut. */
  readonly status: number | null;
}

/**
 * An HTTP proxy in front of a real registry: it looks like one, counts what is asked of it, and fails as it is told to. Of several
 * rules for one request the first counts. Token servers stay where they are.
 */
export class FaultProxy implements AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Every request since the start, oldest first. */
  readonly requests: SeenRequest[] = [];
  latencyMs: number;
  /** The largest number of requests that were under way at once. */
  peakInFlight = 0;

  readonly #server: Server;
  readonly #port: number;
  readonly #target: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets = new Set<Socket>();
  #rules: readonly { readonly rule: FaultRule; matches: number }[] = [];
  #inFlight = 0;

  private constructor(server: Server, port: number, { target, rules = [], latencyMs = 0 }: FaultProxyOptions) {
    this.#server = server;
    this.#port = port;
    this.#target = target;
    this.host = `127.0.0.1:${port}`;
    this.latencyMs = latencyMs;
    this.setRules(rules);
    server.on("request", (request, response) => void this.#take(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    // Like docker-registry, it never closes a connection just because it is idle.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
    await listen(server, 0);
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError(`no TCP address: ${address}`);
    return new FaultProxy(server, address.port, options);
  }

  /** Replaces all rules; they count from the next request on. */
  setRules(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, matches: 0 }));
  }

  /** Cuts every connection; until `revive`, new ones are refused. */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** Listens again, on the same port. */
  async revive(): Promise<void> {
    if (!this.#server.listening) await listen(this.#server, this.#port);
  }

  async close(): Promise<void> {
    await this.kill();
    this.#agent.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = request;
    const fault = this.#faultFor(method, path);
    const seen: { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] } = {
      method,
      path,
      headers,
      fault: fault?.kind ?? null,
      status: null,
    };
    this.requests.push(seen);
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    response.once("close", () => (this.#inFlight -= 1));
    response.on("error", () => {}); // The client is gone, or was cut off.
    response.sendDate = false;
    if (fault?.kind === "die") return this.kill();
    if (this.latencyMs > 0) await sleep(this.latencyMs);
    const exchange = { request, response, agent: this.#agent, target: this.#target, host: this.host };
    seen.status = await relay(exchange, fault);
  }

  #faultFor(method: string, path: string): Fault | undefined {
    const due = this.#rules.filter((counted) => {
      const { rule } = counted;
      if (rule.method !== undefined && rule.method !== method) return false;
      // A global or sticky expression would remember where it stopped.
      if (rule.path !== undefined && path.search(rule.path) === -1) return false;
      counted.matches += 1;
      return isDue(rule.which, counted.matches);
    });
    return due[0]?.rule.fault;
  }
}

function isDue(which: FaultRule["which"], count: number): boolean {
  if (which === undefined) return true;
  if ("nth" in which) return count === which.nth;
  return "first" in which ? count <= which.first : count >= which.from;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
