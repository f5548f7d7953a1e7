import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Clock } from "../base/clock.ts";

/** A request as a stand-in saw it. */
export interface Seen {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  /** How many were being answered at that time, this one included. */
  readonly concurrent: number;
  /** By the stand-in's clock. */
  readonly at: number;
}

/** What to answer instead of the truth. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The truth, with other headers; an empty text takes one away. */
  | { readonly with: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly cut: "before-answer" | "mid-body" }
  /** The truth, later. */
  | { readonly after: Promise<unknown> };

export interface StandInOptions {
  readonly fault?: (request: Seen, body: Buffer) => Fault | undefined;
  readonly clock?: Clock;
}

/**
 * A registry in memory, behind a real HTTP server on this machine, that does wrong on demand. It knows as much of the
 * distribution specification as its tests ask it; what is right is for the real registries to say (stores.itg.test.ts).
 */
export class RegistryStandIn implements AsyncDisposable {
  readonly requests: Seen[] = [];
  /** By `repository/digest`. */
  readonly blobs: Map<string, Buffer> = new Map();
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }> = new Map();
  fault: NonNullable<StandInOptions["fault"]>;
  readonly #server: Server;
  readonly #clock: Clock | undefined;
  #concurrent = 0;

  private constructor({ fault, clock }: StandInOptions) {
    this.fault = fault ?? (() => undefined);
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) =>
        response.destroy(error instanceof Error ? error : undefined),
      );
    });
  }

  static async start(options: StandInOptions = {}): Promise<RegistryStandIn> {
    const standIn = new RegistryStandIn(options);
    await new Promise<void>((resolve) => standIn.#server.listen(0, "127.0.0.1", resolve));
    return standIn;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `127.0.0.1:${address.port}`;
  }

  /** `PUT manifests/v1` and the like, without the repository. */
  get log(): readonly string[] {
    return this.requests.map(
      ({ method, target }) => `${method} ${target.replace(/^\/v2\/.*?\/(?=manifests|blobs)/, "")}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#concurrent++;
    response.on("close", () => this.#concurrent--);
    const { method = "", url: target = "", headers } = request;
    const seen = { method, target, headers, concurrent: this.#concurrent, at: this.#clock?.now() ?? Date.now() };
    this.requests.push(seen);
    const body = await buffer(request);
    const fault = this.fault(seen, body);
    if (fault !== undefined && "status" in fault) {
      response.writeHead(fault.status, { ...fault.headers }).end(fault.body);
      return;
    }
    if (fault !== undefined && "after" in fault) await fault.after;
    if (fault !== undefined && "cut" in fault && fault.cut === "before-answer")
      return void request.socket.resetAndDestroy();
    const answer = this.#truth(method, new URL(target, "http://stand-in"), headers, body);
    const sent = { ...answer.headers };
    if (fault !== undefined && "with" in fault) {
      if (fault.body !== undefined) answer.body = Buffer.from(fault.body);
      if (fault.body !== undefined) sent["content-length"] = String(answer.body.length);
      for (const [name, value] of Object.entries(fault.with)) {
        if (value === "") delete sent[name];
        else sent[name] = value;
      }
    }
    response.writeHead(answer.status, sent);
    if (fault !== undefined && "cut" in fault) {
      response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () =>
        request.socket.resetAndDestroy(),
      );
    } else {
      response.end(method === "HEAD" ? undefined : answer.body);
    }
  }

  #truth(method: string, url: URL, headers: IncomingMessage["headers"], body: Buffer): Answer {
    const [, repository = "", kind = "", rest = ""] = /^\/v2\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") {
      const key = `${repository}${rest.includes(":") ? "@" : ":"}${rest}`;
      if (method === "PUT") {
        const manifest = { type: headers["content-type"] ?? "", bytes: body };
        this.manifests.set(key, manifest).set(`${repository}@${digest(body)}`, manifest);
        return { status: 201, headers: { "docker-content-digest": digest(body) }, body: Buffer.alloc(0) };
      }
      const found = this.manifests.get(key);
      if (found === undefined) return unknown("MANIFEST_UNKNOWN");
      return content(found.bytes, { "content-type": found.type });
    }
    if (rest === "uploads/" && method === "POST") {
      const mounted = this.blobs.get(`${url.searchParams.get("from")}/${url.searchParams.get("mount")}`);
      if (mounted !== undefined) {
        this.blobs.set(`${repository}/${digest(mounted)}`, mounted);
        return { status: 201, headers: {}, body: Buffer.alloc(0) };
      }
      const location = `/v2/${repository}/blobs/uploads/${randomUUID()}?_state=a%2Fb==`;
      return { status: 202, headers: { location }, body: Buffer.alloc(0) };
    }
    if (rest.startsWith("uploads/") && method === "PUT") {
      if (url.searchParams.get("digest") !== digest(body)) return { ...unknown("DIGEST_INVALID"), status: 400 };
      this.blobs.set(`${repository}/${digest(body)}`, body);
      return { status: 201, headers: {}, body: Buffer.alloc(0) };
    }
    const blob = this.blobs.get(`${repository}/${rest}`);
    return blob === undefined ? unknown("BLOB_UNKNOWN") : content(blob, { "content-type": "application/octet-stream" });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Buffer;
}

function content(body: Buffer, headers: Readonly<Record<string, string>>): Answer {
  return {
    status: 200,
    headers: { ...headers, "docker-content-digest": digest(body), "content-length": String(body.length) },
    body,
  };
}

function unknown(code: string): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message: "not here" }] }));
  return { status: 404, headers: { "content-type": "application/json" }, body };
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A clock on which every wait is over at once, and noted. */
export class FastClock implements Clock {
  readonly slept: number[] = [];
  #skew = 0;

  now: Clock["now"] = () => Date.now() + this.#skew;
  random: Clock["random"] = () => 0.5;
  sleep: Clock["sleep"] = async (milliseconds) => {
    this.slept.push(milliseconds);
    const until = this.now() + milliseconds;
    // Not before all who sleep at this moment have said how long.
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#skew = Math.max(this.#skew, until - Date.now());
  };

  advance(milliseconds: number): void {
    this.#skew += milliseconds;
  }
}
