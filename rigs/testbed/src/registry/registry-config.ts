import { join } from "node:path";
import type { AuthKind, TestbedRegistry } from "../machine/testbed-file.ts";

/** What every registry with a password accepts. No secret: it guards throw-away data on the loopback interface. */
export const credentials = { username: "fanfold", password: "canary-4f9d1c" } as const;

// bcrypt, the only kind that docker-registry knows, of cost 4: it is computed for every request.
const htpasswd = `${credentials.username}:$2b$04$abcdefghijklmnopqrstuuD23MCdNAOKQyoPyW/7vOx.2Y/R6DROO\n`;

export const tokenService = "fanfold-testbed";

export interface RegistryPlan {
  /** A directory of this registry's own. */
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly auth: RegistryAuth;
}

export type RegistryAuth = { readonly kind: "none" } | { readonly kind: "basic" } | TokenAuth;

interface TokenAuth {
  readonly kind: "token";
  readonly realm: string;
  readonly certificate: string;
}

export interface RegistryFiles {
  readonly config: string;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The files of a `docker-registry serve`; https://distribution.github.io/distribution/about/configuration/ (JSON is YAML). */
export function renderRegistry({ folder, port, auth }: RegistryPlan): RegistryFiles {
  const users = join(folder, "htpasswd");
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, "data") },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: "fanfold-testbed" },
    ...renderAuth(auth, users),
  };
  const path = join(folder, "config.yml");
  return {
    config: path,
    files: { [path]: JSON.stringify(config, null, 2), ...(auth.kind === "basic" ? { [users]: htpasswd } : {}) },
  };
}

function renderAuth(auth: RegistryAuth, users: string): object {
  if (auth.kind === "none") return {};
  if (auth.kind === "basic") return { auth: { htpasswd: { realm: "fanfold-testbed", path: users } } };
  const { realm, certificate } = auth;
  return { auth: { token: { realm, service: tokenService, issuer: tokenService, rootcertbundle: certificate } } };
}

export function describeRegistry(auth: AuthKind, port: number): TestbedRegistry {
  const host = `127.0.0.1:${port}`;
  return auth === "none" ? { host, auth } : { host, auth, ...credentials };
}

/** docker's config file, with the credentials of the registries that want them. */
export function renderDockerConfig(registries: readonly TestbedRegistry[]): string {
  const auths = Object.fromEntries(
    registries
      .filter(({ auth }) => auth !== "none")
      .map(({ host, username, password }) => [
        host,
        { auth: Buffer.from(`${username}:${password}`).toString("base64") },
      ]),
  );
  return `${JSON.stringify({ auths }, null, 2)}\n`;
}
