import type { Environment } from "@fanfold-internal/kit/process/host";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { scalarText } from "./fill.ts";
import { fieldsIn } from "./forms.ts";

/** A secret of a build, by its names. */
interface NamedSecret {
  readonly id: string;
  /** The variable that holds it; undefined: a file does. */
  readonly variable: string | undefined;
}

/** Whether a build uses what only pushes have: a secret, or an SSH agent or key. */
export function usesCredentials(target: JsonObject): boolean {
  return secretsOf(target).length > 0 || sshOf(target).length > 0;
}

/** The variables that a build's secrets come from. */
export function secretVariables(target: JsonObject): readonly string[] {
  return secretsOf(target).flatMap(({ variable }) => variable ?? []);
}

/** The same, and the one that leads to an SSH agent, where a build uses that. */
export function credentialVariables(target: JsonObject): readonly string[] {
  return [...secretVariables(target), ...(usesAgent(target) ? [AGENT] : [])];
}

/** Whether a build uses the SSH agent of its environment. */
export function usesAgent(target: JsonObject): boolean {
  return sshOf(target).some(isAgent);
}

/**
 * Secrets and SSH agents that are to come from variables that nobody has set: BuildKit would build without such a secret, and
 * say nothing.
 */
export function missingCredentials(target: JsonObject, env: Environment): readonly string[] {
  const secrets = secretsOf(target).flatMap(({ id, variable }) =>
    variable === undefined || env[variable] ? [] : [`the secret ${id} from the variable ${variable}`],
  );
  const agents = sshOf(target).flatMap((item) =>
    isAgent(item) && !env[AGENT] ? [`the SSH agent ${item.id} from the variable ${AGENT}`] : [],
  );
  return [...secrets, ...agents];
}

/** The files of a target's secrets and SSH keys, or the sockets of agents. */
export function credentialFiles({
  secret,
  ssh,
}: JsonObject): readonly (readonly [key: "secret" | "ssh", path: string])[] {
  const ofSecrets = listed(secret).flatMap((item: Json) => {
    const fields = fieldsIn(item);
    return [fields["src"], fields["source"]].flatMap((path) => scalarText(path) ?? []);
  });
  const ofSsh = sshOf({ ssh: ssh ?? null }).flatMap(({ paths }) => paths);
  return [...ofSecrets.map((path) => ["secret", path] as const), ...ofSsh.map((path) => ["ssh", path] as const)];
}

/** Where an SSH agent listens. */
const AGENT = "SSH_AUTH_SOCK";

/** What `RUN --mount=type=ssh` may use, by its name. */
interface NamedSsh {
  readonly id: string;
  /** Of keys, or of an agent's socket; none: it is the agent of the environment. */
  readonly paths: readonly string[];
}

function isAgent({ paths }: NamedSsh): boolean {
  return paths.length === 0;
}

/** https://docs.docker.com/reference/cli/docker/buildx/build/#ssh: `default`, `id=path,path`, or a mapping. */
function sshOf({ ssh }: JsonObject): readonly NamedSsh[] {
  return listed(ssh).flatMap((item: Json): readonly NamedSsh[] => {
    const text = isJsonObject(item) ? undefined : (scalarText(item) ?? "");
    if (text === "") return [];
    if (text !== undefined) {
      const [id = "", ...paths] = text.split("=");
      return [{ id, paths: paths.join("=").split(",").filter(Boolean) }];
    }
    const { id, paths } = isJsonObject(item) ? item : {};
    const given = Array.isArray(paths) ? paths : [paths];
    return [
      { id: scalarText(id) ?? "default", paths: given.flatMap((path: Json | undefined) => scalarText(path) ?? []) },
    ];
  });
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function secretsOf({ secret }: JsonObject): readonly NamedSecret[] {
  return listed(secret).map(secretOf);
}

/** https://docs.docker.com/reference/cli/docker/buildx/build/#secret: without a source it is the variable of the same name, if there is one. */
function secretOf(item: Json): NamedSecret {
  const fields = fieldsIn(item);
  const id = scalarText(fields["id"]) ?? "";
  const file = scalarText(fields["src"]) ?? scalarText(fields["source"]);
  const named = scalarText(fields["env"]);
  // With type=env, a source names the variable.
  if (named === undefined && fields["type"] === "env") return { id, variable: file ?? id };
  return { id, variable: named ?? (file === undefined ? id : undefined) };
}
