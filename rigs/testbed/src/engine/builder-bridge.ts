import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Gives the engine's own BuildKit a socket of its own, as buildx's remote driver wants it; not yet listening. The docker driver of
 * buildx refuses to push by digest. It is what `docker buildx dial-stdio` does, without a process for each connection:
 * https://docs.docker.com/reference/cli/docker/buildx/dial-stdio/
 */
export function builderBridge(dockerSocket: string): Server {
  return createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: dockerSocket, allowHalfOpen: true });
    engine.write("POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    client.on("error", () => engine.destroy());
    engine.on("error", () => client.destroy());
    client.on("close", () => engine.destroy());
    engine.on("close", () => client.destroy());
    afterUpgrade(engine, (first) => {
      client.write(first);
      engine.pipe(client);
      client.pipe(engine);
    });
  });
}

/** Waits for the end of the answer's head. What follows it is BuildKit's. */
function afterUpgrade(engine: Socket, upgraded: (first: Buffer) => void): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    engine.off("data", onData);
    if (head.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) upgraded(head.subarray(end + 4));
    else engine.destroy();
  };
  engine.on("data", onData);
}
