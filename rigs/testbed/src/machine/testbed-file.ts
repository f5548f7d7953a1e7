import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TestbedError } from "./testbed-error.ts";

export const authKinds = ["none", "basic", "token"] as const;
export type AuthKind = (typeof authKinds)[number];

export const toolNames = [
  "crane",
  "oras",
  "skopeo",
  "docker",
  "registry",
  "dockerd",
  "containerd",
  "runc",
  "cosign",
  "busyboxAmd64",
  "busyboxArm64",
] as const;

/** What `testbed.json` holds. Registries speak plain HTTP. All paths are absolute. */
export interface Testbed {
  readonly registries: readonly TestbedRegistry[];
  /** Null where only the registries could be started. */
  readonly docker: TestbedEngine | null;
  readonly tools: Readonly<Record<(typeof toolNames)[number], string>>;
}

export interface TestbedRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly auth: AuthKind;
  /** Both stand for `basic` and `token`. */
  readonly username?: string;
  readonly password?: string;
}

export interface TestbedEngine {
  /** A value for DOCKER_HOST. */
  readonly host: string;
  /** A value for BUILDX_BUILDER; this builder can push by digest. */
  readonly builder: string;
  /** A value for DOCKER_CONFIG: holds the registries' credentials and the buildx plugin. */
  readonly config: string;
}

/**
 * The running test bed that FANFOLD_TESTBED names, or why there is none.
 *
 * @throws TestbedError `bad-file` when the variable is set and what it names is not a test bed's description
 */
export function testbed(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Testbed | { readonly unavailable: string } {
  const file = env["FANFOLD_TESTBED"];
  const reason = env["FANFOLD_TESTBED_UNAVAILABLE"];
  if (file === "off") return { unavailable: "switched off by FANFOLD_TESTBED=off" };
  if (reason) return { unavailable: reason };
  if (!file) return { unavailable: "FANFOLD_TESTBED is not set; `npm run testbed -- up` prints its value" };
  return readTestbed(file);
}

/** @throws TestbedError `bad-file` */
export function readTestbed(file: string): Testbed {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw badFile(file, "cannot be read as JSON", cause);
  }
  if (!isTestbed(value)) throw badFile(file, "is not a test bed's description");
  return value;
}

/** Notes a registry that a test has started, for `registryHosts`. Does nothing where no test bed is up. */
export function noteRegistry(host: string, env: Readonly<Record<string, string | undefined>> = process.env): void {
  const file = env["FANFOLD_TESTBED"];
  if (file && existsSync(file)) appendFileSync(notesBeside(file), `${host}\n`);
}

/** All registries that there were since the test bed came up, its own and those of tests: `127.0.0.1:PORT`. */
export function registryHosts(file: string): readonly string[] {
  const notes = notesBeside(file);
  const noted = existsSync(notes) ? readFileSync(notes, "utf8").split("\n") : [];
  return [...readTestbed(file).registries.map(({ host }) => host), ...noted.filter((host) => host !== "")];
}

function notesBeside(file: string): string {
  return join(dirname(file), "registries-of-tests");
}

function badFile(file: string, what: string, cause?: unknown): TestbedError {
  return new TestbedError({ code: "bad-file", message: what, at: { file }, fix: "run `npm run testbed -- up`", cause });
}

function isTestbed(value: unknown): value is Testbed {
  if (!isObject(value)) return false;
  const { registries, docker, tools } = value;
  return (
    Array.isArray(registries) &&
    registries.every(isRegistry) &&
    (docker === null || hasStrings(docker, ["host", "builder", "config"])) &&
    hasStrings(tools, toolNames)
  );
}

function isRegistry(value: unknown): boolean {
  if (!hasStrings(value, ["host", "auth"])) return false;
  if (value["auth"] === "none") return true;
  return authKinds.some((kind) => kind === value["auth"]) && hasStrings(value, ["username", "password"]);
}

function hasStrings(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return isObject(value) && keys.every((key) => typeof value[key] === "string");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
