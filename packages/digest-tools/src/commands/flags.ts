import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DigestToolsError } from "../base/error.ts";
import { canonicalStoreName } from "../oci/image-name.ts";
import { parseRepository, withoutUser } from "../oci/reference.ts";
import type { HostWait, RegistryOptions } from "../registry/client.ts";
import { Stores } from "../stores/stores.ts";

/** Parses a flag's value; an invalid one is a usage error with the parser's message. */
export function value<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof DigestToolsError)) throw error;
      // Commander repeats the value as it was typed, with the password that may stand in an address.
      const shown = withoutUser(text);
      if (shown !== text) throw new UsageError(error.message.replaceAll(text, shown));
      throw new InvalidArgumentError(error.message);
    }
  };
}

/** The values of a flag that may be given several times. */
export function values<T>(
  parse: (text: string) => T,
): (text: string, previous: readonly T[] | undefined) => readonly T[] {
  return (text, previous = []) => [...previous, value(parse)(text)];
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("Expected a whole number of at least 1.");
  return number;
}

/** A value that must not be empty: an unset variable would otherwise name the current directory. */
export function text(given: string): string {
  if (given === "") throw new InvalidArgumentError("Expected a value, found an empty text.");
  return given;
}

/**
 * A registry as written in an image's name: another spelling would match no registry and have no effect.
 * @throws DigestToolsError `invalid-options`
 */
export function registryName(given: string): string {
  if (isRegistryName(given)) return given;
  throw new DigestToolsError({
    code: "invalid-options",
    message: `expected host[:port], as in an image's name, found ${JSON.stringify(withoutUser(given))}`,
  });
}

function isRegistryName(given: string): boolean {
  try {
    return parseRepository(`${given}/x`).registry === given;
  } catch (error) {
    if (error instanceof DigestToolsError) return false;
    throw error;
  }
}

/** The flags of every command that uses stores. */
export interface StoreFlags {
  readonly concurrency: number;
  readonly plainHttp: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

export function withStoreFlags(command: Command): Command {
  return command
    .optionsGroup("Registries:")
    .option("--concurrency <n>", "the most requests to a registry at one time", positive, 64)
    .addOption(
      new Option("--plain-http <host>", "use this registry without TLS (repeatable)")
        .argParser(values(registryName))
        .default([], "none"),
    )
    .addOption(
      new Option("--timeout <time>", "give a registry up that leaves everything unanswered for so long, all told")
        .argParser(duration)
        .default(600_000, "10m"),
    );
}

/** `90s`, `10m`, or seconds, as milliseconds. */
function duration(given: string): number {
  const [, count = "", unit = "s"] = /^(\d{1,6})(s|m)?$/.exec(given) ?? [];
  const seconds = Number(count) * (unit === "m" ? 60 : 1);
  // Timers of Node end at 24.8 days.
  if (seconds < 1 || seconds > 86_400)
    throw new InvalidArgumentError("Expected 1s to 1440m: a number of seconds (90s) or minutes (10m).");
  return seconds * 1000;
}

export function withImageFlag(command: Command): Command {
  return command
    .optionsGroup("Registries:")
    .requiredOption(
      "--image <name>",
      "a repository, quay.io/example/backends, or a layout, oci:DIR (repeatable)",
      values(canonicalStoreName),
    );
}

const CLEAR = "\r\u001b[2K";

/** What a person reads while nothing else happens. */
function waitLine({ host, kind, ms, givenUpAfterMs = 0 }: HostWait): string {
  const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
  if (kind === "limited") return `waiting for ${host}: it limits requests, and asks for a pause of ${seconds(ms)}`;
  const what = kind === "silent" ? "no answer" : "nothing but failures";
  return `waiting for ${host}: ${what} for ${seconds(ms)} (given up after ${seconds(givenUpAfterMs)})`;
}

/** Opens the stores for a command, and closes their connections after it. */
export async function withStores<T>(
  host: Host,
  { concurrency, plainHttp, timeout, writes }: Partial<StoreFlags> & Pick<RegistryOptions, "writes">,
  run: (stores: Stores) => Promise<T>,
): Promise<T> {
  const stores = new Stores({
    env: host.env,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(plainHttp === undefined ? {} : { plainHttp }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    writes,
    onWait: (wait) => host.stderr(`${host.terminal ? CLEAR : ""}${waitLine(wait)}\n`),
    debug: host.debug,
  });
  try {
    return await run(stores);
  } finally {
    await stores.close();
  }
}
