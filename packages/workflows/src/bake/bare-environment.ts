import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { variableFault } from "./bake-spec.ts";

/**
 * What bake files see: an environment without anything that speaks for a job or a person. A variable that is empty is not
 * set, as one of a repository is that nobody has given a value.
 */
export function bareEnvironment(
  env: Environment,
  { home, variables }: { readonly home: string; readonly variables: readonly string[] },
): Readonly<Record<string, string>> {
  const named = variables.flatMap((name): (readonly [string, string])[] => {
    const value = env[name];
    return value === undefined || value === "" || variableFault(name) !== undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(named), ...(env["PATH"] === undefined ? {} : { PATH: env["PATH"] }), HOME: home };
}

/** The user's plugins are found from the new home, and nothing else of what docker knows of them, such as logins. */
export async function givePlugins(home: string, env: Environment): Promise<void> {
  const own = env["DOCKER_CONFIG"] || join(env["HOME"] ?? "", ".docker");
  const more = await extraDirectories(join(own, "config.json"));
  await mkdir(join(home, ".docker"));
  const cliPluginsExtraDirs = [join(own, "cli-plugins"), ...more];
  await writeFile(join(home, ".docker", "config.json"), JSON.stringify({ cliPluginsExtraDirs }));
}

async function extraDirectories(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const parsed = parseJson(text);
  const directories = parsed.kind === "ok" && isJsonObject(parsed.value) ? parsed.value["cliPluginsExtraDirs"] : [];
  return Array.isArray(directories) ? directories.filter((each) => typeof each === "string") : [];
}
