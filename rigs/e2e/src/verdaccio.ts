import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../bin/verdaccio", import.meta.resolve("verdaccio")));

/** An npm registry on this machine that asks no other one. */
export class Verdaccio implements AsyncDisposable {
  readonly url: string;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.url = `http://127.0.0.1:${port}/`;
  }

  /** Everything that it keeps is below `directory`. */
  static async start(directory: string): Promise<Verdaccio> {
    mkdirSync(directory, { recursive: true });
    const verdaccio = new Verdaccio(directory, await freePort());
    await verdaccio.run({});
    return verdaccio;
  }

  /** Starts it, with what was published so far. `closed`: a package that nobody may publish. */
  async run({ closed }: { readonly closed?: string }): Promise<void> {
    const rule = (name: string, publish: string) => `  "${name}": { access: $all, publish: ${publish} }\n`;
    const config = join(this.#directory, "config.yaml");
    writeFileSync(
      config,
      `storage: ${this.#directory}/storage\nauth: { htpasswd: { file: ${this.#directory}/htpasswd } }\n` +
        `web: { enable: false }\npublish: { allow_offline: true }\nuplinks: {}\npackages:\n` +
        `${closed === undefined ? "" : rule(closed, "nobody")}${rule("**", "$authenticated")}` +
        "log: { type: stdout, format: pretty, level: warn }\n",
    );
    const log = openSync(join(this.#directory, "log"), "a");
    const args = [PROGRAM, "--config", config, "--listen", this.url.slice(0, -1)];
    this.#process = spawn(process.execPath, args, { cwd: this.#directory, stdio: ["ignore", log, log] });
    for (let tries = 0; ; tries++) {
      const reply = await fetch(`${this.url}-/ping`).catch(() => undefined);
      if (reply?.ok) return;
      if (tries > 300 || this.#process.exitCode !== null)
        throw new Error(`verdaccio does not start: ${this.#directory}/log`);
      await sleep(100);
    }
  }

  /** A login, as npm keeps it. */
  async login(): Promise<string> {
    const [name, password] = ["releaser", "only-on-this-machine"];
    const response = await fetch(`${this.url}-/user/org.couchdb.user:${name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password }),
    });
    const { token }: { readonly token?: string } = JSON.parse(await response.text());
    if (token === undefined) throw new Error(`verdaccio gives no token: ${response.status}`);
    return token;
  }

  /** Whether a tarball lies in its storage. */
  holds(name: string, version: string): boolean {
    return existsSync(join(this.#directory, "storage", name, `${name.split("/").at(-1)}-${version}.tgz`));
  }

  async stop(): Promise<void> {
    if (this.#process === undefined || this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
