import { existsSync } from "node:fs";
import { request } from "node:http";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { isObject } from "../machine/testbed-file.ts";

/** The engine that this machine has already, if tests can use it. */
export type MachineEngine =
  | { readonly kind: "usable"; readonly socket: string }
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "none" };

const DEFAULT_SOCKET = "/var/run/docker.sock";

/**
 * Looks for an engine at `DOCKER_HOST`, else at Docker's socket. Tests need one that reaches registries on 127.0.0.1 of
 * this machine, and that pushes by digest: Docker's built-in BuildKit does so only with containerd's image store
 * (https://docs.docker.com/engine/storage/containerd/).
 */
export async function findMachineEngine(
  env: Readonly<Record<string, string | undefined>>,
  defaultSocket: string = DEFAULT_SOCKET,
): Promise<MachineEngine> {
  const host = env["DOCKER_HOST"] || undefined;
  if (host === undefined && !existsSync(defaultSocket)) return { kind: "none" };
  const socket = host === undefined ? defaultSocket : /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socket === undefined) return { kind: "unusable", reason: `DOCKER_HOST=${host} is not a socket of this machine` };
  const info = await askEngine(socket, "GET", "/info").catch((error: Error) => error.message);
  const reason = typeof info === "string" ? `${socket} does not answer: ${info}` : unfit(info);
  return reason === undefined ? { kind: "usable", socket } : { kind: "unusable", reason };
}

/** Removes the images that stand in these registries (`127.0.0.1:PORT`), and no others. */
export async function removeImagesOf(hosts: readonly string[], socket: string): Promise<void> {
  const images = await askEngine(socket, "GET", "/images/json");
  if (!Array.isArray(images)) return;
  const names = images.flatMap((image) =>
    isObject(image)
      ? [image["RepoTags"], image["RepoDigests"]].flatMap((list) => (Array.isArray(list) ? list : []))
      : [],
  );
  for (const name of new Set(names)) {
    if (typeof name !== "string" || !hosts.some((host) => name.startsWith(`${host}/`))) continue;
    await askEngine(socket, "DELETE", `/images/${encodeURIComponent(name)}`);
  }
}

function unfit(info: unknown): string | undefined {
  if (!isObject(info)) return "its description cannot be read";
  const { Name, OSType, OperatingSystem, SecurityOptions, DriverStatus } = info;
  if (OSType !== "linux") return `it runs ${OSType} containers`;
  if (OperatingSystem === "Docker Desktop") return "Docker Desktop's machine does not reach registries on this one";
  if (JSON.stringify(SecurityOptions ?? "").includes("name=rootless"))
    return "a rootless engine has a network of its own";
  if (Name !== hostname()) return `it runs on ${Name}, and this is ${hostname()}`;
  if (JSON.stringify(DriverStatus ?? "").includes("io.containerd.snapshotter")) return undefined;
  return "it does not use containerd's image store, so it cannot push by digest";
}

function askEngine(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path, agent: false, signal: AbortSignal.timeout(10_000) }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        // Two names of one image: the first removal takes both.
        else if (method === "DELETE" && response.statusCode === 404) resolve(undefined);
        else reject(new Error(`HTTP ${response.statusCode}`));
      }, reject);
    })
      .on("error", reject)
      .end();
  });
}
