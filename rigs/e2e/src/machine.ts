import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type RunningRegistry, startRegistry, type Testbed, type TestbedEngine } from "@fanfold-rigs/testbed";
import { type NpmRegistry, startNpmRegistry } from "./npm-registry.ts";

const standIns = {
  "actions/checkout": new URL("./actions/checkout.ts", import.meta.url),
  "actions/download-artifact": new URL("./actions/download-artifact.ts", import.meta.url),
  "actions/setup-node": new URL("./actions/setup-node.ts", import.meta.url),
  "actions/upload-artifact": new URL("./actions/upload-artifact.ts", import.meta.url),
  "docker/login-action": new URL("./actions/login-action.ts", import.meta.url),
  "docker/setup-buildx-action": new URL("./actions/setup-buildx-action.ts", import.meta.url),
  "docker/setup-qemu-action": new URL("./actions/setup-qemu-action.ts", import.meta.url),
  "sigstore/cosign-installer": new URL("./actions/cosign-installer.ts", import.meta.url),
} as const;

const KEY_PASSWORD = "password-of-the-key";

/**
 * What runners find in these tests: the test bed's engine, two registries that want a password (`basic` and `token`),
 * Fanfold's packages in an npm registry, and stand-ins for the actions of others. Nothing of the caller's environment but its PATH.
 */
export class Machine implements AsyncDisposable {
  readonly directory: string;
  readonly registries: readonly RunningRegistry[];
  /** Folders with an `action.yml`, by the name of the action: Fanfold's own, and what stands in for those of others. */
  readonly actions: ReadonlyMap<string, string>;
  /** The environment of every run. */
  readonly env: Readonly<Record<string, string>>;
  /** Cosign's public key; the private one is among the secrets. */
  readonly publicKey: string;
  readonly #npm: NpmRegistry;
  readonly #crane: string;

  private constructor(
    directory: string,
    parts: { registries: readonly RunningRegistry[]; npm: NpmRegistry; bed: Testbed; engine: TestbedEngine },
  ) {
    this.directory = directory;
    this.registries = parts.registries;
    this.#npm = parts.npm;
    this.#crane = parts.bed.tools.crane;
    this.publicKey = readFileSync(join(directory, "cosign.pub"), "utf8");
    this.actions = new Map([...writeActions(join(directory, "actions")), ...ownActions(this.ownRepository)]);
    this.env = {
      PATH: [join(directory, "bin"), dirname(process.execPath), cleanPath()].join(delimiter),
      HOME: join(directory, "home"),
      DOCKER_HOST: parts.engine.host,
      BUILDX_BUILDER: parts.engine.builder,
      DOCKER_CONFIG: join(directory, "docker"),
      STAND_IN_DOCKER_CONFIG: join(directory, "docker"),
      STAND_IN_ARTIFACTS: join(directory, "artifacts"),
      STAND_IN_SIGNS: join(directory, "signs"),
      STAND_IN_COSIGN: join(directory, "cosign"),
      npm_config_registry: parts.npm.url,
      npm_config_cache: join(directory, "npm-cache"),
      npm_config_update_notifier: "false",
    };
  }

  static async start(bed: Testbed, engine: TestbedEngine): Promise<Machine> {
    const directory = mkdtempSync(join(tmpdir(), "fanfold-workflow-"));
    for (const name of ["bin", "home", "artifacts", "signs", "seen"]) mkdirSync(join(directory, name));
    const registries = [
      await startRegistry({ auth: "basic", storageDir: join(directory, "registry-basic") }),
      await startRegistry({ auth: "token", storageDir: join(directory, "registry-token") }),
    ];
    writeDocker(directory, bed.tools.docker);
    mkdirSync(join(directory, "cosign"));
    symlinkSync(bed.tools.cosign, join(directory, "cosign/cosign"));
    await promisify(execFile)(bed.tools.cosign, ["generate-key-pair"], {
      cwd: directory,
      env: { COSIGN_PASSWORD: KEY_PASSWORD },
    });
    for (const name of ["docker", "reader"]) writeDockerConfig(join(directory, name), engine.config);
    const auths = registries.map(({ host, username, password }) => [
      host,
      { auth: Buffer.from(`${username}:${password}`).toString("base64") },
    ]);
    writeFileSync(join(directory, "reader/config.json"), JSON.stringify({ auths: Object.fromEntries(auths) }));
    const npm = await startNpmRegistry(join(directory, "tarballs"));
    return new Machine(directory, { registries, npm, bed, engine });
  }

  /** The secrets of the repository: the registries' user and password, one for builds, and cosign's key. */
  get secrets(): Readonly<Record<string, string>> {
    const logins = this.registries.flatMap(({ username = "", password = "" }, index) => [
      [`USERNAME_${index + 1}`, username],
      [`PASSWORD_${index + 1}`, password],
    ]);
    return {
      ...Object.fromEntries(logins),
      BUILD_TOKEN: "token-of-builds",
      COSIGN_PRIVATE_KEY: readFileSync(join(this.directory, "cosign.key"), "utf8"),
      COSIGN_PASSWORD: KEY_PASSWORD,
    };
  }

  /** The repository that Fanfold's own actions are released in, as it is checked out. */
  get ownRepository(): string {
    return join(this.directory, "fanfold");
  }

  /** How often npm was asked for something so far. */
  get npmRequests(): number {
    return this.#npm.requests.length;
  }

  /** `broken-ARTIFACT`: buildx fails for that leg, as on a full disk. `held-RUN`: buildx waits in that run. */
  raise(sign: string): void {
    writeFileSync(join(this.directory, "signs", sign), "");
  }

  lower(sign: string): void {
    rmSync(join(this.directory, "signs", sign));
  }

  /** The environments that docker was called in, by a run's id. */
  environments(runId: number): string {
    const file = join(this.directory, "seen", String(runId));
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async crane(...args: readonly string[]): Promise<string> {
    return await this.#look(this.#crane, args);
  }

  async imagetools(...args: readonly string[]): Promise<string> {
    return await this.#look(join(this.directory, "bin/docker"), ["buildx", "imagetools", ...args]);
  }

  /** Whether cosign takes an image for signed by the key of the secrets. */
  async verifies(image: string): Promise<boolean> {
    const args = ["verify", "--key", join(this.directory, "cosign.pub"), "--insecure-ignore-tlog=true", image];
    return this.#look(join(this.directory, "cosign/cosign"), args).then(
      () => true,
      () => false,
    );
  }

  // This process is the one that gives out tokens: it must not stand still meanwhile.
  async #look(program: string, args: readonly string[]): Promise<string> {
    const env = { ...this.env, DOCKER_CONFIG: join(this.directory, "reader") };
    const { stdout } = await promisify(execFile)(program, args, { env });
    return stdout.trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#npm[Symbol.asyncDispose]();
    for (const registry of this.registries) await registry.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function writeActions(directory: string): ReadonlyMap<string, string> {
  const folders = Object.entries(standIns).map(([name, url]) => {
    const folder = join(directory, basename(name));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "action.yml"), `name: ${name}\nruns: { using: node24, main: main.mjs }\n`);
    writeFileSync(join(folder, "main.mjs"), `import ${JSON.stringify(fileURLToPath(url))};\n`);
    return [name, folder] as const;
  });
  return new Map(folders);
}

function ownActions(repository: string): ReadonlyMap<string, string> {
  cpSync(new URL("../../../actions", import.meta.url), join(repository, "actions"), { recursive: true });
  const folders = readdirSync(join(repository, "actions"), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  return new Map(
    folders.map(({ name }) => [`fanfold/fanfold/actions/${name}`, join(repository, "actions", name)] as const),
  );
}

// Also what a maintainer's shell has there; not what npm puts there while it runs a script of this repository.
function cleanPath(): string {
  const paths = (process.env["PATH"] ?? "").split(delimiter);
  return paths.filter((path) => !/node_modules|node-gyp-bin/.test(path)).join(delimiter);
}

function writeDocker(directory: string, docker: string): void {
  const script = `#!/bin/bash
env >> "${directory}/seen/\${GITHUB_RUN_ID:-0}"
if [[ "$1" == buildx && ( "$2" == build || "$2" == bake ) ]]; then
  while [[ -e "$STAND_IN_SIGNS/held-$GITHUB_RUN_ID" ]]; do sleep 0.1; done
  if [[ -e "$STAND_IN_SIGNS/broken-$ARTIFACT_NAME" ]]; then
    echo "ERROR: no space left on device" >&2
    exit 1
  fi
  # Legs have a machine each on GitHub. Here they share an engine, whose image store refuses a name that another build
  # stores just then ("already exists").
  exec flock "${directory}/engine.lock" "${docker}" "$@"
fi
exec "${docker}" "$@"
`;
  writeFileSync(join(directory, "bin/docker"), script);
  chmodSync(join(directory, "bin/docker"), 0o755);
}

/** The builder and the plugin, without what is logged in to. */
function writeDockerConfig(directory: string, from: string): void {
  mkdirSync(directory);
  for (const name of ["cli-plugins", "buildx"]) cpSync(join(from, name), join(directory, name), { recursive: true });
  writeFileSync(join(directory, "config.json"), "{}");
}
