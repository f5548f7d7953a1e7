import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stderrOf } from "./git.ts";
import { ask, Passing, patiently } from "./patience.ts";
import { Refusal } from "./refusal.ts";
import type { ReleasePackage } from "./release-file.ts";

/** npm's words for what may pass by itself; a 409 is two writers at once. */
const PASSING =
  /\b(?:E5\d\d|E429|E409|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_SOCKET_TIMEOUT|EPIPE|ENETUNREACH)\b/;

/** Runs npm in an empty directory: no project there has a say in what it does. */
async function npm(args: readonly string[]): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "fanfold-npm-"));
  try {
    // What publishes has no use for the token that makes the release on GitHub.
    const { GITHUB_TOKEN: _, ...env } = process.env;
    return execFileSync("npm", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** The registry that npm's settings name. */
export async function registryUrl(): Promise<string> {
  const url = await npm(["config", "get", "registry"]);
  return url.endsWith("/") ? url : `${url}/`;
}

/** Whether a version is in the registry. @throws Refusal where it is, with other content. */
export async function isPublished(registry: string, version: string, wanted: ReleasePackage): Promise<boolean> {
  const { name, integrity } = wanted;
  const url = `${registry}${name.replace("/", "%2f")}`;
  const response = await patiently(async () => await ask(url, { headers: { accept: "application/json" } }));
  if (response.status === 404) return false;
  if (!response.ok) throw new Refusal(`expected ${url} to answer, found ${response.status}`);
  const document: {
    readonly versions?: Readonly<Record<string, { readonly dist?: { readonly integrity?: string } }>>;
  } = JSON.parse(await response.text());
  const published = document.versions?.[version];
  if (published === undefined) return false;
  if (published.dist?.integrity === integrity) return true;
  throw new Refusal(
    `${name}@${version} is published with other content: expected ${integrity}, found ${published.dist?.integrity}\n` +
      "A version is published once: run the failed jobs of the release that it is of again, or release another version.",
  );
}

/** Publishes a tarball that the registry lacks, and tries again what may pass. */
export async function publish(
  {
    registry,
    version,
    provenance,
  }: { readonly registry: string; readonly version: string; readonly provenance: boolean },
  wanted: ReleasePackage,
  tarball: string,
): Promise<void> {
  const flags = ["--access=public", "--ignore-scripts", "--fetch-retries=0", `--provenance=${provenance}`];
  await patiently(async () => {
    try {
      await npm(["publish", tarball, `--registry=${registry}`, ...flags]);
    } catch (error) {
      const said = stderrOf(error);
      // The answer may be lost, and what was sent kept.
      if (await isPublished(registry, version, wanted)) return;
      const message = `${wanted.name}@${version} could not be published:\n${said}`;
      if (PASSING.test(said)) throw new Passing(message);
      throw new Refusal(`${message}\nWhat is published stays; once this is mended, run the failed jobs again.`);
    }
  });
}
