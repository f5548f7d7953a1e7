import { existsSync } from "node:fs";
import { mkdir, rm, statfs, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineAnswers, engineObstacle, launchEngine } from "./engine/engine.ts";
import { findMachineEngine } from "./engine/machine-engine.ts";
import { pushScanner } from "./engine/scanner.ts";
import { withLock } from "./machine/lock.ts";
import type { Places } from "./machine/places.ts";
import { listeningPort, startProcess, waitUntil } from "./machine/process-ref.ts";
import { ProgramFailure, runProgram } from "./machine/program.ts";
import { TestbedError, unavailable } from "./machine/testbed-error.ts";
import { type AuthKind, readTestbed, type Testbed, type TestbedRegistry } from "./machine/testbed-file.ts";
import { launchRegistry, registryAnswers } from "./registry/registry.ts";
import { describeRegistry, type RegistryAuth, renderDockerConfig } from "./registry/registry-config.ts";
import { makeTokenKey } from "./registry/token-issuer.ts";
import { type Owner, readRunning, type Service, Services, writeJson } from "./services.ts";
import { readTools, type Tools, unpackTools } from "./tools/unpack-tools.ts";

export interface BroughtUp {
  readonly testbed: Testbed;
  /** Why there is no engine; null: there is one. */
  readonly engineObstacle: string | null;
  /** Names of what did not run before. */
  readonly started: readonly string[];
}

const builder = "fanfold-testbed";

/** Two vendors that want no password, and one registry of each other kind. */
const registries = [
  { name: "registry-1", auth: "none" },
  { name: "registry-2", auth: "none" },
  { name: "registry-basic", auth: "basic" },
  { name: "registry-token", auth: "token" },
] as const;

/**
 * Starts what does not run or does not answer, and leaves the rest alone. The machine's own engine is used where it is fit
 * for tests; else one is started. An engine that does not come up is not an error: `engineObstacle` then is the reason.
 *
 * @throws TestbedError `unavailable`: nothing can run here; `not-started`: a registry does not come up
 */
export function bringUp(places: Places, owner: Owner, say: (line: string) => void): Promise<BroughtUp> {
  return withLock(places.lock, async () => {
    if (process.platform !== "linux") throw unavailable(`no Debian: this is ${process.platform}`);
    await checkDisk(places);
    const tools = await unpackTools(places, say);
    await mkdir(places.logs, { recursive: true });
    const before = readRunning(places);
    // What a person started stays a person's, whoever uses it.
    const services = new Services(places.record, {
      owner: before?.owner === "person" ? "person" : owner,
      services: before?.services ?? {},
    });
    const socket = await chooseSocket(places, say);
    const running = await ensureRegistries(places, tools, services, socket);
    const mirror = running[0]?.host ?? "";
    const obstacle = socket === places.dockerSocket ? await ensureEngine(places, tools, services, mirror) : null;
    const testbed: Testbed = {
      registries: running,
      docker: obstacle === null ? { host: `unix://${socket}`, builder, config: places.dockerConfig } : null,
      tools: tools.paths,
    };
    if (services.started.length > 0 || !existsSync(places.file)) {
      await configureClient(places, tools, testbed);
      if (socket === places.dockerSocket) await pushScanner(testbed, mirror);
      writeJson(places.file, testbed);
    }
    return { testbed, engineObstacle: obstacle, started: services.started };
  });
}

/** The socket of the engine to use. An engine that the test bed has started is kept until it is taken down. */
async function chooseSocket(places: Places, say: (line: string) => void): Promise<string> {
  if (readRunning(places)?.services["engine"] !== undefined) return places.dockerSocket;
  const found = await findMachineEngine(process.env);
  if (found.kind === "usable") {
    say(`using this machine's engine, ${found.socket}`);
    return found.socket;
  }
  if (found.kind === "unusable") say(`not using this machine's engine: ${found.reason}`);
  return places.dockerSocket;
}

/** @throws TestbedError `unavailable` */
async function checkDisk({ cache, tools }: Places): Promise<void> {
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const megabytes = Math.floor((bavail * bsize) / 1e6);
  const needed = (await readTools(tools)) === undefined ? 2500 : 500;
  if (megabytes < needed) throw unavailable(`low disk: ${megabytes} MB free at ${cache}, ${needed} MB are needed`);
}

async function ensureRegistries(
  places: Places,
  tools: Tools,
  services: Services,
  socket: string,
): Promise<readonly TestbedRegistry[]> {
  const token = { key: places.tokenKey, certificate: places.tokenCertificate };
  await makeTokenKey(token);
  const attendant = await services.ensure(
    "attendant",
    async (service) => engineBefore(places) === socket && (await attendantAnswers(service)),
    (port) => launchAttendant(places, port, socket),
  );
  const authOf = (kind: AuthKind): RegistryAuth =>
    kind === "token"
      ? { kind, realm: `http://127.0.0.1:${attendant.port}/token`, certificate: token.certificate }
      : { kind };
  return Promise.all(
    registries.map(async ({ name, auth }) => {
      const folder = join(places.registries, name);
      const { port } = await services.ensure(
        name,
        async (service) => service.port !== null && (await registryAnswers(service.port)),
        (port) => launchRegistry(tools.paths.registry, { folder, port, auth: authOf(auth) }, true),
      );
      return describeRegistry(auth, port ?? 0);
    }),
  );
}

/** The token server of the test bed and the builder's socket. */
async function launchAttendant(places: Places, port: number, socket: string): Promise<Service> {
  const log = join(places.logs, "attendant.log");
  const script = fileURLToPath(new URL("attendant.ts", import.meta.url));
  const { tokenKey, tokenCertificate, builderSocket } = places;
  const args = [script, tokenKey, tokenCertificate, String(port), socket, builderSocket];
  const attendant = await startProcess({ command: process.execPath, args, env: {}, log, detached: true });
  const listening = await waitUntil(() => listeningPort(attendant.pid), { process: attendant, log, seconds: 20 });
  return { process: attendant, port: listening };
}

/** The socket that the attendant's bridge leads to: it was started for one engine. */
function engineBefore({ file, dockerSocket }: Places): string | undefined {
  if (!existsSync(file)) return undefined;
  return readTestbed(file).docker?.host.replace("unix://", "") ?? dockerSocket;
}

async function attendantAnswers({ port }: Service): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/token`, { signal: AbortSignal.timeout(3000) });
    await response.body?.cancel();
    return response.status === 401;
  } catch {
    return false;
  }
}

/** Gives the reason when there can be no engine. */
async function ensureEngine(places: Places, tools: Tools, services: Services, mirror: string): Promise<string | null> {
  const obstacle = engineObstacle(places, process.getuid?.());
  if (obstacle !== undefined) return obstacle;
  try {
    const answers = () => engineAnswers(places.dockerSocket);
    await services.ensure("engine", answers, async () => ({
      process: await launchEngine(places, tools.bin, mirror),
      port: null,
    }));
    return null;
  } catch (error) {
    if (error instanceof TestbedError || error instanceof ProgramFailure) return error.message;
    throw error;
  }
}

/** docker's configuration directory: credentials, the buildx plugin, and the builder. */
async function configureClient(places: Places, tools: Tools, { registries, docker }: Testbed): Promise<void> {
  const plugins = join(places.dockerConfig, "cli-plugins");
  await mkdir(plugins, { recursive: true });
  await writeFile(join(places.dockerConfig, "config.json"), renderDockerConfig(registries));
  await rm(join(plugins, "docker-buildx"), { force: true });
  await symlink(join(tools.bin, "docker-buildx"), join(plugins, "docker-buildx"));
  if (docker === null || existsSync(join(places.dockerConfig, "buildx", "instances", builder))) return;
  const env = { ...process.env, DOCKER_CONFIG: places.dockerConfig, DOCKER_HOST: docker.host };
  const args = ["buildx", "create", "--name", builder, "--driver", "remote", `unix://${places.builderSocket}`];
  await runProgram(tools.paths.docker, args, { env });
}
