import { createServer, type Server, type Socket } from "node:net";

/** What a server does with a connection, once a whole head of a request has come on it. `stopped` ends with the server. */
export type Behaviour = (socket: Socket, head: string, stopped: AbortSignal) => void;

/** A server on this machine that speaks as badly as a test wants, byte by byte. */
export class RawServer implements AsyncDisposable {
  readonly heads: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #stopped = new AbortController();

  private constructor(behaviour: Behaviour) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
          const head = text.slice(0, end);
          text = text.slice(end + 4);
          if (!/^[A-Z]+ \S+ HTTP/.test(head)) continue;
          this.heads.push(head);
          behaviour(socket, head, this.#stopped.signal);
        }
      });
    });
  }

  static async start(behaviour: Behaviour): Promise<RawServer> {
    const server = new RawServer(behaviour);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Writes `text` over and over, one piece each few milliseconds, for as long as anybody listens. */
export function drip(socket: Socket, stopped: AbortSignal, text: string, everyMs = 15): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  const stop = () => clearInterval(timer);
  socket.on("close", stop);
  stopped.addEventListener("abort", stop);
}
