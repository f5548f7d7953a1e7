import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";

/** A proxy that asks for a user and a password, and the TLS that it leads to. */
export interface TlsProxy extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** A file for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** `user:password host:port` of each CONNECT. */
  readonly connects: readonly string[];
}

/**
 * Starts a proxy on this machine whose CONNECT leads to `name`, with TLS, and from there to a server without it. Undefined
 * without the program openssl.
 *
 * @param login `user:password`; who has another one is answered 407
 */
export async function startTlsProxy(name: string, upstream: number, login: string): Promise<TlsProxy | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-proxy-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  try {
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert];
    execFileSync("openssl", [...request, ...subject], { stdio: "ignore" });
  } catch (error) {
    rmSync(directory, { recursive: true });
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const sockets = new Set<Duplex>();
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) =>
    joinSockets(socket, connect(upstream, "127.0.0.1"), sockets),
  );
  const tlsPort = await listen(tls);
  const connects: string[] = [];
  const proxy = createHttpServer().on("connect", (asked, socket) => {
    const sent = asked.headers["proxy-authorization"]?.replace("Basic ", "") ?? "";
    const user = Buffer.from(sent, "base64").toString();
    connects.push(`${user} ${asked.url}`);
    if (user !== login || asked.url !== `${name}:443`) {
      socket.end(`HTTP/1.1 ${user === login ? "502 Bad Gateway" : "407 Proxy Authentication Required"}\r\n\r\n`);
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    joinSockets(socket, connect(tlsPort, "127.0.0.1"), sockets);
  });
  const host = `127.0.0.1:${await listen(proxy)}`;
  return {
    host,
    certificate: cert,
    connects,
    [Symbol.asyncDispose]: async () => {
      proxy.close();
      tls.close();
      proxy.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      rmSync(directory, { recursive: true });
    },
  };
}

function joinSockets(one: Duplex, other: Socket, sockets: Set<Duplex>): void {
  one.pipe(other).pipe(one);
  for (const socket of [one, other]) {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      one.destroy();
      other.destroy();
    });
  }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return address.port;
}
