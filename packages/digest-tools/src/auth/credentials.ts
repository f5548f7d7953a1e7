import { access } from "node:fs/promises";
import { join } from "node:path";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { outputText, programRunner, type RunProgram } from "@fanfold-internal/kit/process/program";
import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { DigestToolsError } from "../base/error.ts";
import { apiHost, loginKeys } from "../hosts/quirks.ts";
import type { Repository } from "../oci/reference.ts";
import { type DockerConfig, dockerConfigDirectory, readDockerConfig, type StoredAuth } from "./docker-config.ts";

/** `origin` is for people: the file or the helper program it came from. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string; readonly origin: string }
  /** Exchanged for access tokens at the registry's token service (OAuth 2 refresh token). */
  | { readonly kind: "identity-token"; readonly username: string; readonly token: string; readonly origin: string }
  /** Sent to the registry as it is. */
  | { readonly kind: "registry-token"; readonly token: string; readonly origin: string }
  | { readonly kind: "anonymous"; readonly origin: string };

/** Finds the credentials for one repository of one registry; `push` is for configurations that tell pull from push. */
export type CredentialSource = (repository: Repository, use: "pull" | "push") => Promise<Credentials>;

/** A helper may ask a cloud for a login, or the user's keychain for leave. */
const HELPER_MS = 30_000;
/** A login is a few kilobytes at most; a token of a cloud has two. */
const HELPER_BYTES = 1024 * 1024;

/**
 * Credentials as the docker command finds them: `credHelpers` of the host, then `credsStore`, then `auths`; before them
 * buildx's scoped files (`buildx/config/HOST[/PATH][@push]/config.json`, written by docker/login-action's `scope`),
 * from the whole repository up to the host. Files and helpers are read once.
 */
export function dockerCredentials(env: Environment, debug?: DebugLog): CredentialSource {
  const run = programRunner(debug);
  const directory = dockerConfigDirectory(env);
  const scoped = join(env["BUILDX_CONFIG"] || join(directory, "buildx"), "config");
  const configs = new Map<string, Promise<DockerConfig | undefined>>();
  const helped = new Map<string, Promise<Credentials | undefined>>();
  let hasScoped: Promise<boolean> | undefined;

  const lookUp = async (config: DockerConfig, registry: string): Promise<Credentials | undefined> => {
    const helper = helperFor(config, registry);
    if (helper !== undefined) {
      const [server] = loginKeys(registry);
      const found = await once(helped, `${helper} ${server}`, () => runHelper(helper, server, env, run));
      if (found !== undefined) return found;
    }
    for (const key of loginKeys(registry)) {
      const stored = config.auths.get(key);
      const found = stored === undefined ? undefined : fromStored(stored, config.file);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return async ({ registry, path }, use) => {
    hasScoped ??= exists(scoped);
    const directories = (await hasScoped) ? scopedDirectories(scoped, registry, path, use) : [];
    for (const candidate of [...directories, directory]) {
      const config = await once(configs, candidate, () => readDockerConfig(candidate));
      const found = config === undefined ? undefined : await lookUp(config, registry);
      if (found !== undefined) return found;
    }
    return { kind: "anonymous", origin: join(directory, "config.json") };
  };
}

function scopedDirectories(root: string, registry: string, path: string, use: string): readonly string[] {
  const parts = [apiHost(registry), ...path.split("/")];
  return parts.flatMap((_, index) => {
    const directory = join(root, ...parts.slice(0, parts.length - index));
    return [`${directory}@${use}`, directory];
  });
}

function helperFor({ credHelpers, credsStore }: DockerConfig, registry: string): string | undefined {
  for (const key of loginKeys(registry)) {
    const helper = credHelpers.get(key);
    // An empty name means: for this registry, the file.
    if (helper !== undefined) return helper === "" ? undefined : helper;
  }
  return credsStore;
}

function fromStored(auth: StoredAuth, origin: string): Credentials | undefined {
  const { username, password, identityToken, registryToken } = auth;
  if (registryToken !== "") return { kind: "registry-token", token: registryToken, origin };
  if (identityToken !== "") return { kind: "identity-token", username, token: identityToken, origin };
  if (username === "" && password === "") return undefined;
  return { kind: "password", username, password, origin };
}

/**
 * The credential helper protocol: the server's name on standard input, `{ "Username", "Secret" }` on standard output
 * (https://github.com/docker/docker-credential-helpers). Nothing that a helper writes gets into a message: it may be
 * the secret.
 */
async function runHelper(
  helper: string,
  server: string,
  env: Environment,
  run: RunProgram,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const failed = (message: string) =>
    new DigestToolsError({
      code: "credential-helper",
      message: `${program} did not give the credentials for ${server}: ${message}`,
      fix: `try it by hand (echo ${server} | ${program} get), or log in again with docker login`,
    });
  if (!/^[\w.-]+$/.test(helper)) throw failed("its name is not that of a program");
  const end = await run({
    command: program,
    args: ["get"],
    input: server,
    env,
    timeoutMs: HELPER_MS,
    maxOutputBytes: HELPER_BYTES,
  });
  if (end.kind === "missing") throw failed("it is not installed, or not in PATH");
  if (end.kind === "timed-out") throw failed(`no answer within ${HELPER_MS / 1000} s`);
  if (end.kind === "too-much-output") throw failed("expected at most 1 MiB, and it wrote more");
  if (end.kind === "killed") throw failed(`it was ended by ${end.signal}`);
  if (end.exitCode !== 0) {
    if (/credentials not found/i.test(end.output)) return undefined;
    throw failed(`exit code ${end.exitCode}`);
  }
  const answer = parseJson(outputText(end.stdout));
  if (answer.kind === "invalid") throw failed("its answer is not JSON");
  if (!isJsonObject(answer.value)) throw failed("its answer is not a JSON object");
  const { Username: username, Secret: secret } = answer.value;
  if (typeof username !== "string" || typeof secret !== "string") throw failed("its answer lacks Username or Secret");
  if (username === "" && secret === "") return undefined;
  if (username === "<token>") return { kind: "identity-token", username, token: secret, origin: program };
  return { kind: "password", username, password: secret, origin: program };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function once<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}
