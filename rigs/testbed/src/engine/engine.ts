import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { longestSocket, type Places, socketPathLimit } from "../machine/places.ts";
import {
  endProcess,
  type ProcessRef,
  processesOf,
  signalProcess,
  startProcess,
  waitUntil,
} from "../machine/process-ref.ts";
import { addBridge, type Bridge, bridgeFor, removeBridge } from "./engine-network.ts";

/** Why no engine can run here, if that can be told without trying. */
export function engineObstacle(places: Places, uid: number | undefined): string | undefined {
  if (uid !== 0) return "not root";
  if (longestSocket(places).length > socketPathLimit)
    return `${places.cache} is too long a path for the engine's sockets`;
  if (/^\/(run|opt)\//.test(places.cache))
    return `${places.cache} lies in a directory that the engine gets a private copy of`;
  return undefined;
}

/** A dockerd that leaves packet filters and forwarding alone and shares no directory with another one. */
function renderEngineConfig(places: Places, mirror: string): string {
  const { controlGroup, bridge } = kernelNames(places);
  const config = {
    "data-root": places.engineData,
    "exec-root": places.engineRun,
    pidfile: places.enginePid,
    hosts: [`unix://${places.dockerSocket}`],
    features: { "containerd-snapshotter": true },
    bridge: bridge.name,
    iptables: false,
    ip6tables: false,
    "ip-forward": false,
    "userland-proxy": false,
    "cgroup-parent": controlGroup,
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
    "registry-mirrors": [`http://${mirror}`],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The names that this engine has in the kernel, which another test bed on this machine does not have. */
export function kernelNames(places: Places): { readonly controlGroup: string; readonly bridge: Bridge } {
  const seed = createHash("sha256").update(places.state).digest("hex");
  return { controlGroup: `fanfold-testbed-${seed.slice(0, 6)}`, bridge: bridgeFor(seed) };
}

// dockerd, containerd and runc make directories in /run and /opt wherever they are told to work. In a mount namespace of
// their own these two are overlays, so that what is written there goes with the namespace.
const inOwnNamespace = `set -e
mkdir -p "$1"
mount -t tmpfs tmpfs "$1"
for dir in run opt; do
  mkdir -p "$1/$dir" "$1/work-$dir"
  mount -t overlay overlay -o "lowerdir=/$dir,upperdir=$1/$dir,workdir=$1/work-$dir" "/$dir"
done
exec dockerd --config-file "$2"`;

/**
 * `mirror`: a registry that is asked first for what is on Docker Hub, `127.0.0.1:PORT`.
 * @throws TestbedError `not-started`; ProgramFailure: the kernel refuses the bridge
 */
export async function launchEngine(places: Places, bin: string, mirror: string): Promise<ProcessRef> {
  await endLeftovers(places);
  // Files with numbers of processes: a number that is in use again, or still, would be taken for a running engine.
  await rm(places.engineRun, { recursive: true, force: true });
  await rm(places.enginePid, { force: true });
  await mkdir(places.logs, { recursive: true });
  await writeFile(places.engineConfig, renderEngineConfig(places, mirror));
  await addBridge(busyboxHere(places), kernelNames(places).bridge);
  const log = join(places.logs, "engine.log");
  const engine = await startProcess({
    command: "unshare",
    args: ["--mount", "sh", "-c", inOwnNamespace, "sh", join(places.state, "private"), places.engineConfig],
    env: { ...process.env, PATH: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
    log,
    detached: true,
  });
  await waitUntil(async () => (await engineAnswers(places.dockerSocket)) || undefined, {
    process: engine,
    log,
    seconds: 60,
  });
  return engine;
}

/** Whether the engine gives its `docker info`. */
export async function engineAnswers(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  const info = get({ socketPath: socket, path: "/info", signal: AbortSignal.timeout(5000) });
  try {
    const [response]: IncomingMessage[] = await once(info, "response");
    if (response === undefined) return false;
    await text(response);
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/** Ends the engine and whatever it started, and removes its control groups. */
export async function endEngine(places: Places, engine: ProcessRef | undefined): Promise<void> {
  if (engine !== undefined) await endProcess(engine, 15);
  await endLeftovers(places);
}

function busyboxHere({ tools }: Places): string {
  return join(tools, "bin", process.arch === "x64" ? "busybox-amd64" : "busybox-arm64");
}

/** What a dockerd that was killed leaves behind: containerd, its shims, containers, control groups, the bridge. */
async function endLeftovers(places: Places): Promise<void> {
  const { controlGroup, bridge } = kernelNames(places);
  for (const ref of processesOf(join(places.tools, "bin"), places.engineRun)) await endProcess(ref, 2);
  for (const folder of await controlGroups(controlGroup)) {
    const pids = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
    for (const pid of pids.split("\n").filter((line) => line !== "")) signalProcess(Number(pid), "SIGKILL");
    // A control group whose last process is just ending is busy; it is empty, and stays behind at worst.
    await rmdir(folder).catch(() => {});
  }
  await removeBridge(busyboxHere(places), bridge);
}

/** The engine's control groups in every hierarchy, children before parents. */
export async function controlGroups(name: string): Promise<readonly string[]> {
  const root = "/sys/fs/cgroup";
  const hierarchies = await readdir(root).catch(() => []);
  const tops = [root, ...hierarchies.map((hierarchy) => join(root, hierarchy))].map((folder) => join(folder, name));
  const found: string[] = [];
  for (const top of tops.filter((folder) => existsSync(folder))) {
    const below = await readdir(top, { recursive: true, withFileTypes: true });
    const folders = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    found.push(top, ...folders);
  }
  return found.sort((a, b) => b.length - a.length);
}
