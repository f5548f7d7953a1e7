import type { Environment } from "@fanfold-internal/kit/process/host";
import type { Json, JsonObject } from "@fanfold-internal/kit/read/json";
import { scalarText } from "./fill.ts";
import { fieldsIn } from "./places.ts";

/** A secret of a build, by its names. */
interface NamedSecret {
  readonly id: string;
  /** The variable that holds it; undefined: a file does. */
  readonly variable: string | undefined;
}

/** Whether a build uses a secret, which only pushes have. */
export function usesSecrets(target: JsonObject): boolean {
  return secretsOf(target).length > 0;
}

/** The variables that a build's secrets come from. */
export function secretVariables(target: JsonObject): readonly string[] {
  return secretsOf(target).flatMap(({ variable }) => variable ?? []);
}

/** The secrets that are to come from variables that nobody has set: BuildKit would build without them, and say nothing. */
export function missingSecrets(target: JsonObject, env: Environment): readonly string[] {
  return secretsOf(target).flatMap(({ id, variable }) =>
    variable === undefined || env[variable] ? [] : [`the secret ${id} from the variable ${variable}`],
  );
}

function secretsOf({ secret }: JsonObject): readonly NamedSecret[] {
  return Array.isArray(secret) ? secret.map(secretOf) : [];
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
