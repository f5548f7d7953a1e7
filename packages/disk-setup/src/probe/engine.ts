import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { parseDockerSize } from "../base/bytes.ts";
import { asCount, asObject, asString, objectIn } from "./answers.ts";
import { findBuilders, findPreinstalled } from "./images.ts";
import { type Docker, type Probe, UNITS, type Unit } from "./probe-data.ts";
import type { Outcome, System } from "./system.ts";

const SECONDS = 20;

/** Asks Docker for its stores and images; nothing is guessed from a label or a version. */
export async function probeDocker(
  system: System,
  init: Probe["machine"]["init"],
  countStores: boolean,
): Promise<Docker> {
  const answer = await system.run("docker", ["info", "--format", "{{json .}}"], SECONDS);
  if (answer.kind === "missing") return { state: "absent" };
  if (answer.kind === "hung") return { state: "unreachable", detail: `docker info gave no answer in ${SECONDS} s` };
  const info = answer.code === 0 ? objectIn(answer.stdout) : undefined;
  const version = asString(info?.["ServerVersion"]);
  const dataRoot = asString(info?.["DockerRootDir"]);
  const driver = asString(info?.["Driver"]);
  if (info === undefined || !version || !dataRoot || !driver) {
    return { state: "unreachable", detail: whyUnreachable(answer.code, info, answer.stderr) };
  }
  const elsewhere = !(await isSystemSocket(system));
  const containerdRoot = elsewhere ? null : await findContainerdRoot(system, info, dataRoot);
  const roots = [dataRoot, ...(containerdRoot === null ? [] : [containerdRoot])];
  const images = asCount(info["Images"]);
  const running = asCount(info["ContainersRunning"]) + asCount(info["ContainersPaused"]);
  const preinstalled = images === 0 || elsewhere ? undefined : await findPreinstalled(system);
  const builders = running === 0 ? [] : await findBuilders(system);
  const resolve = (path: string): string => system.resolve(path) ?? path;
  return {
    state: "running",
    version,
    endpoint: elsewhere ? "elsewhere" : "system",
    store: usesSnapshotter(info) ? "containerd" : "classic",
    driver,
    dataRoot: resolve(dataRoot),
    containerdRoot: containerdRoot === null ? null : resolve(containerdRoot),
    storeBytes: countStores && !elsewhere ? await countBytes(system, roots.map(resolve)) : null,
    runningContainers: running,
    images,
    reclaimable: images === 0 ? 0 : await reclaimable(system),
    units: init === "systemd" ? await activeUnits(system) : [],
    ...(preinstalled === undefined ? {} : { preinstalled }),
    ...(builders.length === 0 ? {} : { builders }),
  };
}

/** A client whose daemon is down says so in its answer, and may all the same end with 0. */
function whyUnreachable(code: number, info: JsonObject | undefined, stderr: string): string {
  const errors = info?.["ServerErrors"];
  const [said] = Array.isArray(errors) ? errors : [];
  const line = firstLine(asString(said) ?? "") || (code === 0 ? "" : firstLine(stderr));
  if (code !== 0 || line !== "") return line || `docker info ended with ${code}`;
  // Podman says on standard error that it stands in for Docker, and that is not what is wrong.
  return "docker info names no server version, data root and driver, so the command is another program (podman?)";
}

/** Only the containerd store says so in its status (https://docs.docker.com/engine/storage/containerd/). */
function usesSnapshotter(info: JsonObject): boolean {
  const status = info["DriverStatus"];
  return Array.isArray(status) && status.some((row) => Array.isArray(row) && row[1] === "io.containerd.snapshotter.v1");
}

async function isSystemSocket(system: System): Promise<boolean> {
  const context = await system.run("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], SECONDS);
  const host = context.kind === "ended" ? context.stdout.trim() : (system.env["DOCKER_HOST"] ?? "");
  return host === "unix:///var/run/docker.sock" || host === "unix:///run/docker.sock";
}

/**
 * Where the containerd that Docker uses keeps its content. One that Docker started itself lives inside the data root.
 * Its own answer counts: a `root` line that is commented out in its configuration means nothing.
 */
async function findContainerdRoot(system: System, info: JsonObject, dataRoot: string): Promise<string | null> {
  const address = asString(asObject(info["Containerd"])?.["Address"]) ?? "/run/containerd/containerd.sock";
  if (!/^(\/var)?\/run\/containerd\//.test(address)) return null;
  const dump = await system.run("containerd", ["config", "dump"], SECONDS);
  const root = dump.kind === "ended" ? /^root = ["'](\/[^"']*)["']$/m.exec(dump.stdout)?.[1] : undefined;
  const path = root ?? "/var/lib/containerd";
  return system.kind(path) === "absent" || path.startsWith(`${dataRoot}/`) ? null : path;
}

/** Both stores belong to root, so an ordinary user counts with sudo, where it asks for no password. */
async function countBytes(system: System, roots: readonly string[]): Promise<number | null> {
  const du = ["du", "--summarize", "--one-file-system", "--block-size=1", "--total", "--", ...roots];
  const [command = "du", ...args] = system.userId === 0 ? du : ["sudo", "-n", "--", ...du];
  const counted = await system.run(command, args, 60);
  if (counted.kind !== "ended" || counted.code !== 0) return null;
  const total = /^(\d+)\ttotal$/m.exec(counted.stdout)?.[1];
  return total === undefined ? null : Number(total);
}

async function reclaimable(system: System): Promise<number> {
  const usage = await system.run("docker", ["system", "df", "--format", "{{json .}}"], SECONDS);
  if (usage.kind !== "ended" || usage.code !== 0) return 0;
  const rows = usage.stdout.split("\n").map((line) => objectIn(line));
  const images = rows.find((row) => row?.["Type"] === "Images");
  return parseDockerSize(asString(images?.["Reclaimable"]) ?? "") ?? 0;
}

async function activeUnits(system: System): Promise<Unit[]> {
  const active: Unit[] = [];
  for (const unit of UNITS) {
    const answer: Outcome = await system.run("systemctl", ["is-active", unit], SECONDS);
    if (answer.kind === "ended" && answer.code === 0) active.push(unit);
  }
  return active;
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";
