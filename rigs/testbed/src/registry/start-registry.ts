import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { endProcess, isAlive, signalProcess } from "../machine/process-ref.ts";
import { TestbedError } from "../machine/testbed-error.ts";
import { type AuthKind, noteRegistry, type TestbedRegistry, testbed } from "../machine/testbed-file.ts";
import { type Listening, launchRegistry } from "./registry.ts";
import { describeRegistry, type RegistryAuth } from "./registry-config.ts";
import { makeTokenKey, type TokenRequest, tokenServer } from "./token-issuer.ts";

export interface RegistryOptions {
  readonly auth: AuthKind;
  /** A directory of its own; what was pushed stays there when the registry ends. */
  readonly storageDir: string;
  /** Any free one by default. */
  readonly port?: number;
}

export interface RunningRegistry extends TestbedRegistry, AsyncDisposable {
  /** What its token server was asked for, oldest first; of `token` only. */
  readonly tokenRequests: readonly TokenRequest[];
  /** SIGKILL, in the middle of whatever it does. Connections break; new ones are refused. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and storage. @throws TestbedError `not-started` */
  restart(): Promise<void>;
  /** Ends it and its token server. */
  stop(): Promise<void>;
}

/**
 * Starts one more real registry, for one test. It ends with this process at the latest.
 *
 * @throws TestbedError `unavailable` without a test bed, whose program it runs; `not-started`
 */
export async function startRegistry({ auth, storageDir, port = 0 }: RegistryOptions): Promise<RunningRegistry> {
  const bed = testbed();
  if ("unavailable" in bed) throw new TestbedError({ code: "unavailable", message: bed.unavailable });
  const tokenRequests: TokenRequest[] = [];
  const tokens = auth === "token" ? await startTokens(storageDir, (request) => tokenRequests.push(request)) : undefined;
  const plan = { folder: storageDir, auth: tokens?.auth ?? plainAuth(auth) };
  const launch = (at: number): Promise<Listening> => launchRegistry(bed.tools.registry, { ...plan, port: at }, false);
  let running = await launch(port);
  noteRegistry(describeRegistry(auth, running.port).host);
  const stop = async (): Promise<void> => {
    tokens?.server.closeAllConnections();
    tokens?.server.close();
    await endProcess(running.process, 3);
  };
  return {
    ...describeRegistry(auth, running.port),
    tokenRequests,
    kill: async () => {
      signalProcess(running.process.pid, "SIGKILL");
      await endProcess(running.process, 3);
    },
    restart: async () => {
      if (!isAlive(running.process)) running = await launch(running.port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function plainAuth(auth: AuthKind): RegistryAuth {
  return auth === "basic" ? { kind: "basic" } : { kind: "none" };
}

async function startTokens(
  folder: string,
  seen: (request: TokenRequest) => void,
): Promise<{ auth: RegistryAuth; server: Server }> {
  const paths = { key: join(folder, "token.key"), certificate: join(folder, "token.crt") };
  await mkdir(folder, { recursive: true });
  await makeTokenKey(paths);
  const server = tokenServer(paths, seen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { auth: { kind: "token", realm: `http://127.0.0.1:${port}/token`, certificate: paths.certificate }, server };
}
