import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpLog } from "./http-log.ts";
import { digestOf } from "./sample-layout.ts";

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Of a request about a manifest: its tag or digest. */
  readonly reference: string | undefined;
  readonly authorization: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What is answered in the place of what stands in the registry. `hang-up`: the connection ends without an answer. */
export type Fault = (asked: Asked, registry: MemoryRegistry) => Answer | "hang-up" | undefined;

interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** An error as the distribution specification has it. */
export function refusal(status: number, code: string, message: string, headers: Answer["headers"] = {}): Answer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

/** A registry on this machine's loopback that keeps everything in memory and takes whatever it is given. */
export class MemoryRegistry {
  readonly log: HttpLog = new HttpLog();
  /** By `repository digest`. */
  readonly manifests: Map<string, Manifest> = new Map();
  readonly blobs: Map<string, Buffer> = new Map();
  /** By `repository tag`. */
  readonly tags: Map<string, string> = new Map();
  fault: Fault = () => undefined;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  #host = "";

  static async start(): Promise<MemoryRegistry> {
    const registry = new MemoryRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    const { port } = registry.#server.address() as AddressInfo;
    registry.#host = `127.0.0.1:${port}`;
    return registry;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return this.#host;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://registry");
    const path = decodeURIComponent(url.pathname);
    const method = request.method ?? "GET";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { authorization } = request.headers;
    const asked: Asked = { method, path, reference: /\/manifests\/([^/]+)$/.exec(path)?.[1], authorization };
    const mediaType = request.headers["content-type"];
    const answer = this.fault(asked, this) ?? this.#answer(asked, url.searchParams, mediaType, body);
    const told = [
      `${method} ${path.replace(/uploads\/\d+/, "uploads/<n>")}${decodeURIComponent(url.search)}`,
      answer === "hang-up" ? answer : String(answer.status),
      ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
      ...(mediaType === undefined ? [] : [mediaType]),
      ...(body.length === 0 ? [] : [digestOf(body)]),
    ];
    this.log.add(told.join("  "));
    if (answer === "hang-up") {
      response.destroy();
      return;
    }
    const bytes = Buffer.from(answer.body ?? "");
    response.writeHead(answer.status, { "content-length": String(bytes.length), ...answer.headers });
    response.end(method === "HEAD" ? undefined : bytes);
  }

  #answer(asked: Asked, query: URLSearchParams, mediaType: string | undefined, body: Buffer): Answer {
    const [, repository, kind, rest] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(asked.path) ?? [];
    if (repository === undefined || rest === undefined) return refusal(404, "UNSUPPORTED", "no such address");
    if (kind === "manifests") return this.#manifest(asked.method, repository, rest, mediaType ?? "", body);
    if (rest.startsWith("uploads")) return this.#upload(asked.method, repository, query, body);
    const blob = this.blobs.get(`${repository} ${rest}`);
    return blob === undefined ? refusal(404, "BLOB_UNKNOWN", "blob unknown to registry") : { status: 200, body: blob };
  }

  #manifest(method: string, repository: string, reference: string, mediaType: string, body: Buffer): Answer {
    if (method === "PUT") {
      const digest = digestOf(body);
      this.manifests.set(`${repository} ${digest}`, { mediaType, bytes: body });
      if (!reference.startsWith("sha256:")) this.tags.set(`${repository} ${reference}`, digest);
      return { status: 201, headers: { "docker-content-digest": digest } };
    }
    const digest = reference.startsWith("sha256:") ? reference : this.tags.get(`${repository} ${reference}`);
    const found = this.manifests.get(`${repository} ${digest}`);
    if (digest === undefined || found === undefined) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
    const headers = { "content-type": found.mediaType, "docker-content-digest": digest };
    return { status: 200, headers, body: found.bytes };
  }

  #upload(method: string, repository: string, query: URLSearchParams, body: Buffer): Answer {
    const mounted = this.blobs.get(`${query.get("from")} ${query.get("mount")}`);
    if (method === "POST" && mounted !== undefined) {
      this.blobs.set(`${repository} ${query.get("mount")}`, mounted);
      return { status: 201 };
    }
    if (method === "POST") return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/1` } };
    this.blobs.set(`${repository} ${query.get("digest")}`, body);
    return { status: 201 };
  }
}
