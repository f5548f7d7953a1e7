import type { Environment } from "@fanfold-internal/kit/process/host";

/** What of the runner a program needs besides the ordinary environment: GitHub's cache, for BuildKit's `type=gha`. */
export type ProgramAccess = "actions-cache";

/**
 * The environment of a program that runs what a repository brings along. It gets no token that speaks for the job: with
 * ACTIONS_ID_TOKEN_* one signs in its name, with ACTIONS_RUNTIME_* one writes its artifacts and caches.
 * https://docs.github.com/actions/concepts/security/openid-connect
 */
export function programEnvironment(env: Environment, access?: ProgramAccess): Environment {
  const withheld = access === "actions-cache" ? /^ACTIONS_ID_TOKEN_/i : /^ACTIONS_(?:ID_TOKEN|RUNTIME)_/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !withheld.test(name)));
}
