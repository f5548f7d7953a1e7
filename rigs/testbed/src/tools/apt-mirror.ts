import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProgramFailure, type ProgramOptions, runProgram } from "../machine/program.ts";
import { unavailable } from "../machine/testbed-error.ts";
import {
  type AptFolder,
  indexTargetFormat,
  libraryDependencies,
  mirrorFor,
  newRelease,
  renderAptConfig,
  renderSources,
} from "./apt-sources.ts";
import type { Package } from "./packages.ts";

/** Debian's mirror of this machine, used through an apt whose files all lie in one folder. */
export interface AptMirror {
  readonly ownRelease: string;
  readonly newRelease: string;
  /** Downloads, checks and gives the path of each package's archive, in order. */
  download(items: readonly Package[]): Promise<readonly string[]>;
  /** The same for packages of the machine's own release. */
  downloadOwn(names: readonly string[]): Promise<readonly string[]>;
  /** The library packages that packages of the machine's own release directly depend on. */
  libraries(names: readonly string[]): Promise<readonly string[]>;
}

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** @throws TestbedError `unavailable`: no Debian, no source of its packages, no network */
export async function openMirror(folder: string, say: (line: string) => void): Promise<AptMirror> {
  const { codename, architecture } = await readMachine();
  const mirror = mirrorFor(await apt("apt-get", ["indextargets", "--format", indexTargetFormat]), codename);
  if (mirror === undefined) throw unavailable(`apt has no source of Debian ${codename}'s main packages`);
  const options: AptFolder = {
    folder,
    mirror,
    architectures: architecture === "amd64" ? ["amd64", "arm64"] : ["arm64", "amd64"],
    keyring: existsSync(keyring) ? keyring : undefined,
  };
  const dump = await apt("apt-config", ["dump"]);
  for (const path of ["state/lists/partial", "cache/archives/partial", "archives"]) {
    await mkdir(join(folder, path), { recursive: true });
  }
  // A mirror's or proxy's address may hold credentials.
  await writeFile(join(folder, "sources.list"), renderSources(options), { mode: 0o600 });
  await writeFile(join(folder, "apt.conf"), renderAptConfig(options, dump), { mode: 0o600 });
  await writeFile(join(folder, "status"), "");
  const own: ProgramOptions = {
    env: { ...process.env, APT_CONFIG: join(folder, "apt.conf"), LC_ALL: "C.UTF-8" },
    cwd: join(folder, "archives"),
  };
  say("reading Debian's package lists");
  await apt("apt-get", ["-q", "update"], own);

  const downloadAll = async (wanted: readonly { name: string; architecture: string; release: string }[]) => {
    const specs = wanted.map(({ name, architecture, release }) => `${name}:${architecture}/${release}`);
    await apt("apt-get", ["-q", "download", ...specs], own);
    const files = await readdir(join(folder, "archives"));
    return wanted.map(({ name, architecture }) => {
      const file = files.find((file) => file.startsWith(`${name}_`) && file.endsWith(`_${architecture}.deb`));
      if (file === undefined) throw unavailable(`apt-get download left no archive of ${name} for ${architecture}`);
      return join(folder, "archives", file);
    });
  };
  return {
    ownRelease: mirror.release,
    newRelease,
    download: (items) =>
      downloadAll(
        items.map((item) => ({
          name: item.name,
          architecture: item.architecture ?? architecture,
          release: item.release === "own" ? mirror.release : newRelease,
        })),
      ),
    downloadOwn: (names) => downloadAll(names.map((name) => ({ name, architecture, release: mirror.release }))),
    libraries: async (names) => {
      const args = ["-o", `APT::Default-Release=${mirror.release}`, "depends", "-i", ...names];
      return libraryDependencies(await apt("apt-cache", args, own));
    },
  };
}

async function readMachine(): Promise<{ codename: string; architecture: "amd64" | "arm64" }> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(release)?.[1];
  const codename = field("VERSION_CODENAME");
  if (field("ID") !== "debian" || codename === undefined || !existsSync("/usr/bin/apt-get")) {
    throw unavailable(`no Debian: this is ${field("PRETTY_NAME") ?? process.platform}, its packages are needed`);
  }
  const architecture = (await apt("dpkg", ["--print-architecture"])).trim();
  if (architecture === "amd64" || architecture === "arm64") return { codename, architecture };
  throw unavailable(`Debian on ${architecture}: only amd64 and arm64 are provided for`);
}

async function apt(command: string, args: readonly string[], options?: ProgramOptions): Promise<string> {
  try {
    return await runProgram(command, args, options);
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    const network = /Could not resolve|Failed to fetch|Could not connect|Temporary failure|timed out/.test(
      error.stderr,
    );
    throw unavailable(`${network ? "no network: " : ""}${error.message}`, error);
  }
}
