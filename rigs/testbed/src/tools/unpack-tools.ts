import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Places } from "../machine/places.ts";
import { ProgramFailure, runProgram } from "../machine/program.ts";
import { unavailable } from "../machine/testbed-error.ts";
import { isObject, type Testbed, toolNames } from "../machine/testbed-file.ts";
import { type AptMirror, openMirror } from "./apt-mirror.ts";
import { type Package, type Program, packages, type ToolName } from "./packages.ts";

export interface Tools {
  /** A directory with every program by its own name: a PATH for the engine. */
  readonly bin: string;
  readonly paths: Testbed["tools"];
  /** Debian's versions, by package. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * The programs, out of the cache or, the first time, from Debian's packages. What lies in the cache is complete: it is put together
 * beside it and moved in at the end.
 *
 * @throws TestbedError `unavailable`
 */
export async function unpackTools(places: Places, say: (line: string) => void): Promise<Tools> {
  const cached = await readTools(places.tools);
  if (cached !== undefined) return cached;
  const staging = join(places.cache, "tools.partial");
  await rm(staging, { recursive: true, force: true });
  await mkdir(join(staging, "bin"), { recursive: true });
  try {
    await fillTools(staging, say);
    await rm(places.tools, { recursive: true, force: true });
    await rename(staging, places.tools);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const tools = await readTools(places.tools);
  if (tools === undefined) throw unavailable(`the programs just unpacked are not in ${places.tools}`);
  return tools;
}

// Changes with what is asked for, so that a cache filled for an older table is filled again.
const edition = createHash("sha256").update(JSON.stringify(packages)).digest("hex");

export async function readTools(folder: string): Promise<Tools | undefined> {
  const file = join(folder, "packages.json");
  if (!existsSync(file)) return undefined;
  const content: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!isObject(content) || content["edition"] !== edition || !isObject(content["versions"])) return undefined;
  const bin = join(folder, "bin");
  const at = (tool: ToolName): string => join(bin, binName(tool));
  const paths: Testbed["tools"] = {
    crane: at("crane"),
    oras: at("oras"),
    skopeo: at("skopeo"),
    docker: at("docker"),
    registry: at("registry"),
    dockerd: at("dockerd"),
    containerd: at("containerd"),
    runc: at("runc"),
    cosign: at("cosign"),
    busyboxAmd64: at("busyboxAmd64"),
    busyboxArm64: at("busyboxArm64"),
  };
  if (!toolNames.every((tool) => existsSync(paths[tool]))) return undefined;
  const versions = Object.entries(content["versions"]).map(([name, version]) => [name, String(version)]);
  return { bin, paths, versions: Object.fromEntries(versions) };
}

function binName(tool: ToolName): string {
  if (tool === "busyboxAmd64") return "busybox-amd64";
  if (tool === "busyboxArm64") return "busybox-arm64";
  return tool === "registry" ? "docker-registry" : tool;
}

async function fillTools(staging: string, say: (line: string) => void): Promise<void> {
  const mirror = await openMirror(join(staging, "apt"), say);
  say(`unpacking ${packages.length} packages of Debian ${mirror.newRelease} and ${mirror.ownRelease}`);
  const archives = await mirror.download(packages);
  const rest = packages.map((item, index) => ({
    item,
    archive: archives[index] ?? "",
    folder: join(staging, `x${index}`),
  }));
  const unpackNext = async (): Promise<void> => {
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      await runProgram("dpkg", ["-x", next.archive, next.folder]);
      for (const program of next.item.programs)
        await takeProgram(next.item, program, next.folder, join(staging, "bin"));
      await rm(next.folder, { recursive: true });
    }
  };
  // dpkg is bound by one core's decompression.
  await Promise.all([unpackNext(), unpackNext()]);
  for (const item of packages) {
    for (const program of item.programs) await makeRun(item, program, staging, mirror);
  }
  const versions = Object.fromEntries(
    packages.map((item, index) => [versionKey(item), versionOf(archives[index] ?? "")]),
  );
  await rm(join(staging, "apt"), { recursive: true });
  await writeFile(join(staging, "packages.json"), `${JSON.stringify({ edition, versions }, null, 2)}\n`);
}

async function takeProgram(item: Package, program: Program, folder: string, bin: string): Promise<void> {
  const path = program.paths.map((path) => join(folder, path)).find((path) => existsSync(path));
  if (path === undefined) throw unavailable(`Debian's package ${item.name} has no ${program.paths.join(" and no ")}`);
  await rename(path, join(bin, fileName(program)));
}

function fileName({ tool, paths }: Program): string {
  return tool === null ? basename(paths[0] ?? "") : binName(tool);
}

/** Sees that a program runs; one that lacks libraries gets them, and a launcher that tells it where they are. */
async function makeRun(item: Package, program: Program, staging: string, mirror: AptMirror): Promise<void> {
  if (program.probe === null) return;
  const path = join(staging, "bin", fileName(program));
  const lib = join(staging, "lib");
  let wanted: readonly string[] = [item.name];
  for (let round = 0; item.release === "own" && (await lacksLibraries(path, lib)); round += 1) {
    wanted = await mirror.libraries(wanted);
    if (round === 5 || wanted.length === 0)
      throw unavailable(`${item.name} lacks libraries: ${await missing(path, lib)}`);
    for (const archive of await mirror.downloadOwn(wanted)) await takeLibraries(archive, join(staging, "x"), lib);
  }
  if (existsSync(lib) && (await missing(path)) !== "") {
    await mkdir(join(staging, "libexec"), { recursive: true });
    const real = join(staging, "libexec", fileName(program));
    await rename(path, real);
    const launcher =
      '#!/bin/sh\nroot=$(dirname "$(dirname "$(readlink -f "$0")")")\n' +
      `LD_LIBRARY_PATH="$root/lib" exec "$root/libexec/${fileName(program)}" "$@"\n`;
    await writeFile(path, launcher, { mode: 0o755 });
  }
  try {
    await runProgram(path, program.probe, { timeout: 20_000 });
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    throw unavailable(`Debian's ${fileName(program)} does not run on this machine: ${error.message}`, error);
  }
}

async function lacksLibraries(path: string, lib: string): Promise<boolean> {
  return (await missing(path, lib)) !== "";
}

/** The names of the shared libraries that the loader does not find, with a space between. */
async function missing(path: string, lib?: string): Promise<string> {
  const env = lib === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: lib };
  // ldd ends with 1 for a static program, which lacks nothing.
  const report = await runProgram("ldd", [path], { env }).catch(() => "");
  return [...report.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name).join(" ");
}

async function takeLibraries(archive: string, folder: string, lib: string): Promise<void> {
  await runProgram("dpkg", ["-x", archive, folder]);
  await mkdir(lib, { recursive: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory() && /\.so(\.\d+)*$/.test(entry.name)) {
      await rename(join(entry.parentPath, entry.name), join(lib, entry.name));
    }
  }
  await rm(folder, { recursive: true });
}

function versionKey({ name, architecture }: Package): string {
  return architecture === undefined ? name : `${name}:${architecture}`;
}

function versionOf(archive: string): string {
  return decodeURIComponent(basename(archive).split("_")[1] ?? "");
}
