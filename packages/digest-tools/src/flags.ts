import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "@fanfold-internal/edge/command";
import type { Host } from "@fanfold-internal/edge/host";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DigestToolsError } from "./digest-tools-error.ts";
import { withoutUser } from "./secrets.ts";
import { canonicalStoreName } from "./store-name.ts";
import { Stores } from "./stores.ts";

/** A flag's value; what cannot be read is a usage error in the parser's own words. */
export function value<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof DigestToolsError)) throw error;
      // Commander repeats the value as it was typed, with the password that may stand in an address.
      if (withoutUser(text) !== text) throw new UsageError(error.message);
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

export const text = (given: string): string => given;

/** The flags of every command that talks to stores. */
export interface StoreFlags {
  readonly concurrency: number;
  readonly plainHttp: readonly string[];
}

export function withStoreFlags(command: Command): Command {
  return command
    .option("--concurrency <n>", "requests under way at one time, per registry, at most", positive, 64)
    .addOption(
      new Option("--plain-http <host>", "ask this registry without TLS (again for more)")
        .argParser(values(text))
        .default([], "none"),
    );
}

export function withImageFlag(command: Command): Command {
  return command.requiredOption(
    "--image <name>",
    "a repository, quay.io/example/backends, or a layout, oci:DIR (again for more)",
    values(canonicalStoreName),
  );
}

/** Runs with the process's stores and ends their connections. */
export async function withStores<T>(host: Host, flags: StoreFlags, run: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = new Stores({ env: host.env, concurrency: flags.concurrency, plainHttp: flags.plainHttp });
  try {
    return await run(stores);
  } finally {
    await stores.close();
  }
}

/** @throws DigestToolsError `io` */
export function readTextFile(host: Host, file: string): string {
  try {
    return file === "-" ? host.stdin() : readFileSync(resolve(host.cwd, file), "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DigestToolsError({ code: "io", message: `cannot be read: ${reason}`, at: { file }, cause });
  }
}
