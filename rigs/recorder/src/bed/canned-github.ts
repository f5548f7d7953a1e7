import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpLog } from "./http-log.ts";

export interface ApiAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is, everything else as JSON. */
  readonly body: unknown;
}

/** Answers by address, `/repos/acme/tools/…` left out; undefined is a 404. */
export type Api = (address: string) => ApiAnswer | undefined | Promise<ApiAnswer | undefined>;

const PREFIX = "/repos/acme/tools/";

/** As much of GitHub's API as one case needs, in canned answers. */
export class CannedGitHub {
  readonly log: HttpLog = new HttpLog();
  readonly #api: Api;
  readonly #server = createServer((request, response) => {
    this.#answer(request.url ?? "/").then(
      ({ status, headers, text }) => {
        this.log.add(`${request.method} ${decodeURIComponent(request.url ?? "/")}  ${status}`);
        response.writeHead(status, headers);
        response.end(text);
      },
      () => response.destroy(),
    );
  });
  #host = "";

  private constructor(api: Api) {
    this.#api = api;
  }

  static async start(api: Api): Promise<CannedGitHub> {
    const github = new CannedGitHub(api);
    await new Promise<void>((resolve) => github.#server.listen(0, "127.0.0.1", resolve));
    const { port } = github.#server.address() as AddressInfo;
    github.#host = `127.0.0.1:${port}`;
    return github;
  }

  get host(): string {
    return this.#host;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(url: string) {
    const address = decodeURIComponent(url);
    const found = address.startsWith(PREFIX) ? await this.#api(address.slice(PREFIX.length)) : undefined;
    const { status = 200, headers = {}, body } = found ?? { status: 404, body: { message: "Not Found" } };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
    return { status, headers: { "content-type": type, ...headers }, text };
  }
}
