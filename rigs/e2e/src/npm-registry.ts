import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

export interface NpmRegistry extends AsyncDisposable {
  /** A value for npm_config_registry. */
  readonly url: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
}

/** Packs Fanfold's packages as they would be published, into `directory`, and serves them as an npm registry does. */
export async function startNpmRegistry(directory: string): Promise<NpmRegistry> {
  mkdirSync(directory, { recursive: true });
  const documents = new Map<string, (origin: string) => object>();
  for (const name of readdirSync(packages)) {
    const cwd = join(packages, name);
    const pack = ["pack", "--silent", "--pack-destination", directory];
    const file = execFileSync("npm", pack, { cwd, encoding: "utf8" }).trim();
    const integrity = `sha512-${createHash("sha512")
      .update(readFileSync(join(directory, file)))
      .digest("base64")}`;
    const manifest: { readonly name: string; readonly version: string } = JSON.parse(
      readFileSync(join(cwd, "package.json"), "utf8"),
    );
    documents.set(manifest.name, (origin) => ({
      name: manifest.name,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist: { tarball: `${origin}/-/${file}`, integrity } } },
    }));
  }
  let origin = "";
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/").slice(1);
    requests.push(path);
    const document = documents.get(path);
    if (document !== undefined) {
      response.setHeader("content-type", "application/json").end(JSON.stringify(document(origin)));
    } else if (/^-\/[\w.-]+\.tgz$/.test(path)) {
      response.end(readFileSync(join(directory, path.slice(2))));
    } else {
      response.writeHead(404).end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  origin = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
  return {
    url: `${origin}/`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
