import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A relay of bytes that holds back what is sent to the other side, and so every request, for some milliseconds. It does not look
 * into them: on a machine of two cores a proxy that does takes as much time as the programs that are compared.
 */
export async function startLatency(target: string, milliseconds: number): Promise<AsyncDisposable & { host: string }> {
  const [hostname = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    client.on("data", async (chunk) => {
      await sleep(milliseconds);
      upstream.write(chunk);
    });
    client.on("end", async () => {
      await sleep(milliseconds);
      upstream.end();
    });
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy()).on("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError(`no TCP address: ${address}`);
  return {
    host: `127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
