import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { readRegularFile } from "@fanfold-internal/kit/read/text";
import { DigestToolsError } from "../base/error.ts";

/** What Docker's config file says about registries. */
export interface DockerConfig {
  readonly file: string;
  /** By the key as written, and again by its bare host where the key is an old address (`https://host/v1/`). */
  readonly auths: ReadonlyMap<string, StoredAuth>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/** One entry of `auths`. Docker leaves an empty one behind when the secret is in a credential helper. */
export interface StoredAuth {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

/** `DOCKER_CONFIG`, or `.docker` at home. */
export function dockerConfigDirectory(env: Environment): string {
  return env["DOCKER_CONFIG"] || join(env["HOME"] || homedir(), ".docker");
}

// A file of logins has kilobytes; docker itself reads it whole.
const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/**
 * Reads `config.json` in a directory; undefined: there is none.
 *
 * @throws DigestToolsError `docker-config`, which names the file and never what is in it.
 */
export async function readDockerConfig(directory: string): Promise<DockerConfig | undefined> {
  const file = join(directory, "config.json");
  let text: string;
  try {
    text = readRegularFile(file, MAX_CONFIG_BYTES);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw broken(file, "it cannot be read", { cause: error });
  }
  return parseDockerConfig(text, file);
}

export function parseDockerConfig(text: string, file: string): DockerConfig {
  const parsed = parseJson(text.replace(/^\uFEFF/, ""));
  // The parser's own message quotes the text around the fault, which may be a password.
  if (parsed.kind === "invalid") throw broken(file, "it is not JSON");
  const root = parsed.value;
  if (!isJsonObject(root)) throw broken(file, "it is not a JSON object");
  const credsStore = root["credsStore"] ?? "";
  if (typeof credsStore !== "string") throw broken(file, "credsStore is not a string");
  const credHelpers = new Map<string, string>();
  for (const [key, value] of entries(root["credHelpers"], "credHelpers", file)) {
    if (typeof value !== "string") throw broken(file, `credHelpers[${JSON.stringify(key)}] is not a string`);
    credHelpers.set(key, value);
  }
  const auths = new Map<string, StoredAuth>();
  const legacy = new Map<string, StoredAuth>();
  for (const [key, value] of entries(root["auths"], "auths", file)) {
    const auth = readAuth(value, `auths[${JSON.stringify(key)}]`, file);
    auths.set(key, auth);
    const host = /^(?:https?:\/\/)?([^/]+)(?:\/v[12])?\/?$/.exec(key)?.[1];
    if (host !== undefined) legacy.set(host, auth);
  }
  for (const [host, auth] of legacy) if (!auths.has(host)) auths.set(host, auth);
  return { file, auths, credHelpers, credsStore: credsStore === "" ? undefined : credsStore };
}

function readAuth(value: unknown, where: string, file: string): StoredAuth {
  if (!isJsonObject(value)) throw broken(file, `${where} is not an object`);
  const field = (name: string): string => {
    const found = value[name] ?? "";
    if (typeof found !== "string") throw broken(file, `${where}.${name} is not a string`);
    return found;
  };
  const [username, password] = splitAuth(field("auth"), `${where}.auth`, file);
  return {
    username: username || field("username"),
    password: password || field("password"),
    identityToken: field("identitytoken"),
    registryToken: field("registrytoken"),
  };
}

/** `user:password` in base64; a password may hold colons. Docker pads old ones with NUL. */
function splitAuth(auth: string, where: string, file: string): readonly [username: string, password: string] {
  if (auth === "") return ["", ""];
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) throw broken(file, `${where} is not "user:password" in base64`);
  return [decoded.slice(0, colon), withoutPadding(decoded.slice(colon + 1))];
}

function withoutPadding(password: string): string {
  let end = password.length;
  while (password[end - 1] === "\0") end--;
  return password.slice(0, end);
}

function entries(value: unknown, name: string, file: string): readonly (readonly [string, unknown])[] {
  if (value === undefined || value === null) return [];
  if (!isJsonObject(value)) throw broken(file, `${name} is not an object`);
  return Object.entries(value);
}

function broken(file: string, message: string, options: { readonly cause?: unknown } = {}): DigestToolsError {
  return new DigestToolsError({
    code: "docker-config",
    message: `Docker's config file does not say how to log in: ${message}`,
    at: { file },
    fix: "repair it, or delete it and run docker login again",
    ...options,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
